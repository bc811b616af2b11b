//! The real binary is killed at each of its steps and at any moment, and nothing is lost, doubled or left behind.
//!
//! A life is a request from the form to its end, with a session on the target that is open when the end comes. The person or
//! timer at work when the process died continues as they would in reality: people click again if Slack told them that it
//! failed, and the process is started again. The invariants are checked while it is dead and after each life; they are
//! described in `invariants.rs`.

mod in_slack;
mod invariants;
mod life;
mod target;
mod world;

use std::time::Duration;

use sea_orm::DbBackend;
use slack_simulator::World as Slack;

use crate::support::bot::{Context, Setup, run_test_on};

use life::{End, live};
use target::Target;
use world::World;

const FLOWS: &str = r#"
[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
permissions = ["read"]
max_duration = "8h"
extensions = { times = 2, each = "1h" }
approvers = ["group:sre"]
"#;

fn setup() -> Setup {
    Setup {
        world: Slack::example(),
        config: FLOWS.to_owned(),
    }
}

/// The same access, on the kind that keeps the least on its target.
#[cfg(feature = "files")]
fn setup_of_files() -> Setup {
    const FILES: &str = r#"
[[integrations]]
name = "orders-files"
kind = "files"
folder = "."
resources = ["{db}"]
permissions = { read = "r" }
"#;
    Setup {
        world: Slack::example(),
        config: FILES.to_owned() + &FLOWS.replace("orders-db", "orders-files"),
    }
}

/// How many lives the random kills are spread over, on each database; `cargo bench --bench crash` asks for more.
fn rounds() -> u32 {
    let asked = std::env::var("APONO_CRASH_ROUNDS");
    asked.map_or(25, |rounds| rounds.parse().unwrap())
}

async fn at_every_step(ctx: &mut Context) {
    let target = Target::postgres(ctx);
    at_every_step_on(ctx, target).await;
}

async fn at_every_step_on(ctx: &mut Context, target: Target) {
    let mut world = World::start(ctx, target).await;
    world.arm();
    loop {
        let kills = world.counts.kills;
        for end in End::ALL {
            live(&mut world, end).await;
        }
        if world.counts.kills == kills {
            break;
        }
    }
    let steps = world.steps();
    // What a life passes at least; fewer would mean that the binary was built without them.
    assert!(steps.len() > 50, "only these steps were found: {steps:#?}");
    world.finish("every step").await;
}

async fn at_any_moment(ctx: &mut Context) {
    let target = Target::postgres(ctx);
    let mut world = World::start(ctx, target).await;
    for round in 0..rounds() {
        // A life takes about a second and a half, so most are hit once or twice, anywhere.
        world.kill_after(Duration::from_millis(random_below(1500)));
        live(&mut world, End::ALL[round as usize % End::ALL.len()]).await;
    }
    world.finish("any moment").await;
}

fn random_below(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes) % limit
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whichever_step_it_dies_after_on_sqlite() {
    run_test_on(&[DbBackend::Sqlite], setup, at_every_step).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whichever_step_it_dies_after_on_postgresql() {
    run_test_on(&[DbBackend::Postgres], setup, at_every_step).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whenever_it_is_killed_on_sqlite() {
    run_test_on(&[DbBackend::Sqlite], setup, at_any_moment).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whenever_it_is_killed_on_postgresql() {
    run_test_on(&[DbBackend::Postgres], setup, at_any_moment).await;
}

#[cfg(feature = "files")]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whichever_step_it_dies_after_on_files() {
    run_test_on(&[DbBackend::Sqlite], setup_of_files, async |ctx| {
        let folder = ctx.folder.path().to_owned();
        at_every_step_on(ctx, Target::Files(folder)).await;
    })
    .await;
}
