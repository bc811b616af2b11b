//! The whole bot against the simulator, a real database and a real PostgreSQL target: `run_test(async |ctx| ...)`.
//!
//! Each test runs on SQLite and on PostgreSQL. At the end of every run: nothing queued, every acknowledgement in time,
//! every event of the trail that gets a post in the channel and in order, the trail verifies, no live grant without a timer, and no secret in
//! the logs at TRACE, in the database or in Slack.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use apono::access::ids::RequestNumber;
use apono::app::{App, Options};
use apono::clock::{Clock, SystemClock};
use apono::config::Config;
use apono::network::Proxy;
use apono::slack::socket::SocketSettings;
use apono::slack::web::Pacing;
use apono::store::{DatabaseTarget, Lane};
use apono::throwaway_postgres::{SampleTarget, ThrowawayPostgres};
use apono::workers::capacity::Capacities;
use sea_orm::DbBackend;
use secrecy::ExposeSecret;
use slack_simulator::{Actor, EnvelopeRecord, SeenMessage, Simulator, Submitted, World};
use tempfile::TempDir;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::timeout;

use super::audit_posts;
use super::canary::{self, Listener, Secret};
use super::clock::TestClock;
use super::databases::fresh_postgres;
use super::plain::plain;
use super::postgres_server;
use super::steps::send_request;

/// How long a test waits for anything that it can see.
const PATIENCE: Duration = Duration::from_secs(45);

/// How long a test that failed waits for its database to close.
const CLOSED_WITHIN: Duration = Duration::from_secs(2);

/// One bot with everything around it.
pub(crate) struct Context {
    pub(crate) simulator: Simulator,
    pub(crate) target: SampleTarget,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) folder: TempDir,
    pub(crate) options: RunOptions,
    app: Option<App>,
    was_stopped: bool,
    /// A process was killed that owed acknowledgements.
    pub(crate) was_killed: bool,
    /// Numbers of audit posts that the test itself took away.
    pub(crate) lost_posts: Vec<u64>,
    /// Numbers of audit posts that stand twice, because nobody could look whether they stood there.
    pub(crate) doubled_posts: Vec<u64>,
    /// Posts, by their `ts`, of a trail that was given up for the one of a backup.
    pub(crate) given_up: Vec<String>,
    slack_jumped: AtomicBool,
    /// Secrets that must not leak, in addition to the known ones.
    pub(crate) secrets: Vec<Secret>,
    /// The test itself let a secret out.
    pub(crate) leaks_on_purpose: bool,
    pub(crate) listener: Listener,
}

/// What differs from the usual set-up.
pub(crate) struct Setup {
    pub(crate) world: World,
    /// Flows and whatever else comes after the common part of the config; `{db}` is the target's name, and
    /// `{slack}` where Slack is.
    pub(crate) config: String,
}

/// How the bot is run; it counts from the next start.
#[derive(Clone)]
pub(crate) struct RunOptions {
    pub(crate) pacing: Pacing,
    pub(crate) sockets: SocketSettings,
    pub(crate) proxy: Option<Arc<Proxy>>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            pacing: Pacing::Off,
            sockets: SocketSettings {
                backoff_base: Duration::from_millis(50),
                ..SocketSettings::default()
            },
            proxy: None,
        }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            world: World::example(),
            config: FLOWS.to_owned(),
        }
    }
}

/// Dana and Eve ask; Omar and Priya answer what is asked of the target; writing for a moment is automatic.
const FLOWS: &str = r#"
[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
resources = ["{db}*"]
permissions = ["read"]
max_duration = "8h"
approvers = ["group:sre"]
contact = "the SRE team"

[[flows]]
name = "Write at once"
requesters = ["dana@example.com"]
integration = "orders-db"
permissions = ["write"]
approval = "automatic"
max_duration = "1h"
"#;

/// Runs a test on both databases, with the usual set-up.
pub(crate) async fn run_test(test: impl AsyncFn(&mut Context)) {
    run_test_with(Setup::default, test).await;
}

/// Runs a test on both databases. It needs a runtime with several threads.
pub(crate) async fn run_test_with(setup: impl Fn() -> Setup, test: impl AsyncFn(&mut Context)) {
    run_test_on(&[DbBackend::Sqlite, DbBackend::Postgres], setup, test).await;
}

/// The same on some of them.
pub(crate) async fn run_test_on(
    databases: &[DbBackend],
    setup: impl Fn() -> Setup,
    test: impl AsyncFn(&mut Context),
) {
    let Some(_) = postgres_server::shared() else {
        return;
    };
    let mut own = Vec::new();
    for backend in databases {
        own.push(match backend {
            DbBackend::Postgres => Some(fresh_postgres().await.unwrap()),
            _ => None,
        });
    }
    let each = async {
        for database in own {
            run_on(setup(), database, &test).await;
        }
    };
    // Both runs make the same snapshots, which insta allows only inside this, and this only outside async code.
    insta::allow_duplicates! {
        tokio::task::block_in_place(|| Handle::current().block_on(each));
    }
}

async fn run_on(setup: Setup, database: Option<DatabaseTarget>, test: &impl AsyncFn(&mut Context)) {
    let mut context = Context::start(setup, database).await;
    test(&mut context).await;
    context.finish().await;
}

impl Drop for Context {
    /// The bot of a test that failed still holds connections to the server of all tests, whose number is limited: without this, a
    /// few failures would take every later test along.
    fn drop(&mut self) {
        let (Some(app), Ok(runtime)) = (self.app.take(), Handle::try_current()) else {
            return;
        };
        // Elsewhere it would panic within a panic.
        if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
            return;
        }
        let closed = async { timeout(CLOSED_WITHIN, app.core().store.close()).await };
        // Whatever else is wrong with it, the test has failed already.
        let _ = tokio::task::block_in_place(|| runtime.block_on(closed));
    }
}

impl Context {
    /// For a test that has more than one bot; [`Context::finish`] ends it.
    pub(crate) async fn start(setup: Setup, database: Option<DatabaseTarget>) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        // Of one length, so that what is cut in a message is cut at the same place whichever test runs first.
        let name = format!("orders{:03}", MADE.fetch_add(1, Ordering::Relaxed));
        let server = postgres_server::shared().unwrap();
        let mut context = Self::prepare(setup, database, server, &name).await;
        context.run().await;
        context
    }

    /// All that a bot needs, and none that runs yet; its target is the database `name` on this server.
    pub(crate) async fn prepare(
        setup: Setup,
        database: Option<DatabaseTarget>,
        server: &ThrowawayPostgres,
        name: &str,
    ) -> Self {
        canary::start_logging();
        let listener = Listener::new();
        let target = server.create_target(name).await.unwrap();
        let simulator = Simulator::start(setup.world).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        // Nobody else enters, so that files need no modes of their own.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("app_token", &simulator.app_token());
        write("bot_token", &simulator.bot_token());
        write("target_url", target.admin_url.expose_secret());
        let url = match &database {
            None => "sqlite://apono.db".to_owned(),
            Some(DatabaseTarget::Postgres(url)) => {
                write("database_url", url.expose_secret());
                String::new()
            }
            Some(DatabaseTarget::Sqlite(_)) => unreachable!("SQLite is the default"),
        };
        let url = if url.is_empty() {
            "{ file = \"database_url\" }".to_owned()
        } else {
            format!("\"{url}\"")
        };
        let config = COMMON
            .replace("{api_url}", &simulator.api_url())
            .replace("{day_at}", &a_minute_ago())
            .replace("{database}", &url)
            + &setup.config;
        let origin = simulator.api_url().replace("/api", "");
        write(
            "config.toml",
            &config.replace("{db}", name).replace("{slack}", &origin),
        );
        Self {
            simulator,
            target,
            clock: Arc::new(TestClock::default()),
            folder,
            options: RunOptions::default(),
            app: None,
            was_stopped: false,
            was_killed: false,
            lost_posts: Vec::new(),
            doubled_posts: Vec::new(),
            given_up: Vec::new(),
            slack_jumped: AtomicBool::new(false),
            secrets: Vec::new(),
            leaks_on_purpose: false,
            listener,
        }
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    /// Starts the bot and waits until it hears Slack.
    pub(crate) async fn run(&mut self) {
        self.start_app().await;
        self.simulator.wait_for_sockets(2).await;
        self.until("the catalogue is known", async || {
            let name = &self.target.database;
            self.app()
                .core()
                .catalogue
                .of("orders-db")
                .all()
                .any(|entry| entry.resource.name == *name)
        })
        .await;
    }

    /// Starts the bot and waits for nothing: not for Slack, and not for the target.
    pub(crate) async fn start_app(&mut self) {
        let config = Config::load(&self.config_path()).unwrap();
        let clock: Arc<dyn Clock> = Arc::clone(&self.clock) as Arc<dyn Clock>;
        let RunOptions {
            pacing,
            sockets,
            proxy,
        } = self.options.clone();
        let app = App::start(
            config,
            Options {
                clock,
                pacing,
                sockets,
                proxy,
                capacities: Capacities::default(),
            },
        )
        .await
        .unwrap();
        self.app = Some(app);
    }

    pub(crate) fn app(&self) -> &App {
        self.app.as_ref().unwrap()
    }

    /// Lets Slack's clock jump. An event may be on its way just then, whose acknowledgement looks late.
    pub(crate) fn advance_slack(&self, by: Duration) {
        self.slack_jumped.store(true, Ordering::Relaxed);
        self.simulator.advance(by);
    }

    /// Stops the bot as SIGTERM does.
    pub(crate) async fn stop(&mut self) {
        self.was_stopped = true;
        self.app.take().unwrap().stop().await.unwrap();
    }

    pub(crate) fn person(&self, handle: &str) -> Actor {
        self.simulator.person(handle)
    }

    /// Fills in and sends the request form.
    pub(crate) async fn ask(&self, who: &str, permission: &str, duration: &str, why: &str) -> Submitted {
        let person = self.person(who);
        send_request(&person, &self.target.database, permission, duration, why)
            .await
            .unwrap()
    }

    /// Dana has read access, approved by Omar; returns AR-1's number.
    pub(crate) async fn granted(&self, duration: &str) -> RequestNumber {
        assert_eq!(
            self.ask("dana", "read", duration, "incident 4711").await,
            Submitted::Closed
        );
        self.person("omar")
            .wait_for("@bot", "asks for read")
            .await
            .unwrap();
        self.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        self.person("dana")
            .wait_for("@bot", "you have read")
            .await
            .unwrap();
        RequestNumber(1)
    }

    /// Waits for something that can be seen.
    pub(crate) async fn until(&self, what: &str, seen: impl AsyncFn() -> bool) {
        self.eventually(what, async || seen().await.then_some(())).await;
    }

    pub(crate) async fn eventually<T>(&self, what: &str, seen: impl AsyncFn() -> Option<T>) -> T {
        let began = Instant::now();
        loop {
            if let Some(found) = seen().await {
                return found;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "waited in vain: {what}\n{}",
                self.audit_channel()
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until every event is posted and no job is due. Looks at what comes first in its order: a click makes jobs, a job
    /// makes events, so that nothing slips by between two looks.
    pub(crate) async fn settle(&self) {
        let core = self.app().core();
        self.until("everything is worked off", async || {
            if core.store.inbox_open().await.unwrap() > 0 {
                return false;
            }
            let counts = core.store.job_counts(core.now()).await.unwrap();
            let busy = Lane::ALL.iter().any(|lane| {
                counts
                    .get(lane)
                    .is_some_and(|counts| counts.ready + counts.leased > 0)
            });
            !busy && core.store.audit_cursor().await.unwrap() == core.store.head().await.unwrap().seq
        })
        .await;
    }

    /// Waits until no card and no notice is due; targets may still be tried.
    pub(crate) async fn delivered(&self) {
        let core = self.app().core();
        self.until("everything is delivered", async || {
            let counts = core.store.job_counts(core.now()).await.unwrap();
            counts
                .get(&Lane::Deliver)
                .is_none_or(|counts| counts.ready + counts.leased == 0)
        })
        .await;
    }

    /// What the security team reads, headline by headline.
    pub(crate) fn audit_channel(&self) -> String {
        let posts = self.simulator.channel_messages("permissions-audit");
        let lines = posts
            .iter()
            .map(|post| post.rendered.lines().next().unwrap_or_default().to_owned());
        self.plain(&lines.collect::<Vec<_>>().join("\n"))
    }

    /// The text without what differs from run to run.
    pub(crate) fn plain(&self, text: &str) -> String {
        let text = text.replace(&self.target.database, "orders");
        plain(&text)
    }

    pub(crate) async fn finish(mut self) {
        self.simulator.end_troubles();
        if self.app.is_none() {
            self.run().await;
        }
        self.settle().await;
        let store = &self.app().core().store;
        assert_eq!(store.grants_without_timer().await.unwrap(), []);
        // An event of the test's last step may still be on its way.
        self.until("every envelope is acknowledged", async || {
            let envelopes = self.simulator.envelopes();
            self.was_stopped || self.was_killed || !envelopes.iter().any(EnvelopeRecord::is_owed)
        })
        .await;
        let events_may_be_late = self.was_stopped || self.slack_jumped.load(Ordering::Relaxed);
        let late: Vec<_> = self
            .simulator
            .envelopes()
            .into_iter()
            // Events that arrive while the bot stops are not acknowledged; Slack sends them again.
            .filter(|envelope| !events_may_be_late || envelope.kind != "events_api")
            .filter(|envelope| !envelope.acked_in_time() && !envelope.is_lost())
            .collect();
        assert!(
            self.was_killed || late.is_empty(),
            "not acknowledged in time: {late:?}"
        );
        self.stop().await;
        self.run().await;
        self.settle().await;
        self.assert_trail_is_posted().await;
        audit_posts::assert_as_agreed(&self.trail_posts());
        self.stop().await;
        let leaks = self.leaks().await;
        assert!(
            self.leaks_on_purpose || leaks.is_empty(),
            "secrets got out: {leaks:#?}"
        );
    }

    /// The bot's posts in the audit channel that tell the trail: alarms and what others write stand there too.
    fn trail_posts(&self) -> Vec<SeenMessage> {
        let mut posts = self.simulator.channel_messages("permissions-audit");
        posts.retain(|post| post.from == "apono" && !is_alarm(post) && !self.given_up.contains(&post.ts));
        posts
    }

    /// Every event that gets one has its message, in order; the trail verifies.
    async fn assert_trail_is_posted(&self) {
        let store = &self.app().core().store;
        let head = store.audit_verify().await.unwrap().unwrap();
        let events = store.events_after(0, head.seq).await.unwrap();
        let unposted: BTreeSet<u64> = events
            .iter()
            .filter(|stored| !stored.event.what.is_posted())
            .map(|stored| stored.seq)
            .collect();
        let posts = self.trail_posts();
        let seqs: Vec<u64> = posts
            .iter()
            .flat_map(|post| {
                let payload = &post.metadata.as_ref().unwrap()["event_payload"];
                let seq = |name| payload[name].as_str().map(|seq| seq.parse::<u64>().unwrap());
                let last = seq("seq").unwrap();
                let first = seq("first").unwrap_or(last);
                assert!(!unposted.contains(&first) && !unposted.contains(&last));
                first..=last
            })
            .filter(|seq| !unposted.contains(seq))
            .collect();
        assert_eq!(
            seqs,
            (1..=head.seq)
                .filter(|seq| !self.lost_posts.contains(seq) && !unposted.contains(seq))
                .flat_map(|seq| std::iter::repeat_n(seq, 1 + usize::from(self.doubled_posts.contains(&seq))))
                .collect::<Vec<_>>(),
            "every event once, in order"
        );
    }
}

/// Of an alarm, what stands in its thread, or a note, which are no part of the trail.
pub(crate) fn is_alarm(post: &SeenMessage) -> bool {
    let metadata = post.metadata.as_ref();
    metadata.is_none_or(|metadata| metadata["event_type"] != "apono_audit")
}

/// A time of day that does not come again before a test has shifted its clock by almost a day.
fn a_minute_ago() -> String {
    let then = SystemClock.now().minus(Duration::from_mins(1)).to_clock();
    then.trim_end_matches(" UTC").to_owned()
}

const COMMON: &str = r#"
version = 1

[slack]
app_token = { file = "app_token" }
bot_token = { file = "bot_token" }
audit_channel = "permissions-audit"
api_url = "{api_url}"

[database]
url = {database}

[requests]
min_duration = "1s"
pending_for = "22h"

[audit]
day_at = "{day_at}"

[roles]
admins = ["ada@example.com"]
auditors = ["sam@example.com"]

[groups]
developers = ["dana@example.com", "U0EVE", "omar@example.com"]
sre = ["omar@example.com", "priya@example.com"]

[[integrations]]
name = "orders-db"
kind = "postgres"
url = { file = "target_url" }
permissions = { read = "{resource}_read", write = "{resource}_write" }
"#;
