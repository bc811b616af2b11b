//! `apono check --online` and `apono integrations setup-sql`, with the real binary next to a running bot.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use secrecy::ExposeSecret;
use slack_simulator::Kind;

use apono::store::{DatabaseTarget, Store};

use crate::postgres_target::check::AS_ROOT;
use crate::support::bot::{Context, run_test};
use crate::support::databases::on_both;

impl Context {
    /// Runs the binary with this test's config.
    pub(crate) async fn apono(&self, arguments: &[&str]) -> Output {
        self.apono_in(&[], arguments).await
    }

    /// The same, with these variables in its environment.
    async fn apono_in(&self, environment: &[(&str, &str)], arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_apono"));
        command.envs(environment.iter().copied());
        command.args(arguments).arg("--config").arg(self.config_path());
        tokio::task::spawn_blocking(move || command.output().unwrap())
            .await
            .unwrap()
    }

    /// What the check says and whether it is content, without what differs from run to run.
    pub(crate) async fn check_online(&self) -> (bool, String) {
        let output = self.apono(&["check", "--online"]).await;
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        let folder = self.folder.path().to_str().unwrap();
        let lines: Vec<String> = said
            .replace(folder, "")
            .lines()
            // The two databases are not alike, and one that flushes nothing is warned of.
            .filter(|line| {
                let of_it = line
                    .split_once("  ")
                    .is_some_and(|(_, rest)| rest.trim_start().starts_with("database: "));
                !of_it && !line.starts_with("problems: ") && !line.contains(AS_ROOT)
            })
            .map(|line| match line.split_once("PostgreSQL ") {
                Some((before, after)) if before.ends_with("connected to ") => {
                    let from = after.find(" as the role").unwrap_or(after.len());
                    format!("{before}PostgreSQL [version]{}", &after[from..])
                }
                _ => line.to_owned(),
            })
            .collect();
        (output.status.success(), self.plain(&lines.join("\n")))
    }

    /// Only its own database is on offer: the server is shared with other tests.
    pub(crate) fn only_its_own_database(&self) {
        let name = self.target.database.clone();
        self.edit_config(|text| {
            text.replace(
                "permissions = { read = \"{resource}_read\", write",
                &format!("resources = [\"{name}\"]\npermissions = {{ read = \"{{resource}}_read\", write"),
            )
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_that_is_well_is_told_line_by_line_beside_a_running_bot() {
    run_test(async |ctx| {
        ctx.only_its_own_database();
        for scope in ["usergroups:read", "im:read", "app_mentions:read"] {
            ctx.simulator.change_world(|world| world.remove_scope(scope));
        }
        ctx.settle().await;
        let calls = ctx.simulator.calls().len();
        let head = ctx.app().core().store.head().await.unwrap();
        let (content, said) = ctx.check_online().await;
        insta::assert_snapshot!(said, @r#"
        ok       /config.toml: 1 integration, 2 flows, 2 groups, 6 people
        ok       slack: the app token can open sockets
        ok       slack: the bot token belongs to the user U0APONO in the workspace Example Inc (T0EXAMPLE)
        ok       slack: the bot token has every scope it needs
        unseen   slack: which events, commands and buttons the app is set up for; fix: compare the app's settings with `apono manifest`
        ok       slack: the bot can post to the audit channel permissions-audit (C0AUDIT), and it is not shared with another organisation
        unseen   slack: how long the audit channel permissions-audit (C0AUDIT) keeps its messages; fix: set it to keep all of them: the audit trail is checked against them
        ok       slack: everybody named in the config is known (accounts: 6)
        ok       orders-db: connected to PostgreSQL [version] as the role orders_bot
        warning  orders-db: every login can connect to orders: PUBLIC has CONNECT; fix: GRANT CONNECT ON DATABASE "orders" TO "orders_read", "orders_write", and everyone else who needs it; then REVOKE CONNECT, TEMPORARY ON DATABASE "orders" FROM PUBLIC
        ok       orders-db: read on orders: 2 tables, asked for under Developers read, answered by 2
        ok       orders-db: write on orders: 2 tables, asked for under Write at once, granted without approval
        "#);
        assert!(content);
        assert_eq!(ctx.app().core().store.head().await.unwrap(), head, "nothing is recorded");
        let asked: Vec<String> = ctx.simulator.calls()[calls..].iter().map(|call| call.method.clone()).collect();
        let writes = ["chat.", "views.", "conversations.open", "conversations.join"];
        assert!(!asked.iter().any(|method| writes.iter().any(|write| method.starts_with(write))), "{asked:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_or_wrong_is_told_by_name_and_line() {
    run_test(async |ctx| {
        ctx.only_its_own_database();
        ctx.edit_config(|text| text.replace("\"U0EVE\"", "\"U0EVE\", \"U0GONE\", \"nobody@example.com\""));
        ctx.simulator.change_world(|world| {
            world.deactivate("priya");
            world.set_email("omar", "omar@example.com", false);
            world.set_kind("eve", Kind::MultiChannelGuest);
            world.remove_scope("im:write");
            world.remove_scope("im:read");
            world.remove_scope("app_mentions:read");
            world.share("permissions-audit", &["T0OTHER"]);
        });
        let (content, said) = ctx.check_online().await;
        insta::assert_snapshot!(said, @r#"
        ok       /config.toml: 1 integration, 2 flows, 2 groups, 8 people
        ok       slack: the app token can open sockets
        ok       slack: the bot token belongs to the user U0APONO in the workspace Example Inc (T0EXAMPLE)
        problem  slack: the scope im:write is missing: nobody gets a direct message; fix: add it under OAuth & Permissions and reinstall the app
        warning  slack: the bot token has scopes that apono does not need: usergroups:read; fix: remove these under OAuth & Permissions and reinstall the app
        unseen   slack: which events, commands and buttons the app is set up for; fix: compare the app's settings with `apono manifest`
        problem  slack: the audit channel permissions-audit (C0AUDIT) is shared with another organisation, so I do not post to it; fix: stop sharing it
        warning  slack: /config.toml:25:35: U0EVE is a guest, who can request access if a flow names them but can never approve; fix: make them a full member if they have to answer requests
        problem  slack: /config.toml:25:44: Slack finds nobody for U0GONE, or the account is deactivated; fix: correct the line or remove it
        problem  slack: /config.toml:25:54: Slack finds nobody for nobody@example.com, or the account is deactivated; fix: correct the line or remove it
        problem  slack: /config.toml:25:76: omar@example.com is not confirmed in Slack, so it identifies nobody; fix: ask them to confirm it, or name them by their member ID, U0OMAR
        problem  slack: /config.toml:26:28: Slack finds nobody for priya@example.com, or the account is deactivated; fix: correct the line or remove it
        ok       orders-db: connected to PostgreSQL [version] as the role orders_bot
        warning  orders-db: every login can connect to orders: PUBLIC has CONNECT; fix: GRANT CONNECT ON DATABASE "orders" TO "orders_read", "orders_write", and everyone else who needs it; then REVOKE CONNECT, TEMPORARY ON DATABASE "orders" FROM PUBLIC
        ok       orders-db: read on orders: 2 tables, asked for under Developers read, answered by 2
        ok       orders-db: write on orders: 2 tables, asked for under Write at once, granted without approval
        "#);
        assert!(!content);
        ctx.simulator.change_world(|world| {
            world.share("permissions-audit", &[]);
            world.grant_scope("im:write");
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_slack_does_not_take_and_a_target_that_is_down_are_told() {
    run_test(async |ctx| {
        ctx.stop().await;
        let files = ["bot_token", "app_token", "target_url"].map(|name| ctx.folder.path().join(name));
        let before = files.clone().map(|path| std::fs::read_to_string(path).unwrap());
        std::fs::write(&files[0], "xoxb-wrong").unwrap();
        std::fs::write(&files[1], "xapp-wrong").unwrap();
        std::fs::write(&files[2], "postgres://bot:hush@127.0.0.1:1/orders").unwrap();
        let (content, said) = ctx.check_online().await;
        insta::assert_snapshot!(said, @"
        ok       /config.toml: 1 integration, 2 flows, 2 groups, 6 people
        problem  slack: the app token cannot open a socket: apps.connections.open: slack answered invalid_auth; fix: under Basic Information, create an app-level token (xapp-) with connections:write, and make sure Socket Mode is on
        problem  slack: Slack does not accept the bot token: auth.test: slack answered invalid_auth; fix: install the app in the workspace, and put its Bot User OAuth Token (xoxb-) where `bot_token` points
        problem  orders-db: while checking the server: 127.0.0.1:1 refused the connection; fix: check that the target is running, and that its `url` is right and reachable from this machine
        ");
        assert!(!content);
        for (path, text) in files.iter().zip(before) {
            std::fs::write(path, text).unwrap();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_proxy_is_told_by_its_place_and_a_wrong_one_by_its_variable() {
    run_test(async |ctx| {
        ctx.edit_config(|text| text.replace("http://127.0.0.1", "https://127.0.0.1"));
        let about_slack = async |proxy: &str| {
            let output = ctx
                .apono_in(&[("HTTPS_PROXY", proxy)], &["check", "--online"])
                .await;
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert!(!said.contains("hunter2"), "{said}");
            let line = said
                .lines()
                .find(|line| line.contains("slack: using the proxy") || line.contains("slack: not checked"))
                .unwrap_or(&said);
            line.to_owned()
        };
        insta::assert_snapshot!(about_slack("http://me:hunter2@127.0.0.1:1").await, @"ok       slack: using the proxy 127.0.0.1:1");
        insta::assert_snapshot!(about_slack("socks5://me:hunter2@127.0.0.1:1").await, @"problem  slack: not checked: the proxy (HTTPS_PROXY or ALL_PROXY) is not an http:// or https:// address; fix: correct or unset that variable");
        ctx.edit_config(|text| text.replace("https://127.0.0.1", "http://127.0.0.1"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_sql_is_printed_for_the_role_of_the_admin_url_without_its_password() {
    run_test(async |ctx| {
        let output = ctx.apono(&["integrations", "setup-sql", "orders-db"]).await;
        assert!(output.status.success());
        let sql = String::from_utf8(output.stdout).unwrap();
        let role = format!("ALTER ROLE \"{}_bot\" LOGIN CREATEROLE;", ctx.target.database);
        assert!(sql.contains(&role), "{sql}");
        let url: url::Url = ctx.target.admin_url.expose_secret().parse().unwrap();
        assert!(!sql.contains(url.password().unwrap()));

        let output = ctx.apono(&["integrations", "setup-sql", "order-db"]).await;
        assert!(!output.status.success());
        let said = String::from_utf8(output.stderr).unwrap().replace(ctx.folder.path().to_str().unwrap(), "");
        insta::assert_snapshot!(said, @r#"apono: there is no integration "order-db": /config.toml has: orders-db"#);
    })
    .await;
}

/// The findings about a database, a line each.
async fn findings(target: &DatabaseTarget) -> String {
    let lines: Vec<String> = Store::check(target)
        .await
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_is_looked_at_and_left_as_it_is() {
    on_both(async |db| {
        let said = findings(&db.target).await;
        assert!(
            said.starts_with("ok       ") && said.contains("ok       its schema is up to date"),
            "{said}"
        );
        assert!(!said.contains("problem"), "{said}");
        db.execute("INSERT INTO seaql_migrations (version, applied_at) VALUES ('m0099_later', 0)")
            .await
            .unwrap();
        let said = findings(&db.target).await;
        assert!(
            said.ends_with(
                "problem  a newer version of apono migrated it (m0099_later); fix: run that version"
            ),
            "{said}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_file_that_others_read_or_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| DatabaseTarget::Sqlite(folder.path().join(name));
    let plain = |said: String| said.replace(folder.path().to_str().unwrap(), "");
    insta::assert_snapshot!(plain(findings(&at("apono.db")).await), @"ok       /apono.db does not exist yet; `apono run` creates it");
    insta::assert_snapshot!(plain(findings(&at("none/apono.db")).await), @"problem  the folder /none does not exist; fix: create it, or correct `[database] url`");
    assert!(!Path::new(&folder.path().join("apono.db")).exists());
    let store = Store::open(&at("apono.db")).await.unwrap();
    store.close().await.unwrap();
    let readable = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path().join("apono.db"), readable).unwrap();
    let said = plain(findings(&at("apono.db")).await);
    insta::assert_snapshot!(said.split_once('\n').unwrap().1, @"
    warning  /apono.db is accessible to other users of this machine; fix: chmod 600 /apono.db
    ok       its schema is older: `apono run` will apply m0001_first_schema, m0002_lists, m0003_portal, m0004_search, m0005_openid, m0006_use, m0007_reads, m0008_decided_states, m0009_readers, m0010_addresses, m0011_reports, m0012_report_deliveries, m0013_reviews
    ");
    let unreachable = DatabaseTarget::Postgres("postgres://apono:hush@127.0.0.1:1/apono".to_owned().into());
    let said = findings(&unreachable).await;
    assert!(
        said.starts_with("problem  the database cannot be used: ") && !said.contains("hush"),
        "{said}"
    );
}
