//! 3. Who may see, decide, end, extend and export; and what a click that came too late is told.

use std::fmt::Write;

use slack_simulator::Submitted;

use crate::support::bot::{Context, run_test};
use crate::support::steps::{forged_click, value_of};

/// What somebody reads about a command, in few words; a sentence that is not known here stands as it is.
fn outcome(said: &str) -> String {
    let known = [
        ("Your requests", "only their own"),
        ("You have made no requests", "only their own"),
        ("Requests, newest first", "yes"),
        ("Timeline", "yes"),
        ("Requested by", "yes"),
        ("Nothing waits for your answer", "nothing is asked of them"),
        ("waits for your answer", "yes"),
        ("somebody else's", "no"),
        ("cannot decide your own", "no"),
        ("not an approver", "no"),
        ("have to say why", "with a reason"),
        ("does not allow extensions", "yes, as far as the flow allows"),
        (
            "is live or being set up, so it cannot be withdrawn",
            "yes, until it is granted",
        ),
        ("is being revoked", "yes"),
        ("Guest accounts may not", "no: a guest"),
        ("blocked", "no: blocked"),
    ];
    match known.iter().find(|(words, _)| said.contains(words)) {
        Some((_, outcome)) => (*outcome).to_owned(),
        None => said.lines().next().unwrap_or_default().to_owned(),
    }
}

/// Everybody and their relation to AR-1, which Dana requested and Omar approved.
const PEOPLE: [(&str, &str); 8] = [
    ("dana", "requester"),
    ("omar", "approver who approved it"),
    ("priya", "approver who did not"),
    ("ada", "admin"),
    ("sam", "auditor"),
    ("eve", "somebody else"),
    ("gus", "guest"),
    ("nils", "blocked"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_rights() {
    run_test(async |ctx| {
        ctx.says("ada", "block <@U0NILS|nils> left a laptop unlocked")
            .await;
        let mut table = String::new();
        let mut row = |act: &str, relation: &str, said: &str| {
            writeln!(table, "{act} | {relation} | {said}").unwrap();
        };
        ctx.asked().await;
        for (who, relation) in PEOPLE {
            let said = ctx.says(who, "pending").await;
            row("be asked", relation, &outcome(&said));
        }
        let list = ctx.person("omar").ephemerals().pop().unwrap();
        let forged = forged_click(&list, "answer", &value_of(&list, "Answer"));
        for (who, relation) in PEOPLE {
            let said = decides(ctx, who, &forged).await;
            row("decide", relation, &said);
        }
        ctx.approves("omar").await;
        ctx.until_state(1, "Granted").await;
        for (act, words) in [
            ("see", "show AR-1"),
            ("see everybody's", "log"),
            ("extend", "extend AR-1 1h"),
            ("withdraw", "cancel AR-1"),
        ] {
            for (who, relation) in PEOPLE {
                let said = ctx.says(who, words).await;
                row(act, relation, &outcome(&said));
            }
        }
        for (number, (who, relation)) in (2..).zip(PEOPLE) {
            ctx.asks("dana", "write", "30m", "a migration").await;
            ctx.until_state(number, "Granted").await;
            let said = ctx.says(who, &format!("revoke AR-{number}")).await;
            row("end what a flow granted at once", relation, &outcome(&said));
            ctx.says("ada", &format!("revoke AR-{number}")).await;
            ctx.until_state(number, "Revoked").await;
        }
        // Those who may not come first: whoever may, ends it.
        for (who, relation) in PEOPLE
            .iter()
            .rev()
            .filter(|(who, _)| !["ada", "dana"].contains(who))
        {
            let said = ctx.says(who, "revoke AR-1").await;
            row("end", relation, &outcome(&said));
        }
        let said = ctx.says("dana", "revoke AR-1").await;
        row("end", "requester", &outcome(&said));
        ctx.until_state(1, "Revoked").await;
        assert_eq!(ctx.ask("dana", "read", "2h", "again").await, Submitted::Closed);
        ctx.until_state(10, "Pending").await;
        ctx.approves("omar").await;
        ctx.until_state(10, "Granted").await;
        let said = ctx.says("ada", "revoke AR-10").await;
        row("end", "admin", &outcome(&said));
        insta::assert_snapshot!(table, @"
        be asked | requester | nothing is asked of them
        be asked | approver who approved it | yes
        be asked | approver who did not | yes
        be asked | admin | nothing is asked of them
        be asked | auditor | nothing is asked of them
        be asked | somebody else | nothing is asked of them
        be asked | guest | nothing is asked of them
        be asked | blocked | no: blocked
        decide | requester | no
        decide | approver who approved it | yes
        decide | approver who did not | yes
        decide | admin | no
        decide | auditor | no
        decide | somebody else | no
        decide | guest | no: a guest
        decide | blocked | no: blocked
        see | requester | yes
        see | approver who approved it | yes
        see | approver who did not | yes
        see | admin | yes
        see | auditor | yes
        see | somebody else | no
        see | guest | no
        see | blocked | no: blocked
        see everybody's | requester | only their own
        see everybody's | approver who approved it | only their own
        see everybody's | approver who did not | only their own
        see everybody's | admin | yes
        see everybody's | auditor | yes
        see everybody's | somebody else | only their own
        see everybody's | guest | only their own
        see everybody's | blocked | no: blocked
        extend | requester | yes, as far as the flow allows
        extend | approver who approved it | no
        extend | approver who did not | no
        extend | admin | no
        extend | auditor | no
        extend | somebody else | no
        extend | guest | no
        extend | blocked | no: blocked
        withdraw | requester | yes, until it is granted
        withdraw | approver who approved it | no
        withdraw | approver who did not | no
        withdraw | admin | no
        withdraw | auditor | no
        withdraw | somebody else | no
        withdraw | guest | no
        withdraw | blocked | no: blocked
        end what a flow granted at once | requester | yes
        end what a flow granted at once | approver who approved it | no
        end what a flow granted at once | approver who did not | no
        end what a flow granted at once | admin | yes
        end what a flow granted at once | auditor | no
        end what a flow granted at once | somebody else | no
        end what a flow granted at once | guest | no
        end what a flow granted at once | blocked | no: blocked
        end | blocked | no: blocked
        end | guest | no
        end | somebody else | no
        end | auditor | no
        end | approver who did not | no
        end | approver who approved it | with a reason
        end | requester | yes
        end | admin | yes
        ");
    })
    .await;
}

/// What becomes of a click on Answer in somebody else's list.
async fn decides(ctx: &Context, who: &str, forged: &serde_json::Value) -> String {
    let person = ctx.person(who);
    let before = person.ephemerals().len();
    person.raw_interaction(forged.clone()).await.unwrap();
    let became = ctx.eventually("a window or an answer", async || {
        match (person.top_modal(), person.ephemerals().get(before)) {
            (Some(_), _) => Some("yes".to_owned()),
            (None, Some(answer)) => Some(outcome(&ctx.plain(&answer.rendered))),
            (None, None) => None,
        }
    });
    let said = became.await;
    if said == "yes" {
        person.close_modal().await.unwrap();
    }
    said
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
        insta::assert_snapshot!(ctx.says("dana", "cancel AR-1").await, @"AR-1 is live or being set up, so it cannot be withdrawn. `/apono revoke AR-1` ends it.");
        ctx.says("dana", "revoke AR-1").await;
        ctx.until_state(1, "Revoked").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"AR-1 was revoked at [time], so nothing was changed.");
    })
    .await;
}
