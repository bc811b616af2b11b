//! 3. Who may see, decide, end, extend and export; and what a click that came too late is told.

use std::fmt::Write;

use crate::support::bot::{Context, run_test};

/// What somebody reads about a command, in a word.
async fn outcome(ctx: &Context, who: &str, words: &str) -> &'static str {
    let said = ctx.says(who, words).await;
    let refused = [
        "somebody else's",
        "Only admins and auditors",
        "cannot decide your own",
        "not an approver",
        "have to say why",
        "does not allow extensions",
    ];
    match refused.iter().find(|words| said.contains(**words)) {
        Some(&"have to say why") => "with a reason",
        Some(&"does not allow extensions") => "yes, as far as the flow allows",
        Some(_) => "no",
        None => "yes",
    }
}

/// Everybody and their relation to AR-1, which Dana requested and Omar approved.
const PEOPLE: [(&str, &str); 6] = [
    ("dana", "requester"),
    ("omar", "approver who approved it"),
    ("priya", "another approver"),
    ("ada", "admin"),
    ("sam", "auditor"),
    ("eve", "somebody else"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_rights() {
    run_test(async |ctx| {
        let mut table = String::new();
        for (act, words) in [
            ("see", "show AR-1"),
            ("see everybody's", "log"),
            ("extend", "extend AR-1 1h"),
            ("withdraw", "cancel AR-1"),
        ] {
            if act == "see" {
                ctx.granted("2h").await;
                ctx.settle().await;
            }
            for (who, relation) in PEOPLE {
                writeln!(table, "{act} | {relation} | {}", outcome(ctx, who, words).await).unwrap();
            }
        }
        for (number, (who, relation)) in (2..).zip(PEOPLE) {
            ctx.asks("dana", "write", "30m", "a migration").await;
            ctx.until_state(number, "Granted").await;
            let said = outcome(ctx, who, &format!("revoke AR-{number}")).await;
            writeln!(table, "end what a flow granted at once | {relation} | {said}").unwrap();
            ctx.says("ada", &format!("revoke AR-{number}")).await;
            ctx.until_state(number, "Revoked").await;
        }
        for (who, relation) in PEOPLE {
            let said = outcome(ctx, who, "revoke AR-1").await;
            if said == "yes" {
                // Whoever may end it did; the next person tries the next one.
                ctx.until_state(1, "Revoked").await;
            }
            writeln!(table, "end | {relation} | {said}").unwrap();
        }
        insta::assert_snapshot!(table, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_end_what_they_approved_and_say_why() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        insta::assert_snapshot!(ctx.says("omar", "revoke AR-1").await, @"");
        insta::assert_snapshot!(ctx.says("priya", "revoke AR-1 because I say so").await, @"");
        assert!(login.open().await.is_ok(), "nothing has changed");
        ctx.says("omar", "show AR-1").await;
        let omar = ctx.person("omar");
        omar.click("Requested by", "Revoke").await.unwrap();
        ctx.until("the window", async || omar.top_modal().is_some()).await;
        let missing = omar.submit().await.unwrap();
        assert!(format!("{missing:?}").contains("say why"), "{missing:?}");
        omar.fill("Reason", "the migration is over").await.unwrap();
        omar.submit().await.unwrap();
        ctx.until_state(1, "Revoked").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("REVOKING").await.join("\n"), @"");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_came_too_late_is_told_who_was_faster() {
    run_test(async |ctx| {
        let (_, priyas) = ctx.asked().await;
        ctx.approves("omar").await;
        ctx.until_state(1, "Granted").await;
        let late = ctx.answer_to_stale_click("priya", &priyas, "Approve").await;
        insta::assert_snapshot!(late, @"");
        let late = ctx.answer_to_stale_click("priya", &priyas, "Reject").await;
        insta::assert_snapshot!(late, @"");
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"");
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"");
    })
    .await;
}
