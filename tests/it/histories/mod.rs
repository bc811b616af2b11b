//! Random histories: the same commands happen to a plain model, to a bot on SQLite and to a bot on PostgreSQL, and the three agree.
//!
//! Each bot has a Slack and a target of its own. After every command the status of each request, the decision that counts, its
//! end in the database and on the target, its sessions, its events in order, everybody's cards, and what was answered are
//! compared with the model (`model.rs`), and the two bots with each other. At the end everything works again, everything ends,
//! and the usual final checks of a bot test run.
//!
//! It is a state machine of `proptest-state-machine`: commands are drawn by what the model allows at that moment (`commands.rs`), so
//! that nearly all of them mean something, and a history that fails is shrunk by leaving commands out as long as the rest can still
//! happen. Seeds that failed are kept in `regressions.txt` and come first. `APONO_HISTORIES` says how many there are.

mod acts;
mod commands;
mod comparison;
mod machine;
mod model;
mod people;
mod request;
mod seen;
mod settling;
mod told;
mod world;

use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};

use crate::support::{counts, postgres_server};

use machine::{Bots, Histories};

/// How many commands a history has at most.
const COMMANDS: std::ops::RangeInclusive<usize> = 16..=28;

/// Shrinking plays a history anew each time, so it stops after a few minutes with what it has.
const MOST_SHRINKS: u32 = 60;
const SHRINK_FOR_MS: u32 = 180_000;

fn histories() -> u32 {
    let asked = std::env::var("APONO_HISTORIES");
    asked.map_or(10, |histories| histories.parse().unwrap())
}

#[test]
fn the_model_and_both_databases_agree_whatever_happens() {
    if postgres_server::shared().is_none() {
        return;
    }
    let config = Config {
        cases: histories(),
        max_shrink_iters: MOST_SHRINKS,
        max_shrink_time: SHRINK_FOR_MS,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/it/histories/regressions.txt",
        ))),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config.clone());
    let played = runner.run(
        &Histories::sequential_strategy(COMMANDS),
        |(model, commands, seen)| {
            Bots::test_sequential(config.clone(), model, commands, seen);
            Ok(())
        },
    );
    if let Err(error) = played {
        panic!("{error}");
    }
    counts::tell(&machine::summary());
}
