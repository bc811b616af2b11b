//! The real binary: it runs, drains, refuses and explains, and a kill loses no click.

use std::process::Output;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::support::bot::{Context, run_test};
use crate::support::process::{Running, apono, leases_are_over};

fn ran(arguments: &[&str]) -> Output {
    apono(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Stops the bot of the test's own process and runs the binary in its place.
async fn in_its_own_process(ctx: &mut Context) -> Running {
    ctx.settle().await;
    ctx.stop().await;
    start(ctx).await
}

async fn start(ctx: &Context) -> Running {
    ctx.until("the sockets of the one before are closed", async || {
        ctx.simulator.open_sockets() == 0
    })
    .await;
    let running = Running::start(&ctx.config_path());
    ctx.simulator.wait_for_sockets(2).await;
    running
}

fn config(ctx: &Context) -> String {
    ctx.config_path().to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_within_ten_seconds_and_exits_with_success() {
    run_test(async |ctx| {
        let running = in_its_own_process(ctx).await;
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.person("dana")
            .wait_for("@bot", "you have write")
            .await
            .unwrap();
        let (status, took) = running.terminate();
        assert!(status.success(), "{status}");
        assert!(took < Duration::from_secs(10), "{took:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_reads_the_config_again_and_a_wrong_one_is_refused() {
    run_test(async |ctx| {
        let running = in_its_own_process(ctx).await;
        let right = config_text(ctx);
        for (limit, headline) in [
            ("\"4h\"", "another config is active now"),
            ("\"for ever\"", "RELOAD REFUSED"),
        ] {
            std::fs::write(ctx.config_path(), right.replace("\"8h\"", limit)).unwrap();
            running.signal("-HUP");
            ctx.until_channel_says(headline).await;
        }
        std::fs::write(ctx.config_path(), right).unwrap();
        running.signal("-HUP");
        ctx.until_channel_says("an earlier config is active again").await;
        let (status, _) = running.terminate();
        assert!(status.success(), "{status}");
        let trail = ctx.audit_channel();
        assert!(trail.lines().last().unwrap().contains("STOPPED"), "{trail}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_bot_on_the_same_sqlite_database_refuses_to_run() {
    run_test(async |ctx| {
        if !config_text(ctx).contains("sqlite://") {
            return;
        }
        let (status, said) = Running::start(&ctx.config_path()).said();
        assert_eq!(status.code(), Some(1));
        let folder = ctx.folder.path().to_str().unwrap();
        insta::assert_snapshot!(said.replace(folder, "[folder]").trim(), @"apono: could not start: the database: in use by another process, which holds [folder]/apono.db.lock: stop that one first");
    })
    .await;
}

fn config_text(ctx: &Context) -> String {
    std::fs::read_to_string(ctx.config_path()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_was_acknowledged_counts_once_though_the_bot_was_killed_right_after() {
    run_test(async |ctx| {
        let mut running = in_its_own_process(ctx).await;
        for number in 1..=5 {
            let ar = RequestNumber(number).to_string();
            let headline = format!("{ar} · Pending");
            ctx.asks("dana", "read", "10m", "incident 4711").await;
            ctx.person("omar").wait_for("@bot", &headline).await.unwrap();
            ctx.person("omar").click(&headline, "Approve").await.unwrap();
            running.kill();
            leases_are_over(ctx).await;
            running = start(ctx).await;
            ctx.person("dana")
                .wait_for("@bot", &format!("{ar}: you have read"))
                .await
                .unwrap();
        }
        let (status, _) = running.terminate();
        assert!(status.success());
        leases_are_over(ctx).await;
        ctx.run().await;
        ctx.settle().await;
        let trail = ctx.audit_channel();
        for number in 1..=5 {
            for word in ["APPROVED", "GRANTED"] {
                let headline = format!("*{word}* AR-{number} ");
                assert_eq!(trail.matches(&headline).count(), 1, "{headline} in\n{trail}");
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_verifies_until_somebody_edits_it() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        ctx.settle().await;
        ctx.stop().await;
        let verify = ["audit", "verify", "--config", &config(ctx)];
        let output = ran(&verify);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(stdout(&output).starts_with("The trail is intact: 7 events, head "), "{}", stdout(&output));

        let raw = ctx.raw_database().await;
        let trigger = match raw.get_database_backend() {
            DbBackend::Postgres => "DROP TRIGGER audit_event_no_change ON audit_event",
            _ => "DROP TRIGGER audit_event_no_update",
        };
        let edit = |from: &str, to: &str| {
            format!("UPDATE audit_event SET payload = REPLACE(payload, '{from}', '{to}') WHERE seq = 5")
        };
        assert!(raw.execute_unprepared(&edit("Omar Khan", "Eve Moss")).await.is_err(), "the trigger holds");
        raw.execute_unprepared(trigger).await.unwrap();
        raw.execute_unprepared(&edit("Omar Khan", "Eve Moss")).await.unwrap();
        let output = ran(&verify);
        assert_eq!(output.status.code(), Some(1));
        insta::assert_snapshot!(stderr(&output).trim(), @"apono: audit verify: event #5 does not fit: its content, or one before it, is not what was hashed");
        raw.execute_unprepared(&edit("Eve Moss", "Omar Khan")).await.unwrap();
        raw.close().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn migrate_makes_the_database_and_run_finds_it() {
    run_test(async |ctx| {
        ctx.stop().await;
        let output = ran(&["migrate", "--config", &config(ctx)]);
        assert!(output.status.success(), "{}", stderr(&output));
        insta::assert_snapshot!(stdout(&output).trim(), @"The database is up to date.");
    })
    .await;
}

#[test]
fn check_tells_doubts_from_problems() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    for secret in ["app", "bot"] {
        let path = folder.path().join(secret);
        std::fs::write(&path, "token").unwrap();
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let text = r#"
version = 1
[slack]
app_token = { file = "app" }
bot_token = { file = "bot" }
audit_channel = "permissions-audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
[groups]
sre = ["omar@example.com"]
"#;
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let lenient = ran(&["check", "--config", path]);
    assert!(lenient.status.success());
    let said = stderr(&lenient).replace(folder.path().to_str().unwrap(), "[folder]");
    insta::assert_snapshot!(said.trim(), @"warning: [folder]/config.toml:12:1: No flow uses group:sre.");
    let strict = ran(&["check", "--strict", "--config", path]);
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn check_names_every_problem_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = r#"
version = 1

[slack]
app_token = { env = "APONO_TEST_NOT_SET" }
bot_token = { file = "no-such-file" }
audit_chanel = "permissions-audit"

[database]
url = "mysql://localhost/apono"

[[flows]]
name = "Everybody"
requesters = ["group:nobody"]
integration = "orders"
max_duration = "for ever"
"#;
    std::fs::write(&path, text).unwrap();
    let output = ran(&["check", "--config", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output).replace(folder.path().to_str().unwrap(), "[folder]");
    insta::assert_snapshot!(said.trim(), @r#"
    [folder]/config.toml:1:1: The file needs a section [roles].
    [folder]/config.toml:5:13: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    [folder]/config.toml:6:13: This secret cannot be read: file [folder]/no-such-file cannot be read: No such file or directory (os error 2).
    [folder]/config.toml:7:1: Unknown key "audit_chanel"; did you mean "audit_channel"?
    [folder]/config.toml:10:7: Write sqlite://FILE or postgres://..., or { env = "NAME" } for a variable that holds a postgres:// URL.
    [folder]/config.toml:12:1: This flow does not say who approves; write approvers = ["group:sre"], or approval = "automatic" if nobody has to.
    [folder]/config.toml:14:15: There is no group "nobody" in [groups]; there are none yet.
    [folder]/config.toml:15:15: There is no integration "orders"; there are none yet.
    [folder]/config.toml:16:16: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.
    "#);
}

#[test]
fn a_config_file_that_is_not_there_is_said_to_be_missing() {
    for command in [&["run"][..], &["check"], &["migrate"], &["audit", "verify"]] {
        let output = ran(&[command, &["--config", "/no/such/config.toml"]].concat());
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        insta::allow_duplicates! {
            insta::assert_snapshot!(stderr(&output).trim(), @"there is no /no/such/config.toml: copy config.example.toml to it and fill in the four marked places, or name another file with --config");
        }
    }
}

#[test]
fn manifest_prints_the_manifest_and_the_link_that_creates_the_app() {
    let output = ran(&["manifest"]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(
        text.contains("_metadata:") && text.contains("socket_mode_enabled: true"),
        "{text}"
    );
    let link = text.lines().last().unwrap();
    assert!(link.contains("https://api.slack.com/apps?new_app=1"), "{link}");
}
