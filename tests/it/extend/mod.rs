//! More time for live access: the end moves here and on the target, as the flow allows, and is never approved by the
//! requester.

mod asked_again;
mod at_once;
mod on_the_target;

use apono::access::time::Timestamp;
use apono::store::ReadGrants;
use slack_simulator::SeenMessage;

use crate::support::bot::{Context, Setup, run_test_with};

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

/// Runs a test with these flows.
async fn run_extendable(test: impl AsyncFn(&mut Context)) {
    let setup = || Setup {
        config: FLOWS.to_owned(),
        ..Setup::default()
    };
    run_test_with(setup, test).await;
}

/// The same once Dana writes for an hour.
async fn run_writing(test: impl AsyncFn(&mut Context)) {
    run_extendable(async |ctx| {
        writing(ctx).await;
        test(ctx).await;
    })
    .await;
}

/// The same once Dana reads for two hours and has asked for one more, with the cards of Omar and of Priya.
async fn run_asked_for_more(test: impl AsyncFn(&mut Context, [SeenMessage; 2])) {
    run_extendable(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "extend AR-1 1h the dump is slow").await, @"I have asked for approval to extend AR-1 by 1 h. If nobody answers, it ends when it was due to end.");
        let omars = ctx.sees("omar", "Extension requested").await;
        let priyas = ctx.sees("priya", "Extension requested").await;
        test(ctx, [omars, priyas]).await;
    })
    .await;
}

async fn writing(ctx: &Context) {
    ctx.asks("dana", "write", "1h", "incident 4711").await;
    ctx.sees("dana", "you have write").await;
    ctx.settle().await;
}

/// When the access of AR-1 ends, as we say and as the target says.
async fn ends(ctx: &Context) -> (Timestamp, Timestamp) {
    let request = ctx.request(1).await;
    let store = &ctx.app().core().store;
    let grant = store.grant(&request.id).await.unwrap().unwrap();
    let mut target = ctx.target_session().await;
    let held: i64 = sqlx::query_scalar(
        "SELECT round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 FROM pg_roles WHERE rolname = $1",
    )
    .bind(&grant.granted.principal)
    .fetch_one(&mut target)
    .await
    .unwrap();
    (grant.until, Timestamp::from_micros(held))
}
