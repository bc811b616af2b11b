//! Looks that fall into the middle of a change find nothing to say.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use apono::access::reconcile::Drift;
use apono::store::ReadGrants;
use secrecy::ExposeSecret;
use slack_simulator::World;
use sqlx::{Connection, PgConnection};

use super::{login, look, told};
use crate::support::bot::{Context, Setup, run_test, run_test_with};

/// Writing is extended at once.
const FLOWS: &str = r#"
reconcile = "enforce"

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

/// Looks again and again for as long as a step takes.
async fn while_looking(ctx: &Context, step: impl Future<Output = ()>) {
    let over = AtomicBool::new(false);
    let step = async {
        step.await;
        over.store(true, Ordering::Relaxed);
    };
    let looks = ctx.until("the step is over", async || {
        look(ctx, Drift::Enforce).await;
        over.load(Ordering::Relaxed)
    });
    tokio::join!(step, looks);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_life_under_constant_looks_is_left_alone() {
    run_test_with(setup, async |ctx| {
        while_looking(ctx, async {
            ctx.asks("dana", "write", "1h", "incident 4711").await;
            ctx.sees("dana", "AR-1: you have write").await;
        })
        .await;
        while_looking(ctx, async {
            ctx.says("dana", "extend ar1 1h").await;
            ctx.sees("dana", "*Extended* AR-1").await;
        })
        .await;
        while_looking(ctx, async {
            ctx.person("dana").command("/apono", "revoke AR-1").await.unwrap();
            ctx.sees("dana", "AR-1 · Revoked").await;
        })
        .await;
        while_looking(ctx, async {
            ctx.asks("dana", "write", "1h", "incident 4711").await;
            ctx.sees("dana", "AR-2: you have write").await;
        })
        .await;
        while_looking(ctx, async {
            ctx.clock.advance(Duration::from_hours(1));
            ctx.sees("dana", "AR-2 · Expired").await;
            ctx.settle().await;
        })
        .await;
        assert_eq!(told(ctx).await, "");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_under_way_is_not_missing() {
    run_test(async |ctx| {
        let mut held = PgConnection::connect(ctx.target.admin_url.expose_secret())
            .await
            .unwrap();
        sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
            .bind(login(ctx))
            .execute(&mut held)
            .await
            .unwrap();
        ctx.asks("dana", "write", "1h", "incident 4711").await;
        let core = ctx.app().core();
        ctx.until("the attempt is committed", async || {
            let request = core.store.request_by_number(super::AR_1).await.unwrap();
            match request {
                Some(request) => core.store.grant(&request.id).await.unwrap().is_some(),
                None => false,
            }
        })
        .await;
        look(ctx, Drift::Enforce).await;
        held.close().await.unwrap();
        ctx.sees("dana", "you have write").await;
        look(ctx, Drift::Enforce).await;
        assert_eq!(told(ctx).await, "");
    })
    .await;
}
