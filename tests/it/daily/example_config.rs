//! 16. The example config, filled in.

use std::path::Path;
use std::process::{Command, Stdio};

use apono::throwaway_postgres::ThrowawayPostgres;
use secrecy::{ExposeSecret, SecretString};
use slack_simulator::{Actor, Simulator, World};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::config::COPIED;
use crate::support::postgres_server;
use crate::support::process::{Running, apono};
use crate::support::steps::send_request_once_offered;

const MARK: &str = "# <-- ";

/// What a newcomer writes in the four marked places, in order.
const FILLED_IN: [&str; 4] = [
    r#"["ada@example.com"]"#,
    r#"["sam@example.com"]"#,
    r#"["dana@example.com"]"#,
    r#"["omar@example.com"]"#,
];

/// The example with its marked places filled in, and nothing else changed.
fn filled_in() -> String {
    let mut values = FILLED_IN.iter();
    let lines = COPIED.lines().map(|line| match line.split_once(MARK) {
        Some((assignment, _)) => {
            let (key, _) = assignment.split_once(" = ").unwrap();
            format!("{key} = {}", values.next().unwrap())
        }
        None => line.to_owned(),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert_eq!(values.len(), 0, "there are four marks");
    text
}

/// A newcomer's folder, with what they have in their environment.
struct Newcomer<'a> {
    folder: &'a Path,
    simulator: &'a Simulator,
    url: &'a SecretString,
}

impl Newcomer<'_> {
    fn apono(&self, arguments: &[&str]) -> Command {
        let mut command = apono(arguments);
        command
            .current_dir(self.folder)
            .env("SLACK_APP_TOKEN", self.simulator.app_token())
            .env("SLACK_BOT_TOKEN", self.simulator.bot_token())
            .env("ORDERS_DB_URL", self.url.expose_secret());
        command
    }

    /// What a command prints; it succeeds.
    fn prints(&self, arguments: &[&str]) -> String {
        let output = self.apono(arguments).output().unwrap();
        let said = [output.stdout.clone(), output.stderr.clone()].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }
}

async fn as_superuser(server: &ThrowawayPostgres, database: &str, sql: &str) {
    let url = server.superuser_url(database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(&mut superuser)
        .await
        .unwrap();
    superuser.close().await.unwrap();
}

/// Dana asks, as soon as the bot has looked at the target, and Omar approves.
async fn asks_and_is_granted(simulator: &Simulator, database: &str, permission: &str) -> Actor {
    let (dana, omar) = (simulator.person("dana"), simulator.person("omar"));
    let wanted = ["orders-db", "Database", database];
    send_request_once_offered(&dana, wanted, permission, "30m", "incident 4711").await;
    let asks = format!("asks for {permission} on {database}");
    omar.wait_for("@bot", &asks).await.unwrap();
    omar.click(&asks, "Approve").await.unwrap();
    let has = format!("you have {permission} on {database}");
    dana.wait_for("@bot", &has).await.unwrap();
    dana
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_runs_once_its_four_places_are_filled_in() {
    if postgres_server::shared().is_none() {
        return;
    }
    let server = ThrowawayPostgres::start().unwrap();
    for database in ["orders", "billing"] {
        as_superuser(&server, "postgres", &format!("CREATE DATABASE {database}")).await;
        as_superuser(&server, database, "CREATE TABLE parcels (id serial)").await;
    }
    let simulator = Simulator::start(World::example()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = server.url("apono_bot", &SecretString::from("a-password"), "postgres");
    let newcomer = Newcomer {
        folder: folder.path(),
        simulator: &simulator,
        url: &url,
    };
    // Slack itself cannot be reached from here.
    let to_slack = format!("api_url = \"{}\"", simulator.api_url());
    let config = filled_in().replace("#api_url = \"https://slack.com/api\"", &to_slack);
    std::fs::write(folder.path().join("config.toml"), config).unwrap();

    let said = newcomer.prints(&["check", "--strict"]);
    insta::assert_snapshot!(said.trim(), @"config.toml: no problems. 1 integration, 3 flows, 2 groups, 4 people");
    let group_roles = newcomer.prints(&["integrations", "setup-sql", "orders-db", "--group-roles"]);
    for database in ["orders", "billing"] {
        as_superuser(&server, database, &group_roles).await;
    }
    let role = newcomer.prints(&["integrations", "setup-sql", "orders-db"]);
    as_superuser(&server, "postgres", &role.replace(":'password'", "'a-password'")).await;
    let online = newcomer.prints(&["check", "--online"]);
    let offered = online.lines().filter(|line| line.contains("asked for under"));
    insta::assert_snapshot!(offered.collect::<Vec<_>>().join("\n"), @"
    ok       orders-db: read on billing (1 table) and orders (1 table), asked for under Developers on orders, answered by 1
    ok       orders-db: read on billing (1 table) and orders (1 table), asked for under On-call reads at once, granted without approval
    ok       orders-db: write on billing (1 table) and orders (1 table), asked for under Developers write, answered by 1
    ");

    let running = Running::spawn(newcomer.apono(&["run"]).stderr(Stdio::null()));
    simulator.wait_for_sockets(2).await;
    let dana = asks_and_is_granted(&simulator, "billing", "write").await;
    dana.click("AR-1 · Granted", "Revoke").await.unwrap();
    dana.wait_for("@bot", "AR-1 · Revoked").await.unwrap();
    let (status, _) = running.terminate();
    assert!(status.success(), "{status}");
    let trail = simulator.channel_messages("permissions-audit");
    assert!(
        trail.iter().any(|post| post.rendered.contains("*GRANTED* AR-1")),
        "{trail:?}"
    );
}

#[test]
fn the_example_names_an_auditor_and_lets_write_be_asked_for_everywhere() {
    let config = apono::config::Config::parse(&filled_in(), Path::new("/etc/apono/config.toml")).unwrap();
    assert_eq!(config.policy.auditors.len(), 1);
    let write = config
        .policy
        .flows
        .iter()
        .find(|flow| flow.permissions == ["write"])
        .unwrap();
    assert!(write.resources.is_empty(), "every database");
    assert_eq!(config.doubts, [], "and nothing to doubt");
}
