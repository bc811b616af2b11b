//! The bot stops or dies, and starts again: nothing is lost, nothing is duplicated, and changes in the meantime take effect.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use apono::store::ReadGrants;

use crate::support::bot::{Context, run_test};

const AR_1: RequestNumber = RequestNumber(1);

async fn state(ctx: &Context) -> State {
    let store = &ctx.app().core().store;
    store.request_by_number(AR_1).await.unwrap().unwrap().state
}

/// How many messages each person got about the request, and the trail of it.
fn seen(ctx: &Context) -> ([usize; 3], Vec<String>) {
    let messages = ["dana", "omar", "priya"].map(|who| ctx.person(who).reads("@bot").len());
    let trail = ctx.audit_channel();
    let of_the_request = trail.lines().filter(|line| line.contains("AR-1"));
    (messages, of_the_request.map(str::to_owned).collect())
}

/// Stops and starts, and checks that nobody sees anything of it.
async fn restart_unnoticed(ctx: &mut Context) {
    ctx.settle().await;
    let before = (state(ctx).await, seen(ctx));
    ctx.stop().await;
    ctx.run().await;
    ctx.settle().await;
    assert_eq!((state(ctx).await, seen(ctx)), before);
}

/// The posts of the audit channel about a request, whole, from the headline with `word` on.
fn post(ctx: &Context, word: &str) -> String {
    let posts = ctx.simulator.channel_messages("permissions-audit");
    let found = posts
        .iter()
        .rfind(|post| post.rendered.lines().next().unwrap().contains(word));
    ctx.plain(&found.unwrap().rendered)
}

/// Dana has asked for read access, and everybody knows.
async fn pending(ctx: &Context) {
    ctx.asks("dana", "read", "2h", "incident 4711").await;
    for approver in ["omar", "priya"] {
        ctx.person(approver)
            .wait_for("@bot", "asks for read")
            .await
            .unwrap();
    }
    ctx.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_any_state_is_not_noticed() {
    run_test(async |ctx| {
        pending(ctx).await;
        restart_unnoticed(ctx).await;
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        restart_unnoticed(ctx).await;
        let login = ctx.connect("dana").await;
        restart_unnoticed(ctx).await;
        assert!(login.open().await.is_ok());
        ctx.clock.advance(Duration::from_mins(115));
        ctx.sees("dana", "Ends soon").await;
        restart_unnoticed(ctx).await;
        ctx.clock.advance(Duration::from_mins(5));
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());
        restart_unnoticed(ctx).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_that_nothing_followed_is_followed_up_at_the_start() {
    run_test(async |ctx| {
        pending(ctx).await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", AR_1).await;
        ctx.run().await;
        ctx.sees("dana", "you have read").await;
        assert!(ctx.connect("dana").await.open().await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_that_was_under_way_goes_on_at_the_start() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        target.shut().await;
        ctx.person("dana").command("/apono", "revoke AR-1").await.unwrap();
        ctx.sees("dana", "Being revoked").await;
        ctx.stop().await;
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        ctx.run().await;
        ctx.sees("dana", "Ended").await;
        assert!(login.open().await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_forbids_it_now_stops_what_was_approved_before_the_target_is_touched() {
    run_test(async |ctx| {
        pending(ctx).await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", AR_1).await;
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"1h\""));
        ctx.run().await;
        ctx.sees("dana", "could not be granted").await;
        ctx.settle().await;
        insta::assert_snapshot!(post(ctx, "FAILED"), @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Step: before the target was touched
        Cause: the access flow no longer allows that duration
        Tries: 0
        Undo confirmed at: nothing to undo
        Next step: request it again, or ask an admin about the access flow
        [Open]
        #9 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.plain(&ctx.person("dana").reads("@bot").pop().unwrap().rendered), @"
        ⚠️ *Failed* AR-1: read on orders (orders-db) could not be granted
        Approved by Omar Khan (omar@example.com), group:sre. It could not be granted: the access flows no longer allow it; the target was not touched.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        assert_eq!(logins_made(ctx).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_may_not_any_more_is_replaced_and_the_others_are_asked() {
    run_test(async |ctx| {
        pending(ctx).await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", AR_1).await;
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        ctx.run().await;
        // Who is who may have to be asked more than once.
        ctx.until("it is open again", async || state(ctx).await == State::Pending)
            .await;
        ctx.settle().await;
        insta::assert_snapshot!(post(ctx, "REOPENED"), @"
        🔁 *REOPENED* AR-1 the approval by Omar Khan no longer counts: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        [Open]
        #8 · [head] · [time]
        ");
        ctx.approves("priya").await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        insta::assert_snapshot!(post(ctx, "GRANTED"), @"
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Approved by: Priya Shah (priya@example.com)
        Target account: apono_[install]_ar1_dana_ito
        Confirmed at: [time]
        Deadline on target: yes
        Live grants of this person: 1
        [Open]
        #10 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_granted_in_time_is_undone_and_nothing_is_left_of_it() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        target.shut().await;
        // What is granted before the audit channel was read waits, and its card says so.
        ctx.settle().await;
        ctx.asks("dana", "write", "1h", "fix order 3").await;
        ctx.sees("dana", "being set up").await;
        ctx.until("it was tried", async || {
            let store = &ctx.app().core().store;
            let request = store.request_by_number(AR_1).await.unwrap().unwrap();
            store.grant(&request.id).await.unwrap().is_some()
        })
        .await;
        ctx.clock.advance(Duration::from_mins(16));
        ctx.sees("dana", "Being revoked").await;
        assert!(matches!(state(ctx).await, State::Revoking(_)), "it is not over before the target says so");
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        // The card has said before that it could not be granted.
        ctx.until("it failed", async || matches!(state(ctx).await, State::Failed(_))).await;
        ctx.settle().await;
        insta::assert_snapshot!(post(ctx, "REVOKING"), @"
        ⏳ *REVOKING* AR-1 could not be granted: while connecting: 127.0.0.1:[port] refused the connection: Dana Ito (dana@example.com), write on orders (orde…
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        [Open]
        #8 · [head] · [time]
        ");
        // How often it was tried depends on how soon the card said that it waits.
        let failed = post(ctx, "FAILED");
        let failed: Vec<&str> = failed.lines().filter(|line| !line.starts_with("Tries: ")).collect();
        insta::assert_snapshot!(failed.join("\n"), @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), write on orders (orders-db), 1 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Step: granting
        Cause: while connecting: 127.0.0.1:[port] refused the connection
        Undo confirmed at: [time]
        Next step: request it again once the target answers
        [Open]
        #9 · [head] · [time]
        ");
        assert_eq!(logins_made(ctx).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_can_stop_what_was_approved_and_not_touched_yet() {
    run_test(async |ctx| {
        pending(ctx).await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", AR_1).await;
        ctx.revoke_while_stopped("ada", AR_1).await;
        ctx.run().await;
        ctx.settle().await;
        assert_eq!(state(ctx).await, State::Cancelled);
        insta::assert_snapshot!(post(ctx, "CANCELLED"), @"
        ↩️ *CANCELLED* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Was: Approved
        [Open]
        #7 · [head] · [time]
        ");
        assert_eq!(logins_made(ctx).await, 0);
    })
    .await;
}

/// Logins of this install on the target, whatever their state.
async fn logins_made(ctx: &Context) -> usize {
    let core = ctx.app().core();
    let integrations = core.integrations();
    let integration = integrations.get("orders-db").unwrap();
    let target = integration.state().unwrap();
    target.inspect(&core.install).await.unwrap().len()
}
