//! A bot in a separate process that dies again and again, and what is checked from outside.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use apono::access::time::Timestamp;
use apono::app::database;
use apono::clock::{Clock, SystemClock};
use apono::config::Config;
use apono::store::{Lane, Store};

use crate::support::bot::Context;
use crate::support::counts;
use crate::support::process::{Running, apono, leases_are_over};

use super::invariants;
use super::target::Target;

/// How long anything may take, however often the process dies.
const PATIENCE: Duration = Duration::from_mins(1);

/// How far time moves where something is to be done a little later.
const A_WHILE: Duration = Duration::from_secs(5);

const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is reported at the end.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) lives: u32,
    pub(super) kills: u32,
    pub(super) checks: u32,
}

pub(super) struct World<'a> {
    pub(super) ctx: &'a mut Context,
    /// Reads what the process writes.
    pub(super) store: Store,
    pub(super) target: Target,
    pub(super) counts: Counts,
    running: Running,
    /// What `failpoint.rs` reads.
    orders: PathBuf,
    ahead: Duration,
    kill_at: Option<Instant>,
}

/// The process died while somebody waited for it.
#[derive(Debug)]
pub(super) struct Died;

impl<'a> World<'a> {
    /// Stops the bot of the test's own process and runs the binary in its place.
    pub(super) async fn start(ctx: &'a mut Context, target: Target) -> Self {
        ctx.settle().await;
        ctx.stop().await;
        ctx.was_killed = true;
        let orders = ctx.folder.path().join("orders");
        fs::create_dir(&orders).unwrap();
        fs::write(orders.join("unpaced"), "").unwrap();
        let config = Config::load(&ctx.config_path()).unwrap();
        let store = Store::open_for_reading(&database(&config).unwrap())
            .await
            .unwrap();
        let running = spawn(ctx, &orders);
        Self {
            ctx,
            store,
            target,
            counts: Counts::default(),
            running,
            orders,
            ahead: Duration::ZERO,
            kill_at: None,
        }
    }

    /// From now on the process dies once after each of its steps.
    pub(super) fn arm(&self) {
        fs::write(self.orders.join("armed"), "").unwrap();
    }

    /// The steps after which it died.
    pub(super) fn steps(&self) -> Vec<String> {
        let died = fs::read_to_string(self.orders.join("died")).unwrap_or_default();
        died.lines().map(str::to_owned).collect()
    }

    /// It is killed when this time has passed, whatever it does then.
    pub(super) fn kill_after(&mut self, span: Duration) {
        self.kill_at = Some(Instant::now() + span);
    }

    pub(super) fn now(&self) -> Timestamp {
        SystemClock.now().plus(self.ahead)
    }

    /// Lets time pass for the bot.
    pub(super) fn advance(&mut self, span: Duration) {
        self.ahead += span;
        self.ctx.clock.advance(span);
        let (new, place) = (self.orders.join("ahead.new"), self.orders.join("ahead"));
        fs::write(&new, self.ahead.as_micros().to_string()).unwrap();
        fs::rename(new, place).unwrap();
    }

    /// Kills it if its moment has come, and starts it again if it is dead. True if it had died.
    pub(super) async fn revive(&mut self) -> bool {
        let is_time = self.kill_at.is_some_and(|at| at <= Instant::now());
        if is_time {
            self.kill_at = None;
            self.running.signal("-KILL");
        }
        if !is_time && self.running.0.try_wait().unwrap().is_none() {
            return false;
        }
        self.counts.kills += 1;
        self.running.0.wait().unwrap();
        self.counts.checks += invariants::while_dead(self).await;
        leases_are_over(self.ctx).await;
        self.running = spawn(self.ctx, &self.orders);
        true
    }

    /// Waits for a visible result, however often the process dies.
    pub(super) async fn until<T>(&mut self, what: &str, seen: impl AsyncFn(&mut Self) -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            self.revive().await;
            if let Some(found) = seen(self).await {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited in vain: {what}\nafter {:#?}\n{}\n{}",
                self.steps(),
                self.ctx.audit_channel(),
                fs::read_to_string(self.orders.join("log")).unwrap_or_default()
            );
            pause().await;
        }
    }

    /// What a person does, given up when the process dies under their hands.
    pub(super) async fn act<T>(&mut self, acting: impl Future<Output = T>) -> Result<T, Died> {
        let mut acting = std::pin::pin!(acting);
        loop {
            tokio::select! {
                done = &mut acting => return Ok(done),
                () = pause() => {
                    if self.revive().await {
                        return Err(Died);
                    }
                }
            }
        }
    }

    /// Waits until nothing is left to do. Posts without an answer when the process died are looked for some seconds later;
    /// this waits for that.
    pub(super) async fn settle(&mut self) {
        loop {
            let waiting = self
                .until("everything due is worked off", async |world| {
                    let store = &world.store;
                    let is_open = store.inbox_open().await.unwrap() > 0;
                    let counts = store.job_counts(world.now()).await.unwrap();
                    let of = |lane: Lane| counts.get(&lane).copied().unwrap_or_default();
                    let is_busy = Lane::ALL
                        .iter()
                        .any(|lane| of(*lane).ready + of(*lane).leased > 0);
                    let is_posted = store.audit_cursor().await.unwrap() == store.head().await.unwrap().seq;
                    (!is_open && !is_busy && is_posted).then(|| of(Lane::Deliver).waiting)
                })
                .await;
            if waiting == 0 {
                return;
            }
            self.advance(A_WHILE);
        }
    }

    /// Looks at everything once more, says the counts, and hands over to the bot of the test's own process.
    pub(super) async fn finish(mut self, how: &str) {
        self.settle().await;
        self.counts.checks += invariants::at_the_end(&mut self).await;
        let steps = self.steps().len();
        let Counts { lives, kills, checks } = self.counts;
        self.store.close().await.unwrap();
        self.running.kill();
        leases_are_over(self.ctx).await;
        self.ctx.run().await;
        let config = fs::read_to_string(self.ctx.config_path()).unwrap();
        let on = if config.contains("sqlite://") {
            "SQLite"
        } else {
            "PostgreSQL"
        };
        let target = self.target.in_words();
        let steps = if steps > 0 {
            format!("{steps} steps, ")
        } else {
            String::new()
        };
        counts::tell(&format!(
            "{how} on {on}{target}: {lives} lives, {kills} kills, {steps}{checks} checks, 0 violations"
        ));
    }
}

/// Between two looks, or two tries of a person.
pub(super) async fn pause() {
    tokio::time::sleep(LOOK_EVERY).await;
}

fn spawn(ctx: &Context, orders: &std::path::Path) -> Running {
    let log = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(orders.join("log"))
        .unwrap();
    Running::spawn(
        apono(&["run", "--config", ctx.config_path().to_str().unwrap()])
            .env("APONO_FAILPOINTS", orders)
            .stderr(Stdio::from(log)),
    )
}
