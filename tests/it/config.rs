//! config.toml: every problem at once, with line, column and what to do; and an example that is true.

use std::path::{Path, PathBuf};
use std::time::Duration;

use apono::access::flows::{Approval, PersonRef, Who};
use apono::config::{Config, ConfigError, DatabaseUrl, IntegrationKind, KNOWN_KEYS, PostgresUrl};
use apono::secrets::SecretRef;
use insta::assert_snapshot;
use proptest::prelude::*;

const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The least that is a config.
const LEAST: &str = r#"version = 1
[slack]
app_token = { env = "APP" }
bot_token = { env = "BOT" }
audit_channel = "audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
"#;

/// A target to add to [`LEAST`]; it starts at line 10.
const ORDERS: &str = r#"[groups]
sre = ["omar@example.com"]
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { env = "ORDERS" }
permissions = { read = "{resource}_read" }
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/apono/config.toml"))
}

/// What `apono check` would print, without the folder.
fn problems(text: &str) -> String {
    match parse(text) {
        Ok(config) => format!("right: {}", config.summary()),
        Err(e) => e.to_string().replace("/etc/apono/", ""),
    }
}

/// [`LEAST`] with one of its lines replaced.
fn least_with(line: &str, instead: &str) -> String {
    assert!(LEAST.contains(line), "{line}");
    LEAST.replace(line, instead)
}

/// The example with the keys switched on that only show their default or a possible value.
fn example_in_full() -> String {
    let switched_on: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key,
            Some(_) | None => line,
        })
        .collect();
    switched_on.join("\n")
}

#[test]
fn the_example_is_right_and_its_defaults_are_the_defaults() {
    let example = parse(EXAMPLE).unwrap();
    let in_full = parse(&example_in_full()).unwrap();
    assert_snapshot!(example.summary(), @"1 integration, 2 flows, 2 groups, 5 people");
    assert_eq!(example.slack, in_full.slack);
    assert_eq!(example.requests, in_full.requests);
    assert_eq!(example.policy.auditors, in_full.policy.auditors);
    let IntegrationKind::Postgres(in_full) = &in_full.integrations[0].kind;
    let IntegrationKind::Postgres(example) = &example.integrations[0].kind;
    assert_eq!(example.allow_roles, in_full.allow_roles);
}

#[test]
fn the_example_shows_every_key() {
    let in_full = example_in_full();
    let table: toml::Table = in_full.parse().unwrap();
    for (section, keys) in KNOWN_KEYS {
        let tables: Vec<&toml::Table> = match table.get(*section) {
            None => vec![&table],
            Some(toml::Value::Array(list)) => list.iter().filter_map(|it| it.as_table()).collect(),
            Some(value) => vec![value.as_table().unwrap()],
        };
        for key in *keys {
            assert!(
                tables.iter().any(|table| table.contains_key(*key)),
                "[{section}] {key}"
            );
        }
    }
}

#[test]
fn a_config_says_what_the_file_says() {
    let config = parse(EXAMPLE).unwrap();
    assert_eq!(config.slack.audit_channel, "permissions-audit");
    assert_eq!(config.slack.api_url, "https://slack.com/api");
    assert_eq!(config.requests.pending_for, Duration::from_hours(24));
    assert_eq!(config.policy.digest.len(), 64);
    let line = EXAMPLE.lines().position(|line| line == "[[integrations]]");
    assert_eq!(Some(config.integrations[0].place.line - 1), line);
    let IntegrationKind::Postgres(orders) = &config.integrations[0].kind;
    assert_eq!(orders.url, SecretRef::Env("ORDERS_DB_URL".to_owned()));
    let names: Vec<&str> = orders.permissions.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["read", "write"]);
    assert_eq!(orders.resources, None);
    let developers = &config.policy.flows[0];
    assert_eq!(developers.max_duration, Duration::from_hours(8));
    assert_eq!(
        developers.approval,
        Approval::OneOf(vec![Who::Group("sre".to_owned())])
    );
    assert_eq!(config.policy.flows[1].approval, Approval::Automatic);
}

#[test]
fn permissions_keep_the_order_of_the_file() {
    let text = format!("{LEAST}{ORDERS}").replace(
        r#"{ read = "{resource}_read" }"#,
        r#"{ write = "w", admin = "a", read = "r" }"#,
    );
    let config = parse(&text).unwrap();
    let IntegrationKind::Postgres(orders) = &config.integrations[0].kind;
    let names: Vec<&str> = orders.permissions.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["write", "admin", "read"]);
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let text = least_with(r#"{ env = "APP" }"#, r#"{ file = "secrets/app" }"#);
    let config = parse(&text).unwrap();
    assert_eq!(
        config.slack.app_token,
        SecretRef::File(PathBuf::from("/etc/apono/secrets/app"))
    );
    assert_eq!(
        config.database.url.to_string(),
        "SQLite /etc/apono/apono.db"
    );
    let absolute = least_with("sqlite://apono.db", "sqlite:///var/lib/apono.db");
    let config = parse(&absolute).unwrap();
    assert_eq!(config.database.url.to_string(), "SQLite /var/lib/apono.db");
}

#[test]
fn e_mails_are_in_lower_case_and_the_channel_has_no_hash() {
    let text = least_with("ada@example.com", "Ada@Example.com").replace("\"audit\"", "\"#audit\"");
    let config = parse(&text).unwrap();
    assert_eq!(
        config.policy.admins,
        [PersonRef::Email("ada@example.com".to_owned())]
    );
    assert_eq!(config.slack.audit_channel, "audit");
}

#[test]
fn an_empty_file_hears_everything_it_needs() {
    assert_snapshot!(problems(""), @"
    config.toml:1:1: The file needs a line such as `version = 1`.
    config.toml:1:1: The file needs a section [slack].
    config.toml:1:1: The file needs a section [database].
    config.toml:1:1: The file needs a section [roles].
    ");
    assert_snapshot!(problems("version = 1\n[slack]\n[database]\n[roles]\n"), @r#"
    config.toml:2:1: [slack] needs a line such as `app_token = { env = "SLACK_APP_TOKEN" }`.
    config.toml:2:1: [slack] needs a line such as `bot_token = { env = "SLACK_BOT_TOKEN" }`.
    config.toml:2:1: [slack] needs a line such as `audit_channel = "permissions-audit"`.
    config.toml:3:1: [database] needs a line such as `url = "sqlite://apono.db"`.
    config.toml:4:1: [roles] needs a line such as `admins = ["ada@example.com"]`.
    "#);
}

#[test]
fn another_version_is_the_only_problem() {
    assert_snapshot!(problems("version = 2\ncolour = 1"), @"config.toml:1:11: This apono reads files with `version = 1`.");
    assert_snapshot!(problems(&least_with("version = 1\n", "")), @"config.toml:1:1: The file needs a line such as `version = 1`.");
}

#[test]
fn broken_syntax_is_reported_in_whole_and_alone() {
    assert_snapshot!(problems("version = 1\n[slack\nsockets = 08\nname = \"ä\" x\nsockets = 1\n"), @"
    config.toml:2:7: This is not TOML: unclosed table, expected `]`.
    config.toml:4:12: This is not TOML: unexpected key or value, expected newline, `#`.
    ");
}

#[test]
fn unknown_keys_are_problems_and_their_slips_are_seen() {
    let text = LEAST
        .replace("app_token", "ap_token")
        .replace("[roles]", "[role]")
        + "[colours]\nred = 1\n";
    assert_snapshot!(problems(&text), @r#"
    config.toml:3:1: Unknown key "ap_token"; did you mean "app_token"?
    config.toml:8:2: Unknown key "role"; did you mean "roles"?
    config.toml:10:2: Unknown key "colours"; known are version, slack, database, requests, roles, groups, integrations, flows.
    "#);
}

#[test]
fn wrong_types_are_problems() {
    let text = LEAST
        .replace("\"audit\"", "7\nsockets = 2.5\nallow_plain_http = \"no\"")
        .replace(
            "[\"ada@example.com\"]",
            "\"ada@example.com\"\nauditors = [3]",
        )
        .replace("[database]\nurl = \"sqlite://apono.db\"", "[[database]]")
        + "[integrations]\n";
    assert_snapshot!(problems(&text), @"
    config.toml:5:17: Write a text in quotes here, not a whole number.
    config.toml:6:11: Write a whole number from 1 to 10 here.
    config.toml:7:20: Write true or false here, not a text.
    config.toml:8:1: Write a table here, not a list.
    config.toml:10:10: Write a list in brackets here, not a text.
    config.toml:11:13: Write a text in quotes here, not a whole number.
    config.toml:12:1: Write [[integrations]] in double brackets: there can be several.
    ");
}

#[test]
fn slack_needs_sensible_values() {
    let text = LEAST
        .replace("{ env = \"APP\" }", "\"xapp-1-SECRET\"")
        .replace("{ env = \"BOT\" }", "{ env = \"xoxb-SECRET\" }")
        .replace(
            "\"audit\"",
            "\"Permissions Audit\"\nsockets = 11\napi_url = \"https://me:SECRET@slack.com/api\"",
        );
    let shown = problems(&text);
    assert!(!shown.contains("SECRET"));
    assert_snapshot!(shown, @r#"
    config.toml:3:13: A secret does not belong into this file; write { env = "NAME" } or { file = "path" }.
    config.toml:4:21: Write the name of an environment variable (letters, digits and _), not its content.
    config.toml:5:17: Write a channel's name in lower case (letters, digits, - and _), or its id, C...
    config.toml:6:11: Write a whole number from 1 to 10 here.
    config.toml:7:11: Leave user, password, ? and # out of this address.
    "#);
}

#[test]
fn a_secret_is_one_reference() {
    let text = LEAST
        .replace("{ env = \"APP\" }", "{ env = \"APP\", file = \"app\" }")
        .replace("{ env = \"BOT\" }", "{ enf = \"BOT\" }");
    assert_snapshot!(problems(&text), @r#"
    config.toml:3:13: Write exactly one of { env = "NAME" } and { file = "path" }.
    config.toml:4:13: Write exactly one of { env = "NAME" } and { file = "path" }.
    config.toml:4:15: Unknown key "enf"; did you mean "env"?
    "#);
}

#[test]
fn plain_http_stays_on_this_machine_unless_allowed() {
    let with = |more: &str| problems(&least_with("[database]", &format!("{more}\n[database]")));
    for address in [
        "http://127.0.0.1:8080/api/",
        "http://localhost/api",
        "http://[::1]:1/",
    ] {
        let text = least_with("[database]", &format!("api_url = {address:?}\n[database]"));
        let config = parse(&text).unwrap();
        assert_eq!(config.slack.api_url, address.trim_end_matches('/'));
    }
    assert_snapshot!(with("api_url = \"http://10.0.0.8/api\""), @"config.toml:6:11: Write https://: http:// sends the tokens readable to all, and is taken for this machine (127.0.0.1) only, unless allow_plain_http = true.");
    assert_snapshot!(with("api_url = \"http://localhost.evil.com/api\""), @"config.toml:6:11: Write https://: http:// sends the tokens readable to all, and is taken for this machine (127.0.0.1) only, unless allow_plain_http = true.");
    assert_snapshot!(with("api_url = \"http://10.0.0.8/api\"\nallow_plain_http = true"), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("api_url = \"ftp://slack.com\""), @r#"config.toml:6:11: Write an address that starts with https://, such as "https://slack.com/api"."#);
}

#[test]
fn the_database_is_a_file_or_postgres() {
    let with = |url: &str| problems(&least_with("\"sqlite://apono.db\"", url));
    assert_snapshot!(with("\"sqlite::memory:\""), @"config.toml:7:7: A database in memory forgets live access with the process; name a file: sqlite://apono.db.");
    assert_snapshot!(with("\"sqlite://\""), @"config.toml:7:7: Name the file: sqlite://apono.db.");
    assert_snapshot!(with("\"sqlite://apono.db?mode=rwc\""), @"config.toml:7:7: Leave out ? and # and what follows; apono sets SQLite's options itself.");
    assert_snapshot!(with("\"mysql://localhost/apono\""), @r#"config.toml:7:7: Write sqlite://FILE or postgres://..., or { env = "NAME" } that holds the latter."#);
    assert_snapshot!(with("\"postgres://apono:p@ss#word@db/apono\""), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("\"postgres://apono:password@db.example.com/apono\""), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("\"postgres:///apono?host=/var/run/postgresql\""), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("{ env = \"APONO_DB_URL\" }"), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
}

#[test]
fn a_password_of_the_file_is_never_shown() {
    let text = least_with("sqlite://apono.db", "postgres://apono:SECRET@db/apono");
    let config = parse(&text).unwrap();
    assert!(matches!(
        config.database.url,
        DatabaseUrl::Postgres(PostgresUrl::Plain(_))
    ));
    assert!(!format!("{config:?} {}", config.database.url).contains("SECRET"));
}

#[test]
fn people_are_e_mails_or_member_ids() {
    let text = least_with(
        "[\"ada@example.com\"]",
        r#"["ada", "@ada", "ada@example", "a b@example.com", "U0", "u0ada", "U0ADA", "W12", "group:sre", "U0ADA", " U0EVE"]"#,
    );
    assert_snapshot!(problems(&text), @r#"
    config.toml:9:11: "ada" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:18: "@ada" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:26: "ada@example" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:41: "a b@example.com" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:60: "U0" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:66: "u0ada" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:9:91: Name people one by one here: groups are for requesters and approvers of flows.
    config.toml:9:104: This stands in the list already; leave it out.
    config.toml:9:113: Leave out the spaces at the ends of this text.
    "#);
    assert_snapshot!(problems(&least_with("[\"ada@example.com\"]", "[]")), @"config.toml:9:10: This list is empty; name at least one admin.");
}

#[test]
fn groups_have_names_and_people() {
    let text = format!(
        "{LEAST}[groups]\n\"on call\" = [\"U0EVE\"]\nempty = []\ndoubled = [\"eve@example.com\", \"Eve@example.com\"]\nSRE = [\"U0EVE\"]\nsre = [\"U0EVE\"]\nnested = [\"group:sre\"]\n"
    );
    assert_snapshot!(problems(&text), @r#"
    config.toml:11:1: A name consists of 1 to 63 of these: a-z A-Z 0-9 . _ -
    config.toml:12:9: This list is empty; name people, or remove the group.
    config.toml:13:31: This stands in the list already; leave it out.
    config.toml:15:1: Group "sre" differs from "SRE" in capitals only; rename one.
    config.toml:16:11: Name people one by one here: groups are for requesters and approvers of flows.
    "#);
}

#[test]
fn integrations_have_unique_names_known_kinds_and_permissions() {
    let text = format!(
        r#"{LEAST}[[integrations]]
name = "bastion"
kind = "sssh"
ca_key = "ssh_ca"
[[integrations]]
[[integrations]]
name = "orders db"
kind = "postgres"
url = "postgres://bot:SECRET@db/orders"
permissions = {{}}
[[integrations]]
name = "BASTION"
kind = "postgres"
url = {{ env = "ORDERS" }}
permissions = {{ read = "{{database}}_read", "wri te" = 7, long = "{}" }}
resources = []
account = "personal"
connect_host = "db.example.com:5432"
connect_port = 0
allow_roles = ["pg_monitor", "pg_monitor"]
"#,
        "x".repeat(64)
    );
    let shown = problems(&text);
    assert!(!shown.contains("SECRET"));
    assert_snapshot!(shown, @r#"
    config.toml:12:8: Unknown kind "sssh"; known are postgres.
    config.toml:14:1: This integration needs a line such as `kind = "postgres"`.
    config.toml:16:8: A name consists of 1 to 63 of these: a-z A-Z 0-9 . _ -
    config.toml:18:7: A secret does not belong into this file; write { env = "NAME" } or { file = "path" }.
    config.toml:19:15: This integration offers no permission; name at least one.
    config.toml:21:8: There is an integration "BASTION" already; rename one.
    config.toml:24:24: The only placeholder of a group role's name is {resource}.
    config.toml:24:43: A name consists of 1 to 63 of these: a-z A-Z 0-9 . _ -
    config.toml:24:54: Write a text in quotes here, not a whole number.
    config.toml:24:64: PostgreSQL cuts role names at 63 bytes; name a shorter role.
    config.toml:25:13: This list is empty; leave the line out to take all databases.
    config.toml:26:11: Unknown account "personal"; write "ephemeral", or leave the line out.
    config.toml:28:16: Write a whole number from 1 to 65535 here.
    config.toml:29:30: This stands in the list already; leave it out.
    "#);
}

#[test]
fn flows_refer_to_what_there_is() {
    let text = format!(
        r#"{LEAST}{ORDERS}
[[flows]]
name = "Slips"
requesters = ["group:srs", "sre", "group:people"]
integration = "order-db"
resources = ["orders", ""]
permissions = ["raed"]
max_duration = "8h"
approvers = ["group:sre"]
[[flows]]
name = "Slips"
requesters = ["group:sre"]
integration = "orders-db"
permissions = ["raed", "drop"]
max_duration = "0m"
aprovers = ["group:sre"]
"#
    );
    assert_snapshot!(problems(&text), @r#"
    config.toml:20:15: There is no group "srs" in [groups]; did you mean "sre"?
    config.toml:20:28: Write "group:sre" for the group.
    config.toml:20:35: There is no group "people" in [groups]; known are sre.
    config.toml:21:15: There is no integration "order-db"; did you mean "orders-db"?
    config.toml:22:24: This text is empty; write something, or leave the line out.
    config.toml:27:8: There is a flow "Slips" already; rename one.
    config.toml:30:16: "orders-db" offers no permission "raed"; known are read.
    config.toml:30:24: "orders-db" offers no permission "drop"; known are read.
    config.toml:31:16: The duration must be longer than nothing.
    config.toml:32:1: Unknown key "aprovers"; did you mean "approvers"?
    "#);
}

#[test]
fn an_integration_with_problems_of_its_own_is_known_to_flows() {
    let text = format!(
        r#"{LEAST}{}[[flows]]
name = "One"
requesters = ["group:sre"]
integration = "orders-db"
permissions = ["write"]
max_duration = "8h"
approval = "automatic"
"#,
        ORDERS.replace("{ env = \"ORDERS\" }", "7")
    );
    assert_snapshot!(problems(&text), @r#"config.toml:15:7: A secret does not belong into this file; write { env = "NAME" } or { file = "path" }."#);
}

#[test]
fn who_answers_is_always_written_out() {
    let flow = |answer: &str| {
        problems(&format!(
            "{LEAST}{ORDERS}[[flows]]\nname = \"One\"\nrequesters = [\"group:sre\"]\nintegration = \"orders-db\"\nmax_duration = \"1h\"\n{answer}\n"
        ))
    };
    assert_snapshot!(flow(""), @r#"config.toml:17:1: This flow says not who answers; write approvers = ["group:sre"], or approval = "automatic" if nobody has to."#);
    assert_snapshot!(flow("approvers = []"), @r#"config.toml:22:13: This list is empty; name who answers, or write approval = "automatic" instead."#);
    assert_snapshot!(flow("approval = \"none\""), @r#"config.toml:22:12: Write approval = "automatic", or name approvers instead."#);
    assert_snapshot!(flow("approval = \"automatic\"\napprovers = [\"group:sre\"]"), @r#"config.toml:17:1: This flow has both approval = "automatic" and approvers; keep one of them."#);
    assert_snapshot!(flow("approval = \"automatic\""), @"right: 1 integration, 1 flow, 1 group, 2 people");
}

#[test]
fn lists_that_would_mean_everything_are_never_empty() {
    let text = format!(
        "{LEAST}{ORDERS}[[flows]]\nname = \"One\"\nrequesters = []\nintegration = \"orders-db\"\nresources = []\npermissions = []\nmax_duration = \"two hours\"\napproval = \"automatic\"\n"
    );
    assert_snapshot!(problems(&text), @"
    config.toml:19:14: This list is empty; name who may ask.
    config.toml:21:13: This list is empty; leave the line out to mean every resource.
    config.toml:22:15: This list is empty; leave the line out to mean every permission.
    config.toml:23:16: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.
    ");
}

#[test]
fn columns_count_characters_and_invisible_ones_are_refused() {
    let text = least_with("[\"ada@example.com\"]", "[\"żółć@example.com\", \"ada\"]");
    assert_snapshot!(problems(&text), @r#"config.toml:9:31: "ada" is neither an e-mail address nor a Slack member id (U... or W...)."#);
    let text = least_with("ada@example.com", "ada\u{200b}@example.com");
    assert_snapshot!(problems(&text), @"config.toml:9:11: Leave out the invisible characters (line ends, tabs, zero-width or direction marks) in this text.");
    assert_snapshot!(problems("\u{feff}version = 3\r\n"), @"config.toml:1:11: This apono reads files with `version = 1`.");
}

#[test]
fn secrets_are_tried_where_they_are_referred_to() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("app", "xoxb-SECRET\n");
    write("bot", "\n");
    write("orders", "postgres://bot:SE#CRET@db/orders\n");
    let text = format!("{LEAST}{ORDERS}")
        .replace("{ env = \"APP\" }", "{ file = \"app\" }")
        .replace("{ env = \"BOT\" }", "{ file = \"bot\" }")
        .replace("{ env = \"ORDERS\" }", "{ file = \"orders\" }")
        .replace("\"sqlite://apono.db\"", "{ env = \"APONO_TEST_NOT_SET\" }");
    let path = folder.path().join("config.toml");
    write("config.toml", &text);
    let config = Config::load(&path).unwrap();
    let shown: Vec<String> = config
        .check_secrets()
        .iter()
        .map(|problem| problem.shown_in(Path::new("config.toml")))
        .collect();
    let shown = shown
        .join("\n")
        .replace(folder.path().to_str().unwrap(), "FOLDER");
    assert!(!shown.contains("CRET"));
    assert_snapshot!(shown, @"
    config.toml:3:13: This secret is a bot token (xoxb-); app_token is the app-level one (xapp-).
    config.toml:4:13: This secret cannot be read: file FOLDER/bot is empty.
    config.toml:7:7: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    config.toml:15:7: A PostgreSQL URL is postgres://user:password@host:port/database, with characters such as @ : / # in the password percent-encoded.
    ");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = Config::load(Path::new("no/such/config.toml")).unwrap_err();
    assert_snapshot!(missing, @"no/such/config.toml cannot be read: No such file or directory (os error 2)");
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC*") {
        answered(&text);
    }

    #[test]
    fn any_change_of_the_example_is_answered(at in 0..EXAMPLE.len(), length in 0_usize..40, instead in "\\PC{0,6}|\"|\\[|\\{|=|\n") {
        let start = EXAMPLE.floor_char_boundary(at);
        let end = EXAMPLE.floor_char_boundary((at + length).min(EXAMPLE.len()));
        answered(&format!("{}{instead}{}", &EXAMPLE[..start], &EXAMPLE[end..]));
    }

    #[test]
    fn any_line_left_out_or_moved_is_answered(from in 0_usize..100, to in 0_usize..100) {
        let in_full = example_in_full();
        let mut lines: Vec<&str> = in_full.lines().collect();
        let moved = lines.remove(from.min(lines.len() - 1));
        answered(&lines.join("\n"));
        lines.insert(to.min(lines.len()), moved);
        answered(&lines.join("\n"));
    }
}

/// A text is a config or has problems that stand inside it.
fn answered(text: &str) {
    let Err(e) = parse(text) else { return };
    let ConfigError::Problems { problems, .. } = e else {
        panic!("{e}");
    };
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(problem.line <= text.matches('\n').count() + 1);
    }
}
