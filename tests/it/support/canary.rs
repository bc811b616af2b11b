//! Secrets, looked for where none may stand: in the logs at TRACE, in the database, and in whatever Slack was told.
//!
//! What is heard of the logs is what production could write at most: the same crates are kept quiet. Several tests run in
//! one process, so each hears the others' lines too; none of them may hold a secret.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use apono::app::database;
use apono::cli::logging;
use apono::config::Config;
use apono::store::DatabaseTarget;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use secrecy::ExposeSecret;
use slack_simulator::ApiCall;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use url::Url;

use super::bot::Context;

/// What stands before a password in the window that shows it.
const SHOWN: &str = "Password: ";

const SHOWN_PASSWORD: &str = "a password that was shown";

/// The lines since the oldest test that still listens.
static LOG: Mutex<Log> = Mutex::new(Log {
    text: String::new(),
    forgotten: 0,
    listeners: BTreeMap::new(),
});

struct Log {
    text: String,
    /// How many bytes came before `text`.
    forgotten: usize,
    /// From which byte on each one listens.
    listeners: BTreeMap<u64, usize>,
}

impl Log {
    fn end(&self) -> usize {
        self.forgotten + self.text.len()
    }
}

fn log() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Shows tests that fail what the bot said, and remembers all of it. The first test's call stands for the whole binary.
pub(crate) fn start_logging() {
    let shown = fmt::layer()
        .with_test_writer()
        .with_filter(EnvFilter::new("warn,apono=info"));
    // The stand-in for Slack may print what it likes.
    let heard = fmt::layer()
        .with_ansi(false)
        .with_writer(Hearing)
        .with_filter(filter_fn(|line| {
            logging::is_safe(line) && !line.target().starts_with("slack_simulator")
        }))
        .with_filter(LevelFilter::TRACE);
    let _ = tracing_subscriber::registry().with(shown).with(heard).try_init();
}

struct Hearing;

impl MakeWriter<'_> for Hearing {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        Self
    }
}

impl io::Write for Hearing {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut log = log();
        if !log.listeners.is_empty() {
            log.text.push_str(&String::from_utf8_lossy(line));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One test that listens to the logs until it ends.
pub(crate) struct Listener {
    id: u64,
}

impl Listener {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let id = MADE.fetch_add(1, Ordering::Relaxed);
        let mut log = log();
        let now = log.end();
        log.listeners.insert(id, now);
        Self { id }
    }

    /// The lines since the beginning at this level that hold the text.
    pub(crate) fn lines(&self, level: &str, text: &str) -> Vec<String> {
        let log = log();
        let from = log.listeners[&self.id] - log.forgotten;
        let lines = log.text[from..].lines();
        let wanted = lines.filter(|line| line.contains(level) && line.contains(text));
        wanted.map(str::to_owned).collect()
    }

    /// Whether a line since the beginning holds the text.
    fn heard(&self, text: &str) -> bool {
        let log = log();
        let from = log.listeners[&self.id] - log.forgotten;
        log.text[from..].contains(text)
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut log = log();
        log.listeners.remove(&self.id);
        let wanted = log.listeners.values().min().copied().unwrap_or(log.end());
        let unwanted = wanted - log.forgotten;
        log.text.drain(..unwanted);
        log.forgotten = wanted;
    }
}

/// A secret, and what it is.
#[derive(Clone)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Secret {
    pub(crate) fn new(name: &str, text: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            text: text.into(),
        }
    }
}

impl Context {
    /// Every place where a secret stands and should not, in words.
    pub(crate) async fn leaks(&self) -> Vec<String> {
        let calls = self.simulator.calls();
        let mut secrets = self.given();
        secrets.extend(shown(&calls));
        secrets.extend(self.secrets.iter().cloned());
        let database = self.whole_database().await;
        let acks: Vec<String> = self
            .simulator
            .envelopes()
            .iter()
            .map(|envelope| format!("{:?}", envelope.ack))
            .collect();
        let told: Vec<(&ApiCall, String)> = calls
            .iter()
            .map(|call| (call, call.arguments.to_string()))
            .collect();
        let mut leaks = Vec::new();
        for Secret { name, text } in secrets {
            if self.listener.heard(&text) {
                leaks.push(format!("{name} stands in the logs"));
            }
            if database.contains(&text) {
                leaks.push(format!("{name} stands in the database"));
            }
            if acks.iter().any(|ack| ack.contains(&text)) {
                leaks.push(format!("{name} stands in an acknowledgement"));
            }
            for (call, arguments) in &told {
                if arguments.contains(&text) && !(name == SHOWN_PASSWORD && shows_credentials(call)) {
                    leaks.push(format!("{name} stands in a call of {}", call.method));
                }
            }
        }
        leaks.sort();
        leaks.dedup();
        leaks
    }

    /// What the bot was given to keep to itself.
    fn given(&self) -> Vec<Secret> {
        let mut secrets = vec![
            Secret::new("the app token", self.simulator.app_token()),
            Secret::new("the bot token", self.simulator.bot_token()),
        ];
        secrets.extend(password(
            "the target's admin password",
            self.target.admin_url.expose_secret(),
        ));
        if let DatabaseTarget::Postgres(url) = self.database() {
            secrets.extend(password("the database's password", url.expose_secret()));
        }
        for entry in std::fs::read_dir(self.folder.path()).unwrap() {
            let content = std::fs::read(entry.unwrap().path()).unwrap_or_default();
            let text = String::from_utf8_lossy(&content);
            if text.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----") {
                // The first lines of such a file are the public half, and the last full one is private.
                let private = text.lines().rfind(|line| line.len() == 70);
                secrets.extend(private.map(|line| Secret::new("a private key", line)));
            }
        }
        secrets
    }

    fn database(&self) -> DatabaseTarget {
        database(&Config::load(&self.config_path()).unwrap()).unwrap()
    }

    /// All that is stored, also what SQLite has not overwritten yet.
    async fn whole_database(&self) -> String {
        match self.database() {
            DatabaseTarget::Sqlite(path) => ["", "-wal", "-shm"]
                .iter()
                .map(|end| std::fs::read(format!("{}{end}", path.display())).unwrap_or_default())
                .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
                .collect(),
            DatabaseTarget::Postgres(_) => {
                let raw = self.raw_database().await;
                let names = "SELECT coalesce(string_agg(quote_ident(tablename), ' '), '') FROM pg_tables WHERE schemaname = 'public'";
                let mut whole = String::new();
                for table in one(&raw, names).await.split(' ') {
                    let rows = format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t");
                    whole.push_str(&one(&raw, &rows).await);
                }
                raw.close().await.unwrap();
                whole
            }
        }
    }
}

async fn one(raw: &DatabaseConnection, sql: &str) -> String {
    let statement = Statement::from_string(DbBackend::Postgres, sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn password(name: &str, url: &str) -> Option<Secret> {
    let url = Url::parse(url).unwrap();
    url.password().map(|password| Secret::new(name, password))
}

/// The passwords that windows showed.
fn shown(calls: &[ApiCall]) -> Vec<Secret> {
    let mut secrets = Vec::new();
    for call in calls.iter().filter(|call| shows_credentials(call)) {
        let view = call.arguments.to_string();
        for after in view.split(SHOWN).skip(1) {
            let end = after.find(['\\', '"']).unwrap_or(after.len());
            secrets.push(Secret::new(SHOWN_PASSWORD, &after[..end]));
        }
    }
    secrets
}

/// The window of Connect, the one place where a password stands.
fn shows_credentials(call: &ApiCall) -> bool {
    let view = call.arguments["view"].to_string();
    call.method.starts_with("views.") && view.contains("Connect · ")
}
