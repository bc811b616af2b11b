//! The model and the real bots, as the state machine wants them.

use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest_state_machine::{ReferenceStateMachine, StateMachineTest};
use tokio::runtime::Runtime;

use crate::support::databases::fresh_postgres;

use super::commands::{Command, next};
use super::comparison::compare;
use super::model::Model;
use super::world::World;

/// After this long nothing of a history is live.
const THE_END: u32 = 48;

static HISTORIES: AtomicUsize = AtomicUsize::new(0);
static COMMANDS: AtomicUsize = AtomicUsize::new(0);
static COMPARISONS: AtomicUsize = AtomicUsize::new(0);

/// What was played in this process.
pub(super) fn summary() -> String {
    let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
    format!(
        "random histories: {} histories, {} commands, {} comparisons, 0 violations",
        of(&HISTORIES),
        of(&COMMANDS),
        of(&COMPARISONS)
    )
}

pub(super) struct Histories;

impl ReferenceStateMachine for Histories {
    type State = Model;
    type Transition = Command;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::default()).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Command> {
        next(model)
    }

    fn preconditions(model: &Model, command: &Command) -> bool {
        command.is_possible(model)
    }

    fn apply(mut model: Model, command: &Command) -> Model {
        model.apply(command);
        model
    }
}

/// Both bots, in their own runtime, so nothing of a failed history keeps running.
pub(super) struct Bots {
    runtime: Runtime,
    both: Option<[World; 2]>,
}

impl StateMachineTest for Bots {
    type SystemUnderTest = Self;
    type Reference = Histories;

    fn init_test(_: &Model) -> Self {
        let runtime = Runtime::new().unwrap();
        let both = runtime.block_on(async {
            let postgres = fresh_postgres().await.unwrap();
            let (on_sqlite, on_postgres) = tokio::join!(World::start(None), World::start(Some(postgres)));
            [on_sqlite, on_postgres]
        });
        Self {
            runtime,
            both: Some(both),
        }
    }

    fn apply(mut bots: Self, model: &Model, command: Command) -> Self {
        bots.play(model, &command);
        COMMANDS.fetch_add(1, Ordering::Relaxed);
        bots
    }

    fn teardown(mut bots: Self, mut model: Model) {
        for ending in [
            Command::TargetIsBack,
            Command::SlackIsBack,
            Command::Wait { hours: THE_END },
        ] {
            if ending.is_possible(&model) {
                model.apply(&ending);
                bots.play(&model, &ending);
            }
        }
        if let Some([on_sqlite, on_postgres]) = bots.both.take() {
            bots.runtime
                .block_on(async { tokio::join!(on_sqlite.finish(), on_postgres.finish()) });
        }
        HISTORIES.fetch_add(1, Ordering::Relaxed);
    }
}

impl Bots {
    /// Lets the command happen to both, and compares. `model` is as it should be after it.
    fn play(&mut self, model: &Model, command: &Command) {
        let people = command.people(model);
        let one = async |world: &mut World| {
            let read = world.carry_out(command, &people, model.told.len()).await;
            compare(world, model, &read).await
        };
        let [on_sqlite, on_postgres] = self.both.as_mut().expect("they play until the end");
        let (sqlite, postgres) = self
            .runtime
            .block_on(async { tokio::join!(one(on_sqlite), one(on_postgres)) });
        assert_eq!(sqlite.1, postgres.1, "the databases differ after {command:?}");
        COMPARISONS.fetch_add(sqlite.0 + postgres.0 + sqlite.1.len(), Ordering::Relaxed);
    }
}

impl Drop for Bots {
    fn drop(&mut self) {
        // Connections are closed in the runtime that opened them.
        let _inside = self.runtime.enter();
        self.both = None;
    }
}
