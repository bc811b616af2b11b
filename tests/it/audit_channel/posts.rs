//! The whole text of each kind of post, and where it stands.

use std::time::Duration;

use apono::clock::Clock;
use apono::integrations::Resource;
use apono::usecases::catalogue::Entry;
use slack_simulator::{Kind, Submitted};

use crate::support::bot::{Context, run_test};

/// The posts whose headline has `mark` in it, whole, each with where it stands.
fn whole(ctx: &Context, mark: &str) -> String {
    let posts = ctx.simulator.channel_messages("permissions-audit");
    let texts = posts
        .iter()
        .filter(|post| post.rendered.lines().next().unwrap().contains(mark))
        .map(|post| {
            let place = match (&post.thread_ts, post.broadcast) {
                (None, _) => "in the channel",
                (Some(_), true) => "in the thread and in the channel",
                (Some(_), false) => "in the thread",
            };
            format!("--- {place}\n{}", post.rendered)
        });
    ctx.plain(&texts.collect::<Vec<_>>().join("\n"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_granted_and_revoked_request_is_posted_step_by_step() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.connect("dana").await;
        ctx.clock.advance(Duration::from_mins(41));
        ctx.person("ada").command("/apono", "revoke AR-1").await.unwrap();
        ctx.person("dana").wait_for("@bot", "Ended").await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito asks read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Flow: Developers read (policy [digest])
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > incident 4711
        [Open]
        #4 · [head] · [time]
        --- in the thread
        ✅ *APPROVED* AR-1 by Omar Khan (1 of 1): Dana Ito, read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Still needed: 0
        [Open]
        #5 · [head] · [time]
        --- in the thread and in the channel
        🔓 *GRANTED* AR-1 Dana Ito has read on orders (orders-db) until [clock] (2 h)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Approved by: Omar Khan
        Target account: apono_[install]_ar1_dana_ito
        Confirmed at: [time]
        Deadline on target: yes
        Live grants of this person: 1
        [Open]
        #6 · [head] · [time]
        --- in the thread
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito: read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Target account: apono_[install]_ar1_dana_ito
        [Open]
        #7 · [head] · [time]
        --- in the thread
        ⏳ *REVOKING* AR-1 by Ada Lind: Dana Ito, read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by an admin
        [Open]
        #8 · [head] · [time]
        --- in the thread and in the channel
        🔒 *REVOKED* AR-1 by Ada Lind after 41 min of 2 h: Dana Ito, read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by an admin
        Confirmed gone at: [time]
        Lateness: on time ([late])
        Sessions ended: 0
        Proof: login locked, 0 sessions
        [Open]
        #9 · [head] · [time]
        --- in the thread
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Result: login dropped
        [Open]
        #10 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_automatic_approval_and_an_expiry_are_posted() {
    run_test(async |ctx| {
        ctx.asks("dana", "write", "30m", "fix order 3").await;
        ctx.person("dana")
            .wait_for("@bot", "you have write")
            .await
            .unwrap();
        ctx.clock.advance(Duration::from_mins(30));
        ctx.person("dana").wait_for("@bot", "Ended").await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @r#"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito asks write on orders (orders-db), 30 min
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Flow: Write at once (policy [digest])
        Dana wrote:
        > fix order 3
        [Open]
        #4 · [head] · [time]
        --- in the thread
        ✅ *APPROVED* AR-1 automatically by "Write at once": Dana Ito, write on orders (orders-db), 30 min
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        [Open]
        #5 · [head] · [time]
        --- in the thread and in the channel
        🔓 *GRANTED* AR-1 Dana Ito has write on orders (orders-db) until [clock] (30 min)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Approved by: automatically
        Target account: apono_[install]_ar1_dana_ito
        Confirmed at: [time]
        Deadline on target: yes
        Live grants of this person: 1
        [Open]
        #6 · [head] · [time]
        --- in the thread
        ⏳ *REVOKING* AR-1 its time is over: Dana Ito, write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Why: its time is over
        [Open]
        #7 · [head] · [time]
        --- in the thread and in the channel
        🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito, write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Why: its time is over
        Confirmed gone at: [time]
        Lateness: on time ([late])
        Sessions ended: 0
        Proof: login locked, 0 sessions
        [Open]
        #8 · [head] · [time]
        --- in the thread
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Result: login dropped
        [Open]
        #9 · [head] · [time]
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejection_is_posted_with_its_reason() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "I am *curious*, _very_ <!channel> & more")
            .await;
        let priya = ctx.person("priya");
        priya.click("asks for read", "Reject").await.unwrap();
        priya
            .fill("Reason", "Use the *replica* <https://example.com>")
            .await
            .unwrap();
        assert_eq!(priya.submit().await.unwrap(), Submitted::Closed);
        ctx.person("dana").wait_for("@bot", "Rejected").await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito asks read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Flow: Developers read (policy [digest])
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > I am *curious*, _very_ <!channel> & more
        [Open]
        #4 · [head] · [time]
        --- in the thread
        ❌ *REJECTED* AR-1 by Priya Shah: Dana Ito, read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Decided as: group:sre
        Waited: [span]
        Priya wrote:
        > Use the *replica* <https://example.com>
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_nobody_answers_lapses() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "when you find the time").await;
        ctx.person("omar")
            .wait_for("@bot", "asks for read")
            .await
            .unwrap();
        ctx.clock.advance(Duration::from_hours(22));
        ctx.person("dana").wait_for("@bot", "Lapsed").await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "LAPSED"), @"
        --- in the thread
        ⌛ *LAPSED* AR-1 nobody answered in 22 h: Dana Ito, read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_posted_in_the_thread() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.person("priya")
            .wait_for("@bot", "asks for read")
            .await
            .unwrap();
        // Between the card and her click.
        ctx.simulator
            .change_world(|world| world.set_kind("priya", Kind::SingleChannelGuest));
        ctx.person("priya")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.settle().await;
        let refused = whole(ctx, "REFUSED");
        assert!(
            refused.starts_with("--- in the thread\n⛔ *REFUSED* click on AR-1 "),
            "{refused}"
        );
        assert!(
            refused.contains("Tried by: Priya Shah (U0PRIYA)\nStanding: guest\n"),
            "{refused}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_stops_and_other_configs_are_posted() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.stop().await;
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"4h\""));
        ctx.run().await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "*"), @r#"
        --- in the channel
        🌱 *INSTALLED* install [install]; the trail begins here
        Install: [install]
        #1 · [head] · [time]
        --- in the channel
        📜 *POLICY CHANGED* the first config is active
        From: none
        To: [digest]
        #2 · [head] · [time]
        --- in the channel
        ▶️ *STARTED* apono 0.1.0 runs
        Version: 0.1.0
        Policy: [digest]
        #3 · [head] · [time]
        --- in the channel
        ⏹️ *STOPPED* apono was told to stop
        #4 · [head] · [time]
        --- in the channel
        📜 *POLICY CHANGED* another config is active now
        From: [digest]
        To: [digest]
        • flow "Developers read": max_duration 8h → 4h
        #5 · [head] · [time]
        --- in the channel
        ▶️ *STARTED* apono 0.1.0 runs
        Version: 0.1.0
        Policy: [digest]
        #6 · [head] · [time]
        "#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_resources_are_named_in_part_and_counted() {
    run_test(async |ctx| {
        let mut door = ctx.door_to_target().await;
        let known = ctx.app().core().catalogue.of("orders-db");
        let ours = |entry: &&Entry| entry.resource.name == ctx.target.database;
        let like = known.all().find(ours).unwrap().resource.clone();
        door.shut().await;
        ctx.stop().await;
        let database = &ctx.target.database;
        let names: Vec<String> = (0..42).map(|n| format!("{database}_{n:02}")).collect();
        let resources: Vec<Resource> = names
            .iter()
            .map(|name| Resource {
                id: name.clone(),
                name: name.clone(),
                ..like.clone()
            })
            .chain([like.clone()])
            .collect();
        let store = ctx.stopped_store().await;
        let mut tx = store.write().await.unwrap();
        tx.replace_catalogue("orders-db", &resources, ctx.clock.now()).await.unwrap();
        tx.seal(Vec::new()).await.unwrap();
        store.close().await.unwrap();
        ctx.run().await;

        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Integration", &["orders-db"]).await.unwrap();
        dana.choose("Resource type", &["Database"]).await.unwrap();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        dana.choose("Resources", &names).await.unwrap();
        dana.choose("Permissions", &["read"]).await.unwrap();
        dana.fill("Duration", "1h").await.unwrap();
        dana.fill("Justification", "a migration").await.unwrap();
        assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
        ctx.person("omar").wait_for("@bot", "asks for read").await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito asks read on orders_00, orders_01, orders_02, orders_03, orders_04, +37 more (orders-db), 1 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders_00, orders_01, orders_02, orders_03, orders_04, +37 more
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Flow: Developers read (policy [digest])
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Dana wrote:
        > a migration
        [Open]
        #8 · [head] · [time]
        ");
        door.open().await;
    })
    .await;
}
