//! What the machine itself can do, so figures from different machines can be compared.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use apono::throwaway_postgres::ThrowawayPostgres;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row as _};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::RUNS;
use crate::table::shown;

/// How long to measure each limit.
const FOR: Duration = Duration::from_secs(2);

const ONE_ROW: &str = "INSERT INTO row (body) VALUES ('one envelope')";

/// A folder on the disk of the build, because a temporary folder may be memory.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

pub(crate) fn describe() {
    let cores = std::thread::available_parallelism().unwrap();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    println!(
        "machine: {cores} cores ({}), {}",
        field("/proc/cpuinfo", "model name"),
        kernel()
    );
    println!("load average at the start: {}", load.join(", "));
    println!(
        "file system's own limit, 4 KiB written and synced: {} per second",
        per_second(&synced_writes())
    );
    println!(
        "SQLite's own limit, one-row commits, WAL, synchronous=FULL: {} per second",
        per_second(&sqlite_commits_alone())
    );
    match postgres_commits_alone() {
        Some(rates) => println!(
            "PostgreSQL's own limit, one-row commits by one client: {} per second",
            per_second(&rates)
        ),
        None => println!("PostgreSQL is not installed; measurements that need it are left out"),
    }
}

fn kernel() -> String {
    fs::read_to_string("/proc/sys/kernel/osrelease")
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// The value of the first line `name : value`.
pub(crate) fn field(file: impl AsRef<Path>, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let values = text.lines().filter_map(|line| line.split_once(':'));
    let mut fitting = values.filter(|(key, _)| key.trim() == name);
    fitting
        .next()
        .map(|(_, value)| value.trim().to_owned())
        .unwrap_or_default()
}

fn per_second(runs: &[f64]) -> String {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    format!(
        "{} ({} to {})",
        shown(runs[runs.len() / 2]),
        shown(runs[0]),
        shown(runs[runs.len() - 1])
    )
}

fn synced_writes() -> Vec<f64> {
    let folder = folder();
    let mut file = File::create(folder.path().join("log")).unwrap();
    let rate = |()| {
        let (began, mut done) = (Instant::now(), 0.0);
        while began.elapsed() < FOR {
            file.write_all(&[7; 4096]).unwrap();
            file.sync_data().unwrap();
            done += 1.0;
        }
        done / began.elapsed().as_secs_f64()
    };
    [(); RUNS].map(rate).into()
}

fn sqlite_commits_alone() -> Vec<f64> {
    runtime().block_on(sqlite_commits())
}

fn postgres_commits_alone() -> Option<Vec<f64>> {
    let server = ThrowawayPostgres::start().ok()?;
    let rates = runtime().block_on(async {
        make_durable(&server).await;
        postgres_commits(&server, 1).await
    });
    Some(rates)
}

/// On a single thread, so its processor time can be separated from that of others.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// One-row commits per second, for each run, on one connection.
pub(crate) async fn sqlite_commits() -> Vec<f64> {
    let folder = folder();
    let path = folder.path().join("limit.db");
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = sea_orm::sqlx::SqliteConnection::connect(&url).await.unwrap();
    let prepare = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (key INTEGER PRIMARY KEY, body TEXT)";
    connection.execute(prepare).await.unwrap();
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let (began, mut done) = (Instant::now(), 0.0);
        while began.elapsed() < FOR {
            connection.execute(ONE_ROW).await.unwrap();
            done += 1.0;
        }
        rates.push(done / began.elapsed().as_secs_f64());
    }
    rates
}

/// One-row commits per second, for each run, by that many clients at once.
pub(crate) async fn postgres_commits(server: &ThrowawayPostgres, clients: usize) -> Vec<f64> {
    let url = server.superuser_url("postgres");
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(PgConnection::connect(url.expose_secret()).await.unwrap());
    }
    let table = "CREATE TABLE row (key BIGSERIAL PRIMARY KEY, body TEXT)";
    connections[0].execute(table).await.unwrap();
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let began = Instant::now();
        let work = connections.iter_mut().map(async |connection| {
            let mut done = 0.0;
            while began.elapsed() < FOR {
                connection.execute(ONE_ROW).await.unwrap();
                done += 1.0;
            }
            done
        });
        let done: f64 = join_all(work).await.iter().sum();
        rates.push(done / began.elapsed().as_secs_f64());
    }
    connections[0].execute("DROP TABLE row").await.unwrap();
    rates
}

/// The server is set up for tests, whose data need not survive; the figures have to be those of a server that waits for its
/// disk.
pub(crate) async fn make_durable(server: &ThrowawayPostgres) {
    let url = server.superuser_url("postgres");
    let mut cluster = PgConnection::connect(url.expose_secret()).await.unwrap();
    for sql in [
        "ALTER SYSTEM SET fsync = on",
        "ALTER SYSTEM SET synchronous_commit = on",
        "ALTER SYSTEM SET full_page_writes = on",
        "ALTER SYSTEM SET log_statement = none",
        "SELECT pg_reload_conf()",
    ] {
        cluster.execute(sql).await.unwrap();
    }
    // The reload reaches this session with its next statement.
    while setting(&mut cluster, "fsync").await != "on"
        || setting(&mut cluster, "log_statement").await != "none"
    {
        tokio::task::yield_now().await;
    }
}

async fn setting(cluster: &mut PgConnection, name: &str) -> String {
    let sql = AssertSqlSafe(format!("SHOW {name}"));
    cluster.fetch_one(sql).await.unwrap().get(0)
}

/// Runs a command to its end: how many seconds it took, and its peak memory (RSS) in MB of 10^6 bytes.
pub(crate) fn ran(command: &mut Command) -> (f64, f64) {
    let start = Instant::now();
    let mut process = command.spawn().unwrap();
    let status = format!("/proc/{}/status", process.id());
    let mut memory = 0.0_f64;
    while process.try_wait().unwrap().is_none() {
        // Empty once it has ended.
        let kib = field(&status, "VmHWM")
            .trim_end_matches(" kB")
            .parse()
            .unwrap_or(0.0);
        memory = memory.max(kib * 1024.0 / 1e6);
        std::thread::sleep(Duration::from_millis(2));
    }
    let took = start.elapsed().as_secs_f64();
    assert!(process.wait().unwrap().success());
    (took, memory)
}
