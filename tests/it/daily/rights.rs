//! 3. Who may see, decide, end, extend and export; and what a click that came too late is told.

use std::fmt::Write;

use crate::support::bot::{Context, run_test};

/// What somebody reads about a command, in a word.
async fn outcome(ctx: &Context, who: &str, words: &str) -> &'static str {
    let said = ctx.says(who, words).await;
    if said.starts_with("Your requests") || said.starts_with("You have made no requests") {
        return "only their own";
    }
    let refused = [
        "somebody else's",
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
        insta::assert_snapshot!(table, @"
        see | requester | yes
        see | approver who approved it | yes
        see | another approver | yes
        see | admin | yes
        see | auditor | yes
        see | somebody else | no
        see everybody's | requester | only their own
        see everybody's | approver who approved it | only their own
        see everybody's | another approver | only their own
        see everybody's | admin | yes
        see everybody's | auditor | yes
        see everybody's | somebody else | only their own
        extend | requester | yes, as far as the flow allows
        extend | approver who approved it | no
        extend | another approver | no
        extend | admin | no
        extend | auditor | no
        extend | somebody else | no
        withdraw | requester | yes
        withdraw | approver who approved it | no
        withdraw | another approver | no
        withdraw | admin | no
        withdraw | auditor | no
        withdraw | somebody else | no
        end what a flow granted at once | requester | yes
        end what a flow granted at once | approver who approved it | no
        end what a flow granted at once | another approver | no
        end what a flow granted at once | admin | yes
        end what a flow granted at once | auditor | no
        end what a flow granted at once | somebody else | no
        end | requester | yes
        end | approver who approved it | with a reason
        end | another approver | no
        end | admin | yes
        end | auditor | no
        end | somebody else | no
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_end_what_they_approved_and_say_why() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        insta::assert_snapshot!(ctx.says("omar", "revoke AR-1").await, @"You approved AR-1 or an extension of it, so you can end it, but you have to say why: `/apono revoke AR-1 because ...`");
        insta::assert_snapshot!(ctx.says("priya", "revoke AR-1 because I say so").await, @"This is somebody else's request, so you cannot do that.");
        assert!(login.open().await.is_ok(), "nothing has changed");
        ctx.says("omar", "show AR-1").await;
        let omar = ctx.person("omar");
        omar.click("Requested by", "Revoke").await.unwrap();
        ctx.until("the window", async || omar.top_modal().is_some()).await;
        let missing = format!("{:?}", omar.submit().await.unwrap());
        assert!(missing.contains("required"), "an approver has to say why: {missing}");
        omar.fill("Reason", "the migration is over").await.unwrap();
        omar.submit().await.unwrap();
        ctx.until_state(1, "Revoked").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("REVOKING").await.join("\n"), @"
        ⏳ *REVOKING* AR-1 by Omar Khan (omar@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by its approver
        Omar wrote:
        > the migration is over
        [Open]
        #9 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: revoked by its approver; confirmed gone at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
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
        insta::assert_snapshot!(late, @"AR-1: Omar Khan approved it at [time], before you. Nothing was changed.");
        let late = ctx.answer_to_stale_click("priya", &priyas, "Reject").await;
        insta::assert_snapshot!(late, @"AR-1: Omar Khan approved it at [time], before you. Nothing was changed.");
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"AR-1 is already granted, so it cannot be withdrawn. `/apono revoke AR-1` gives it back.");
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"AR-1 was revoked at [time], so nothing was changed.");
    })
    .await;
}
