//! What the parts of a running simulator share: the locked world, the clock, the sockets and the records.
//!
//! Invariant: the world's lock is never held across an await, and after each change the events it caused are sent and the waiters woken.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::{Clock, Micros};
use crate::journal::Journal;
use crate::socket::{self, Hub};
use crate::trouble::Troubles;
use crate::world::World;

/// How long a person waits for something to appear, in real time, unless set otherwise.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Shared {
    /// `http://127.0.0.1:PORT`, or the address of a proxy in front of it.
    base: Mutex<String>,
    pub(crate) clock: Clock,
    pub(crate) journal: Journal,
    pub(crate) hub: Hub,
    pub(crate) troubles: Troubles,
    world: Mutex<World>,
    changes: watch::Sender<u64>,
    patience: Mutex<Duration>,
    tasks: Mutex<JoinSet<()>>,
}

impl Shared {
    pub(crate) fn new(base: String, world: World) -> Arc<Self> {
        Arc::new(Self {
            base: Mutex::new(base),
            clock: Clock::start(),
            journal: Journal::default(),
            hub: Hub::default(),
            troubles: Troubles::default(),
            world: Mutex::new(world),
            changes: watch::Sender::new(0),
            patience: Mutex::new(PATIENCE),
            tasks: Mutex::new(JoinSet::new()),
        })
    }

    pub(crate) fn base(&self) -> String {
        self.base.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_base(&self, base: String) {
        *self.base.lock().unwrap_or_else(PoisonError::into_inner) = base;
    }

    pub(crate) fn look<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the world, sends the resulting events, and wakes all tasks that wait for a change.
    pub(crate) fn change<R>(self: &Arc<Self>, change: impl FnOnce(&mut World, Micros) -> R) -> R {
        let now = self.clock.now();
        let (result, events) = {
            let mut world = self.lock();
            world.changed_at = now;
            let result = change(&mut world, now);
            (result, world.take_outbox())
        };
        for event in events {
            self.spawn(socket::deliver_event(Arc::clone(self), event));
        }
        self.changes.send_modify(|count| *count += 1);
        result
    }

    /// Waits until `find` finds something in the world; None if it takes longer than `patience`.
    pub(crate) async fn until<R>(
        &self,
        patience: Duration,
        mut find: impl FnMut(&World) -> Option<R>,
    ) -> Option<R> {
        let mut changes = self.changes.subscribe();
        let search = async {
            loop {
                if let Some(found) = self.look(&mut find) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        tokio::time::timeout(patience, search).await.ok()
    }

    pub(crate) fn patience(&self) -> Duration {
        *self.patience.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_patience(&self, patience: Duration) {
        *self.patience.lock().unwrap_or_else(PoisonError::into_inner) = patience;
    }

    /// Runs a task that ends at the latest with the simulator.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    pub(crate) fn stop_tasks(&self) {
        self.tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
