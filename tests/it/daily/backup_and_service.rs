//! 18. The service, the image and the backup.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use sea_orm::DbBackend;

use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::process::{Running, apono};

const UNIT: &str = include_str!("../../../deploy/apono.service");
const IMAGE: &str = include_str!("../../../deploy/Dockerfile");

fn run(arguments: &[&str]) -> Output {
    apono(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn config(ctx: &Context) -> String {
    ctx.config_path().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_while_the_bot_is_used_is_complete_verifies_and_starts() {
    run_test_on(&[DbBackend::Sqlite], Setup::default, async |ctx| {
        ctx.stop_when_quiet().await;
        let running = Running::start(&ctx.config_path());
        ctx.simulator.wait_for_sockets(2).await;
        ctx.granted("30m").await;
        let copy = ctx.folder.path().join("copy.db");
        let file = copy.to_str().unwrap().to_owned();
        // People go on meanwhile.
        let config = config(ctx);
        let arguments = ["backup", file.as_str(), "--config", config.as_str()];
        let backup = async { tokio::task::block_in_place(|| run(&arguments)) };
        let (made, ()) = tokio::join!(backup, ctx.asks("eve", "read", "1h", "incident 4713"));
        assert!(made.status.success(), "{}", text(&made.stderr));
        assert!(
            text(&made.stdout).contains("is complete: the trail in it is intact, "),
            "{}",
            text(&made.stdout)
        );
        assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
        let left: Vec<String> = fs::read_dir(ctx.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains(".partial"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
        // A file that exists is never touched.
        let before = fs::read(&copy).unwrap();
        let again = run(&arguments);
        assert_eq!(again.status.code(), Some(1));
        assert!(
            text(&again.stderr).contains("exists already; nothing was written"),
            "{}",
            text(&again.stderr)
        );
        assert_eq!(fs::read(&copy).unwrap(), before);

        ctx.says("dana", "revoke AR-1").await;
        ctx.until_channel_says("CLEANED UP").await;
        assert!(running.terminate().0.success());
        put_in_place(ctx, &copy, events_in(&text(&made.stdout)));
        let verified = run(&["audit", "verify", "--config", &config]);
        assert!(verified.status.success(), "{}", text(&verified.stderr));
        let online = run(&["audit", "verify", "--online", "--config", &config]);
        assert!(
            text(&online.stderr).contains("its end was cut off"),
            "{}",
            text(&online.stderr)
        );
        // It starts as a restored backup.
        ctx.run().await;
        ctx.until_channel_says("*RESTORED*").await;
        ctx.stop_when_quiet().await;
        let accepted = run(&["accept-restore", "--reason", "the disk died", "--config", &config]);
        assert!(accepted.status.success(), "{}", text(&accepted.stderr));
        ctx.run().await;
        ctx.until_channel_says("*RESTORE ACCEPTED*").await;
        ctx.settle().await;
        let online = run(&["audit", "verify", "--online", "--config", &config]);
        assert!(online.status.success(), "{}", text(&online.stderr));
        assert!(
            text(&online.stdout).contains("given up with `apono accept-restore`"),
            "{}",
            text(&online.stdout)
        );
    })
    .await;
}

/// How many events the copy has, as `apono backup` says.
fn events_in(said: &str) -> u64 {
    let (before, _) = said.split_once(" events, ").unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

/// Puts the copy with so many events where the database was, as the runbook says.
fn put_in_place(ctx: &mut Context, copy: &Path, events: u64) {
    for name in ["apono.db-wal", "apono.db-shm"] {
        let _ = fs::remove_file(ctx.folder.path().join(name));
    }
    fs::copy(copy, ctx.folder.path().join("apono.db")).unwrap();
    for post in ctx.simulator.channel_messages("permissions-audit") {
        let mark = post
            .rendered
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix('#'));
        let seq = mark.and_then(|mark| mark.split(' ').next()?.parse::<u64>().ok());
        if seq.is_some_and(|seq| seq > events) {
            ctx.given_up.push(post.ts.clone());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_postgresql_it_names_the_command_and_writes_nothing() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        let copy = ctx.folder.path().join("copy.dump");
        let file = copy.to_str().unwrap();
        let refused = run(&["backup", file, "--config", &config(ctx)]);
        assert_eq!(refused.status.code(), Some(1));
        let said = text(&refused.stderr);
        let secret = ctx.folder.path().join("database_url");
        let command = format!(
            "pg_dump --format=custom --file={file} \"$(cat {})\"",
            secret.display()
        );
        assert!(said.contains(&command), "{said}");
        assert!(!copy.exists());
        // What it says works.
        let dumped = Command::new("sh").args(["-c", &command]).output();
        if let Ok(dumped) = dumped
            && dumped.status.success()
        {
            assert!(fs::metadata(&copy).unwrap().len() > 0);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_fails_leaves_no_file() {
    run_test(async |ctx| {
        let file = ctx.folder.path().join("no/such/folder/copy.db");
        let failed = run(&["backup", file.to_str().unwrap(), "--config", &config(ctx)]);
        assert_eq!(failed.status.code(), Some(1));
        assert!(!file.exists());
        assert!(!text(&failed.stderr).is_empty());
    })
    .await;
}

/// The unit with the binary that is tested in place of the installed one.
fn unit(folder: &Path) -> String {
    let file = folder.join("apono.service");
    fs::write(
        &file,
        UNIT.replace("/usr/local/bin/apono", env!("CARGO_BIN_EXE_apono")),
    )
    .unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn the_unit_verifies_and_starts_the_bot_as_the_command_line_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let unit = unit(folder.path());
    match Command::new("systemd-analyze").args(["verify", &unit]).output() {
        Ok(verified) => assert!(verified.status.success(), "{}", text(&verified.stderr)),
        // The rest holds wherever the tests run.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}"),
    }
    for line in [
        "ExecReload=/bin/kill -HUP $MAINPID",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "UMask=0077",
    ] {
        assert!(UNIT.lines().any(|other| other == line), "{line}");
    }
    let start = UNIT
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/apono "))
        .unwrap();
    starts(&start.split(' ').collect::<Vec<_>>());
}

#[test]
fn the_image_is_small_runs_as_nobody_in_particular_and_starts_the_bot() {
    let stages: Vec<&str> = IMAGE.lines().filter(|line| line.starts_with("FROM ")).collect();
    let [build, run] = &stages[..] else {
        panic!("{stages:?}")
    };
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(
        build.contains(&format!("/rust:{version}-")) && build.ends_with(" AS build"),
        "{build}"
    );
    assert!(run.contains("-slim"), "{run}");
    let user = IMAGE.lines().find_map(|line| line.strip_prefix("USER ")).unwrap();
    assert!(user.parse::<u32>().unwrap() > 0);
    let words = IMAGE.lines().find_map(|line| line.strip_prefix("CMD ")).unwrap();
    let words: Vec<String> = serde_json::from_str(words).unwrap();
    starts(&words.iter().map(String::as_str).collect::<Vec<_>>());
}

/// The bot reads these arguments: only the config is missing.
fn starts(arguments: &[&str]) {
    let output = run(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("/etc/apono/config.toml"), "{said}");
}
