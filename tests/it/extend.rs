//! More time for live access: the end moves here and on the target, as the flow allows, and never by whoever asked.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::time::Timestamp;
use apono::clock::Clock;
use apono::store::ReadGrants;
use secrecy::ExposeSecret;
use slack_simulator::{Submitted, World};
use sqlx::{Connection, PgConnection};

use crate::support::bot::{Context, Setup, run_test, run_test_with};
use crate::support::steps::{forged_click, value_of};

/// Writing is extended at once, and reading only if an approver agrees again.
const FLOWS: &str = r#"
[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
permissions = ["read"]
max_duration = "8h"
extensions = { times = 2, each = "1h", ask_again = true }
approvers = ["group:sre"]

[[flows]]
name = "Write at once"
requesters = ["dana@example.com"]
integration = "orders-db"
permissions = ["write"]
approval = "automatic"
max_duration = "1h"
extensions = { times = 2, each = "1h" }
"#;

fn setup() -> Setup {
    Setup {
        world: World::example(),
        config: FLOWS.to_owned(),
    }
}

/// Dana writes for an hour.
async fn writing(ctx: &Context) {
    ctx.asks("dana", "write", "1h", "incident 4711").await;
    ctx.sees("dana", "you have write").await;
    ctx.settle().await;
}

/// When the access of AR-1 ends, as we say and as the target says.
async fn ends(ctx: &Context) -> (Timestamp, Timestamp) {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(RequestNumber(1)).await.unwrap().unwrap();
    let grant = store.grant(&request.id).await.unwrap().unwrap();
    let mut target = PgConnection::connect(ctx.target.admin_url.expose_secret())
        .await
        .unwrap();
    let held: i64 = sqlx::query_scalar(
        "SELECT round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 FROM pg_roles WHERE rolname = $1",
    )
    .bind(&grant.granted.principal)
    .fetch_one(&mut target)
    .await
    .unwrap();
    (grant.until, Timestamp::from_micros(held))
}

/// Locks the login of AR-1 behind the bot's back: the target refuses whatever is asked of it then.
async fn lock_login(ctx: &Context) {
    let mut target = PgConnection::connect(ctx.target.admin_url.expose_secret())
        .await
        .unwrap();
    let login = format!("apono_{}_ar1_dana_ito", ctx.app().core().install);
    let lock = format!("ALTER ROLE {login} NOLOGIN");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
        .execute(&mut target)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_moves_the_end_here_and_on_the_target() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let (before, held) = ends(ctx).await;
        assert_eq!(before, held);
        let card = ctx.reads("dana", "AR-1 · Granted").await;
        insta::assert_snapshot!(card, @r#"
        🔓 *AR-1 · Granted* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 1 h
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Connect] [Extend] [Revoke]
        Approved automatically by "Write at once". Live until [time] (1 h). At the end open sessions are ended; the target itself refuses new logins after the end; an early revoke works at once.
        "#);

        insta::assert_snapshot!(ctx.says("dana", "extend ar1 1h still restoring").await, @"AR-1 ends at [time], 1 h later than before. Its card says when the target confirmed it.");
        insta::assert_snapshot!(ctx.reads("dana", "*Extended*").await, @"
        ⏱️ *Extended* AR-1: write on orders (orders-db)
        The target confirmed [time] as the end.
        ");
        ctx.settle().await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await, @r#"
        🔓 *AR-1 · Granted* your request for write on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: write
        Duration: 2 h
        Access flow: Write at once
        You wrote:
        > incident 4711
        [Connect] [Extend] [Revoke]
        Approved automatically by "Write at once". Live until [time] (2 h, 1 h of it added). At the end open sessions are ended; the target itself refuses new logins after the end; an early revoke works at once.
        "#);
        insta::assert_snapshot!(ctx.audit_posts("EXTENDED").await.join("\n\n"), @"
        ⏱️ *EXTENDED* AR-1 by Dana Ito (dana@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Added: 1 h
        Until: [time]
        Decided as: the flow asks nobody again
        Dana wrote:
        > still restoring
        [Open]
        #7 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION CONFIRMED").await.join("\n\n"), @"
        ✔️ *EXTENSION CONFIRMED* AR-1 orders-db holds it until [clock]: Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Until: [time]
        Deadline on target: yes
        [Open]
        #8 · [head] · [time]
        ");

        let login = ctx.connect("dana").await;
        ctx.clock.advance(Duration::from_mins(61));
        ctx.settle().await;
        login.open().await.unwrap();
        ctx.clock.advance(after.since(ctx.clock.now()));
        ctx.sees("dana", "*Ended*").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_channel(), @r#"
        🌱 *INSTALLED* install [install]; the trail begins here
        📜 *POLICY CHANGED* the first config is active
        ▶️ *STARTED* apono 0.1.0 runs
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks write on orders (orders-db), 1 h
        ✅ *APPROVED* AR-1 automatically by "Write at once": Dana Ito (dana@example.com), write on orders (orders-db), 1 h
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has write on orders (orders-db) until [clock] (1 h)
        ⏱️ *EXTENDED* AR-1 by Dana Ito (dana@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), write on orders (orders-db)
        ✔️ *EXTENSION CONFIRMED* AR-1 orders-db holds it until [clock]: Dana Ito (dana@example.com), write on orders (orders-db)
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): write on orders (orders-db)
        ⏳ *REVOKING* AR-1 its time is over: Dana Ito (dana@example.com), write on orders (orders-db)
        🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), write on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_extended_as_often_and_as_long_as_its_flow_allows() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 61m").await, @"One extension adds at most 1 h under its access flow.");
        for _ in 0..2 {
            ctx.says("dana", "extend AR-1 20m").await;
            ctx.settle().await;
        }
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1m").await, @"It was extended 2 times, which is all that its access flow allows.");
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        assert_eq!(card.buttons, ["Connect", "Revoke"], "there is none left");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1").await, @"`/apono extend` needs the number of a request and how much longer it shall last, for example `/apono extend AR-7 1h`. `/apono list` shows your requests.");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-9 1h").await, @"There is no such request. `/apono list` shows yours.");
        for who in ["eve", "omar", "ada"] {
            insta::assert_snapshot!(ctx.says(who, "extend AR-1 1h").await, @"This request is somebody else's, so you may not do that.");
        }
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "*Ended*").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"This request is Revoked now, so nothing was changed.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_says_nothing_of_extensions_allows_none() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"Its access flow does not let it be extended, so nothing was changed. Ask for it once more when you still need it.");
        assert_eq!(
            ctx.sees("dana", "AR-1 · Granted").await.buttons,
            ["Connect", "Revoke"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_asks_how_much_longer_and_the_same_form_counts_once() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let (before, _) = ends(ctx).await;
        let dana = ctx.person("dana");
        dana.click("AR-1 · Granted", "Extend").await.unwrap();
        let modal = dana.modal().await.unwrap();
        insta::assert_snapshot!(ctx.plain(&modal.rendered), @"
        write on orders (orders-db) ends at [time]. It can be extended 2 more times, by at most 1 h each time.
        How much longer: 1h
          Write 45s, 30m, 2h, 1d or 1h30m.
        What for (optional): ____
          The approvers and the audit channel read it.
        ");
        dana.fill("How much longer", "soon").await.unwrap();
        let Submitted::Errors(errors) = dana.submit().await.unwrap() else {
            panic!("an unreadable duration was taken");
        };
        insta::assert_snapshot!(format!("{errors:?}"), @r#"{"How much longer": "Write a duration such as 45s, 30m, 2h, 1d or 1h30m."}"#);
        dana.fill("How much longer", "30m").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        ctx.sees("dana", "*Extended*").await;
        assert_eq!(ends(ctx).await.0, before.plus(Duration::from_mins(30)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_announced_again_after_it_was_moved_and_can_be_moved_from_there() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        ctx.clock.advance(Duration::from_mins(51));
        let notice = ctx.sees("dana", "*Ends soon*").await;
        assert_eq!(notice.buttons, ["Extend"]);
        ctx.says("dana", "extend AR-1 1h").await;
        ctx.sees("dana", "*Extended*").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("dana", "*Ends soon*").len(), 1);
        ctx.clock.advance(Duration::from_hours(1));
        ctx.until("the new end is announced", async || {
            ctx.messages_to("dana", "*Ends soon*").len() == 2
        })
        .await;
    })
    .await;
}

/// Dana reads for two hours and asks for one more; returns the cards of Omar and of Priya.
async fn asked_for_more(ctx: &Context) -> [slack_simulator::SeenMessage; 2] {
    ctx.granted("2h").await;
    insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h the dump is slow").await, @"AR-1 gets 1 h more if an approver agrees; I have asked. If nobody answers, it ends when it was to end.");
    let omars = ctx.sees("omar", "Extension asked for").await;
    [omars, ctx.sees("priya", "Extension asked for").await]
}

#[tokio::test(flavor = "multi_thread")]
async fn where_approvers_are_asked_again_the_end_moves_when_one_agrees() {
    run_test_with(setup, async |ctx| {
        let [omars, _] = asked_for_more(ctx).await;
        insta::assert_snapshot!(ctx.plain(&omars.rendered), @r#"
        📝 *AR-1 · Extension asked for* Dana Ito (dana@example.com) asks for 1 h more of read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Asked for at first: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        [Approve] [Reject]
        Waiting for an answer; without one the access ends at [time], and with it at [time].
        "#);
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Granted").await.lines().last().unwrap(), @"Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h). An extension by 1 h waits for an answer. At the end open sessions are ended; the target itself refuses new logins after the end; an early revoke works at once.");
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"An extension waits for its answer already.");
        let (before, _) = ends(ctx).await;
        ctx.person("omar")
            .click("Extension asked for", "Approve")
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.reads("dana", "*Extended*").await, @"
        ⏱️ *Extended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. The target confirmed [time] as the end.
        ");
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        insta::assert_snapshot!(ctx.reads("priya", "AR-1 · Extended").await, @r#"
        ⏱️ *AR-1 · Extended* Dana Ito (dana@example.com) asks for 1 h more of read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Asked for at first: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        Approved by Omar Khan (omar@example.com), group:sre. The target confirmed [time] as the end.
        "#);
        let late = ctx
            .answer_to("omar", async |omar| omar.stale_click(&omars, "Approve").await)
            .await;
        insta::assert_snapshot!(late, @"This extension was answered already, so nothing was changed.");
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION ASKED").await.join("\n\n"), @"
        📝 *EXTENSION ASKED* AR-1 by Dana Ito (dana@example.com), 1 h more: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Would end: [time]
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > the dump is slow
        [Open]
        #7 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.audit_posts("EXTENDED").await.join("\n\n"), @"
        ⏱️ *EXTENDED* AR-1 by Omar Khan (omar@example.com), 1 h more, until [clock] (1 of 2): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 3 h
        Added: 1 h
        Until: [time]
        Asked by: Dana Ito
        Decided as: group:sre
        [Open]
        #8 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_extension_leaves_the_end_where_it_was() {
    run_test_with(setup, async |ctx| {
        asked_for_more(ctx).await;
        let before = ends(ctx).await;
        let omar = ctx.person("omar");
        omar.click("Extension asked for", "Reject").await.unwrap();
        insta::assert_snapshot!(ctx.plain(&omar.modal().await.unwrap().rendered), @"
        Dana Ito (dana@example.com) asks for 1 h more of read on orders (orders-db).
        Reason (optional): ____
          The requester and the audit channel read it.
        ");
        omar.fill("Reason", "two hours are enough").await.unwrap();
        assert_eq!(omar.submit().await.unwrap(), Submitted::Closed);
        insta::assert_snapshot!(ctx.reads("dana", "*Not extended*").await, @"
        ❌ *Not extended* AR-1: read on orders (orders-db)
        Rejected by Omar Khan (omar@example.com), group:sre: two hours are enough. It ends at [time].
        ");
        assert_eq!(ends(ctx).await, before);
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION REJECTED").await.join("\n\n"), @"
        ❌ *EXTENSION REJECTED* AR-1 by Omar Khan (omar@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Omar wrote:
        > two hours are enough
        [Open]
        #8 · [head] · [time]
        ");
        ctx.says("dana", "extend AR-1 30m").await;
        ctx.until("Omar has a second card", async || {
            ctx.messages_to("omar", "asks for 30 min more").len() == 1
        })
        .await;
        assert_eq!(ctx.messages_to("omar", "Extension rejected").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_that_nobody_answers_lapses_and_the_access_ends_on_time() {
    run_test_with(setup, async |ctx| {
        let [omars, _] = asked_for_more(ctx).await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "*Ended*").await;
        insta::assert_snapshot!(ctx.reads("omar", "Extension lapsed").await, @r#"
        ⌛ *AR-1 · Extension lapsed* Dana Ito (dana@example.com) asks for 1 h more of read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Asked for at first: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > the dump is slow
        The access ended before anybody answered.
        "#);
        let late = ctx
            .answer_to("omar", async |omar| omar.stale_click(&omars, "Approve").await)
            .await;
        assert!(late.starts_with("This request is "), "{late}");
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("EXTENSION LAPSED").await.len(), 1);
        assert_eq!(ctx.audit_posts("EXPIRED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_more_time_does_not_decide_it() {
    run_test_with(setup, async |ctx| {
        let [omars, _] = asked_for_more(ctx).await;
        let before = ends(ctx).await;
        let forged = forged_click(&omars, "extend_approve", &value_of(&omars, "Approve"));
        for who in ["dana", "eve"] {
            let answer = ctx
                .answer_to(who, async |person| {
                    person.raw_interaction(forged.clone()).await.map(|_| ())
                })
                .await;
            if who == "dana" {
                insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
            } else {
                insta::assert_snapshot!(answer, @"You are not among the approvers of this request, so nothing was changed.");
            }
        }
        assert_eq!(ends(ctx).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_approvers_at_once_extend_it_once() {
    run_test_with(setup, async |ctx| {
        let [omars, priyas] = asked_for_more(ctx).await;
        let (before, _) = ends(ctx).await;
        let (omar, priya) = (ctx.person("omar"), ctx.person("priya"));
        let clicks = tokio::join!(
            omar.stale_click(&omars, "Approve"),
            priya.stale_click(&priyas, "Approve"),
            omar.stale_click(&omars, "Approve")
        );
        assert!(matches!(clicks, (Ok(()), Ok(()), Ok(()))));
        ctx.sees("dana", "*Extended*").await;
        ctx.settle().await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
        assert_eq!(ctx.audit_posts("EXTENDED").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_on_its_way_until_the_target_confirms_it() {
    run_test_with(setup, async |ctx| {
        let mut door = ctx.door_to_target().await;
        writing(ctx).await;
        door.shut().await;
        ctx.says("dana", "extend AR-1 1h").await;
        let card = ctx.reads("dana", "on its way").await;
        insta::assert_snapshot!(card.lines().last().unwrap(), @r#"Approved automatically by "Write at once". Live until [time] (2 h, 1 h of it added). The extension by 1 h is on its way: until the target confirms it, new logins end at [time]. At the end open sessions are ended; the target itself refuses new logins after the end; an early revoke works at once."#);
        assert!(ctx.messages_to("dana", "*Extended*").is_empty());
        door.open();
        ctx.clock.advance(Duration::from_secs(30));
        ctx.sees("dana", "*Extended*").await;
        let (ours, held) = ends(ctx).await;
        assert_eq!(ours, held);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_target_refuses_is_moved_back() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let before = ends(ctx).await;
        lock_login(ctx).await;
        ctx.says("dana", "extend AR-1 1h").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Not extended*").await, @"
        ❌ *Not extended* AR-1: write on orders (orders-db)
        The target refused it. It ends at [time].
        ");
        assert_eq!(ends(ctx).await, before);
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION FAILED").await.join("\n\n"), @"
        ⚠️ *EXTENSION FAILED* AR-1 ends [clock] as before: Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Until: [time]
        Cause: the login apono_[install]_ar1_dana_ito was revoked
        [Open]
        #8 · [head] · [time]
        ");
        ctx.clock.advance(Duration::from_hours(1));
        ctx.sees("dana", "*Ended*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_ends_what_waits_for_an_answer_and_nothing_extends_it_after() {
    run_test_with(setup, async |ctx| {
        let [omars, _] = asked_for_more(ctx).await;
        ctx.says("ada", "revoke AR-1").await;
        ctx.sees("dana", "*Ended*").await;
        ctx.sees("omar", "Extension lapsed").await;
        let late = ctx
            .answer_to("omar", async |omar| omar.stale_click(&omars, "Approve").await)
            .await;
        insta::assert_snapshot!(late, @"This request is Revoked now, so nothing was changed.");
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("EXTENSION LAPSED").await.len(), 1);
        assert!(ctx.audit_posts("EXTENDED").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_died_before_it_told_the_target_tells_it_after() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let (before, _) = ends(ctx).await;
        ctx.quiet().await;
        ctx.stop().await;
        ctx.extend_while_stopped("dana", RequestNumber(1), Duration::from_hours(1))
            .await;
        ctx.run().await;
        ctx.sees("dana", "*Extended*").await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_beside_a_revoke_never_brings_the_access_back() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let login = ctx.connect("dana").await;
        let dana = ctx.person("dana");
        let (extended, revoked) = tokio::join!(
            dana.command("/apono", "extend AR-1 1h"),
            dana.command("/apono", "revoke AR-1")
        );
        extended.unwrap();
        revoked.unwrap();
        ctx.sees("dana", "*Ended*").await;
        ctx.settle().await;
        assert!(login.open().await.is_err());
        let mut target = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        let ours = format!("apono_{}_%", ctx.app().core().install);
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_roles WHERE rolname LIKE $1")
            .bind(ours)
            .fetch_one(&mut target)
            .await
            .unwrap();
        assert_eq!(left, 0, "the login was dropped and not made anew");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_whose_time_is_over_is_not_extended() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let (until, _) = ends(ctx).await;
        ctx.clock.advance(until.since(ctx.clock.now()));
        let answer = ctx.says("dana", "extend AR-1 1h").await;
        assert!(
            answer.starts_with("This request is ") && answer.ends_with("so nothing was changed."),
            "{answer}"
        );
        ctx.sees("dana", "*Ended*").await;
        assert!(ctx.audit_posts("EXTENDED").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_lasts_longer_on_a_frozen_integration() {
    run_test_with(setup, async |ctx| {
        writing(ctx).await;
        let (until, _) = ends(ctx).await;
        ctx.says("ada", "freeze orders-db").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h").await, @"An admin froze orders-db: nothing new is granted on it until it is thawed.");
        assert_eq!(ends(ctx).await.0, until);
    })
    .await;
}

/// The access was approved by somebody else, and the time that was added was not.
#[tokio::test(flavor = "multi_thread")]
async fn access_that_its_holder_lengthened_by_another_account_ends_at_once() {
    run_test_with(setup, async |ctx| {
        ctx.granted("2h").await;
        ctx.says("dana", "extend AR-1 1h").await;
        ctx.person("priya")
            .click("asks for 1 h more", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "*Extended*").await;
        ctx.quiet().await;
        ctx.stop().await;
        let joined = "[[people]]\naccounts = [\"dana@example.com\", \"U0PRIYA\"]\n";
        ctx.edit_config(|text| format!("{text}\n{joined}"));
        ctx.run().await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        ctx.sees("ada", "Self-approved").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_an_extension_read_as_they_were_typed_in_card_and_channel() {
    run_test_with(setup, async |ctx| {
        ctx.granted("2h").await;
        ctx.says(
            "dana",
            "extend AR-1 20m R&amp;D &lt;!channel&gt; <https://t.example/?a=1&amp;b=2>",
        )
        .await;
        let typed = "R&D <!channel> https://t.example/?a=1&b=2";
        let card = ctx.sees("priya", "R&D").await;
        assert!(card.rendered.contains(typed), "{}", card.rendered);
        assert!(!card.text.contains('<') && !card.blocks.to_string().contains("\"broadcast\""));
        ctx.settle().await;
        let posts = ctx.simulator.channel_messages("permissions-audit");
        let post = posts.iter().find(|post| post.rendered.contains(typed)).unwrap();
        assert!(!post.text.contains('<'), "{}", post.text);
    })
    .await;
}
