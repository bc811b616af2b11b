//! The whole text of each kind of post, and where it stands.

use std::time::Duration;

use apono::access::resource::Resource;
use apono::clock::Clock;
use apono::usecases::catalogue::Entry;
use slack_simulator::{Kind, Submitted};

use crate::support::bot::{Context, run_test};
use crate::support::door::Door;
use crate::support::steps::forged_approval;

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
        ctx.sees("dana", "Ended").await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
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
        ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
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
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Approved by: Omar Khan (omar@example.com)
        Target account: apono_[install]_ar1_dana_ito
        Confirmed at: [time]
        Deadline on target: yes
        Live grants of this person: 1
        [Open]
        #6 · [head] · [time]
        --- in the thread
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Target account: apono_[install]_ar1_dana_ito
        [Open]
        #7 · [head] · [time]
        --- in the thread
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by an admin
        [Open]
        #8 · [head] · [time]
        --- in the thread and in the channel
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after 41 min of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by an admin
        Confirmed gone at: [time]
        Sessions ended: 0
        Proof: login locked, 0 sessions
        Used: no use seen: no session at [looks]
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
        ctx.sees("dana", "you have write").await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @r#"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for write on orders (orders-db), 30 min
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
        ✅ *APPROVED* AR-1 automatically by "Write at once": Dana Ito (dana@example.com), write on orders (orders-db), 30 min
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        [Open]
        #5 · [head] · [time]
        --- in the thread and in the channel
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has write on orders (orders-db) until [clock] (30 min)
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
        ⏳ *REVOKING* AR-1 its time is up: Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        [Open]
        #7 · [head] · [time]
        --- in the thread and in the channel
        🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Why: its time is up
        Confirmed gone at: [time]
        Lateness: on time ([late])
        Sessions ended: 0
        Proof: login locked, 0 sessions; Used: never: no credentials were shown
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
        ctx.clicks("priya", "asks for read", "Reject").await;
        ctx.gives_reason("priya", "Use the *replica* <https://example.com>").await;
        ctx.sees("dana", "Rejected").await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
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
        ❌ *REJECTED* AR-1 by Priya Shah (priya@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
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
        ctx.sees("omar", "asks for read").await;
        ctx.clock.advance(Duration::from_hours(22));
        ctx.sees("dana", "Lapsed").await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "LAPSED"), @"
        --- in the thread
        ⌛ *LAPSED* AR-1 nobody answered in 22 h: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
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
        ctx.sees("priya", "asks for read").await;
        // Between the card and her click.
        ctx.simulator
            .change_world(|world| world.set_kind("priya", Kind::SingleChannelGuest));
        ctx.approves("priya").await;
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
        ctx.clock.advance(Duration::from_mins(90));
        ctx.run().await;
        ctx.settle().await;
        insta::assert_snapshot!(whole(ctx, "*"), @r#"
        --- in the channel
        🌱 *INSTALLED* install [install]; the audit trail starts here
        Install: [install]
        #1 · [head] · [time]
        --- in the channel
        📜 *POLICY CHANGED* the first config is active
        From: none
        To: [digest]
        #2 · [head] · [time]
        --- in the channel
        ▶️ *STARTED* apono 0.1.0 is running
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
        ▶️ *STARTED* apono 0.1.0 is running, down since [clock], 1 h 30 min
        Version: 0.1.0
        Policy: [digest]
        Down since: [time]
        #6 · [head] · [time]
        "#);
    })
    .await;
}

/// Adds `names` to what the catalogue offers, while the target cannot be reached.
async fn offering(ctx: &mut Context, names: &[String]) -> Door {
    let mut door = ctx.door_to_target().await;
    let known = ctx.app().core().catalogue.of("orders-db");
    let ours = |entry: &&Entry| entry.resource.name == ctx.target.database;
    let like = known.all().find(ours).unwrap().resource.clone();
    door.shut().await;
    ctx.stop().await;
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
    tx.replace_catalogue("orders-db", &resources, ctx.clock.now())
        .await
        .unwrap();
    tx.seal(Vec::new()).await.unwrap();
    store.close().await.unwrap();
    ctx.run().await;
    door
}

/// Dana asks to read all of `names` for an hour.
async fn asks_for_all(ctx: &Context, names: &[String]) {
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
}

#[tokio::test(flavor = "multi_thread")]
async fn every_resource_is_named_wherever_somebody_decides_by_it() {
    run_test(async |ctx| {
        let database = ctx.target.database.clone();
        let mut names: Vec<String> = (0..42).map(|n| format!("{database}_{n:02}")).collect();
        names.insert(5, format!("{database}_payments_prod"));
        let mut door = offering(ctx, &names).await;
        asks_for_all(ctx, &names).await;
        let card = ctx.sees("omar", "asks for read").await;
        ctx.settle().await;
        let mut listed = names.clone();
        listed.sort_unstable();
        let listed = format!("Resources: {}", listed.join(", "));
        assert!(card.rendered.contains(&listed), "{}", card.rendered);
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.contains(&ctx.plain(&listed)), "{shown}");
        insta::assert_snapshot!(whole(ctx, "AR-1 "), @"
        --- in the channel
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders_00, orders_01, orders_02, orders_03, orders_04, +38 more (orders-…
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Flow: Developers read (policy [digest])
        Asked: Omar Khan (group:sre), Priya Shah (group:sre)
        Answer due: [time]
        Resources: orders_00, orders_01, orders_02, orders_03, orders_04, orders_05, orders_06, orders_07, orders_08, orders_09, orders_10, orders_11, orders_12, orders_13, orders_14, orders_15, orders_16, orders_17, orders_18, orders_19, orders_20, orders_21, orders_22, orders_23, orders_24, orders_25, orders_26, orders_27, orders_28, orders_29, orders_30, orders_31, orders_32, orders_33, orders_34, orders_35, orders_36, orders_37, orders_38, orders_39, orders_40, orders_41, orders_payments_prod
        Dana wrote:
        > a migration
        [Open]
        #8 · [head] · [time]
        ");
        door.open();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_is_too_long_for_a_card_is_opened_before_it_is_approved() {
    run_test(async |ctx| {
        let database = ctx.target.database.clone();
        let long = "x".repeat(60 - database.len());
        let names: Vec<String> = (0..90).map(|n| format!("{database}_{long}{n:02}")).collect();
        let mut door = offering(ctx, &names).await;
        asks_for_all(ctx, &names).await;
        let card = ctx.sees("omar", "asks for read").await;
        let answer = ctx.answer_to_forged("omar", forged_approval(&card)).await;
        insta::assert_snapshot!(answer, @"This is not the card I sent you for this request, so nothing was changed.");

        let omar = ctx.person("omar");
        omar.click("asks for read", "Approve").await.unwrap();
        let window = omar.modal().await.unwrap().rendered;
        for name in &names {
            assert!(window.contains(name), "{name} is not in {window}");
        }
        let first = window.lines().next().unwrap();
        insta::assert_snapshot!(ctx.plain(first), @"Dana Ito (dana@example.com) asks for all of this on orders-db, for 1 h: until about [time] if approved now.");
        ctx.gives_reason("omar", "the whole farm").await;
        ctx.sees("dana", "Approved by Omar Khan (omar@example.com), group:sre: the whole farm.").await;
        door.open();
    })
    .await;
}
