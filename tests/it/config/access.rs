//! People, groups, integrations and flows.

use std::time::Duration;

use apono::access::flows::PersonRef;
use apono::access::reconcile::Drift;
use insta::assert_snapshot;

use super::{LEAST, ORDERS, least_with, parse, postgres, problems};

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
    config.toml:9:91: Name people one by one here: groups work only as requesters and approvers of flows.
    config.toml:9:104: This is already in the list; remove it.
    config.toml:9:113: Remove the spaces at the ends of this text.
    "#);
    assert_snapshot!(problems(&least_with("[\"ada@example.com\"]", "[]")), @"config.toml:9:10: This list is empty; name at least one admin.");
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
fn a_contact_is_short_enough_for_a_sentence() {
    let flow = |contact: &str| {
        format!(
            "{LEAST}{ORDERS}[[flows]]\nname = \"Read\"\nrequesters = [\"U0EVE\"]\nintegration = \"orders-db\"\nmax_duration = \"1h\"\napproval = \"automatic\"\ncontact = \"{contact}\"\n"
        )
    };
    assert!(parse(&flow(&"é".repeat(300))).is_ok());
    let said = problems(&flow(&"é".repeat(301)));
    assert!(
        said.ends_with("A flow's contact can have at most 300 characters: name a person or a channel."),
        "{said}"
    );
}

#[test]
fn groups_have_names_and_people() {
    let text = format!(
        "{LEAST}[groups]\n\"on call\" = [\"U0EVE\"]\nempty = []\ndoubled = [\"eve@example.com\", \"Eve@example.com\"]\nSRE = [\"U0EVE\"]\nsre = [\"U0EVE\"]\nnested = [\"group:sre\"]\n"
    );
    assert_snapshot!(problems(&text), @r#"
    config.toml:11:1: A name has 1 to 63 characters, out of a-z A-Z 0-9 . _ -
    config.toml:12:9: This list is empty; name people, or remove the group.
    config.toml:13:31: This is already in the list; remove it.
    config.toml:15:1: Group "sre" differs from "SRE" only in upper and lower case; rename one.
    config.toml:16:11: Name people one by one here: groups work only as requesters and approvers of flows.
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
account = "persona"
accounts = {{}}
replicas = ["db2:5432"]
connect_host = "db.example.com:5432"
connect_port = 0
allow_roles = {{ pg_monitor = ["server-rle"] }}
"#,
        "x".repeat(64)
    );
    let shown = problems(&text);
    assert!(!shown.contains("SECRET"));
    assert_snapshot!(shown, @r#"
    config.toml:12:8: Unknown kind "sssh"; did you mean "ssh"?
    config.toml:14:1: This integration needs a line such as `kind = "postgres"`.
    config.toml:16:8: A name has 1 to 63 characters, out of a-z A-Z 0-9 . _ -
    config.toml:18:7: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:19:15: This integration has no permissions; add at least one.
    config.toml:21:8: There is already an integration "BASTION"; rename one.
    config.toml:24:24: The only placeholder in a group role's name is {resource}.
    config.toml:24:43: A name has 1 to 63 characters, out of a-z A-Z 0-9 . _ -
    config.toml:24:54: Write text in quotes here, not a whole number.
    config.toml:24:64: PostgreSQL truncates role names to 63 bytes; use a shorter name.
    config.toml:25:13: This list is empty; leave the line out to use all databases.
    config.toml:26:11: Unknown account "persona"; did you mean "personal"?
    config.toml:27:12: accounts needs account = "personal"; add that, or leave this line out.
    config.toml:28:13: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:29:16: Write only a host's name or address; the port goes in connect_port.
    config.toml:30:16: Write a whole number from 1 to 65535 here.
    config.toml:31:31: Unknown power "server-rle"; did you mean "server-role"?
    "#);
}

#[test]
fn peoples_own_accounts_are_named_once_each() {
    let orders = |more: &str| problems(&format!("{LEAST}{ORDERS}{more}"));
    let accounts = r#"account = "personal"
accounts = { "dana@example.com" = "dana", U0EVE = "eve", "group:sre" = "sre", omar = "omar", "Dana@example.com" = "ito", "priya@example.com" = "eve", "sam@example.com" = 7, U0ADA = "LONG" }
"#;
    assert_snapshot!(orders(&accounts.replace("LONG", &"x".repeat(64))), @r#"
    config.toml:18:58: Name people one by one here: groups work only as requesters and approvers of flows.
    config.toml:18:79: "omar" is neither an e-mail address nor a Slack member id (U... or W...).
    config.toml:18:115: This person already has an account; list only one.
    config.toml:18:144: This account already belongs to somebody else; give each person their own.
    config.toml:18:171: Write text in quotes here, not a whole number.
    config.toml:18:182: PostgreSQL truncates role names to 63 bytes; use a shorter name.
    "#);
    assert_snapshot!(orders("account = \"personal\"\n"), @r#"config.toml:12:1: This integration needs a line such as `accounts = { "dana@example.com" = "dana" }`."#);
    assert_snapshot!(orders("account = \"personal\"\naccounts = {}\n"), @"config.toml:18:12: This table has no accounts; add at least one.");
    assert_snapshot!(orders("accounts = { U0EVE = \"eve\" }\n"), @r#"config.toml:17:12: accounts needs account = "personal"; add that, or leave this line out."#);
    assert_snapshot!(orders("account = \"ephemeral\"\naccounts = { U0EVE = \"eve\" }\n"), @r#"config.toml:18:12: accounts needs account = "personal"; add that, or leave this line out."#);
    assert_snapshot!(orders("account = \"personal\"\naccounts = { U0EVE = \"eve\" }\n"), @"right: 1 integration, 0 flows, 1 group, 3 people");
}

#[test]
fn what_is_done_about_changes_on_a_target_is_one_of_three() {
    let with = |lines: &str| format!("{LEAST}{ORDERS}{lines}\n");
    let settings = |text: &str| postgres(&parse(text).unwrap(), 0).reconciled;
    assert_eq!(settings(&with("")).drift, Drift::Warn);
    for drift in Drift::ALL {
        let text = with(&format!(
            "reconcile = \"{}\"\nreconcile_every = \"10s\"",
            drift.name()
        ));
        assert_eq!(settings(&text).drift, drift);
        assert_eq!(settings(&text).every, Duration::from_secs(10));
    }
    assert_snapshot!(problems(&with("reconcile = \"enforced\"")), @r#"config.toml:17:13: Unknown reconcile "enforced"; did you mean "enforce"?"#);
    assert_snapshot!(problems(&with("reconcile = \"ignore\"")), @r#"config.toml:17:13: Unknown reconcile "ignore"; known: observe, warn, enforce."#);
    assert_snapshot!(problems(&with("reconcile_every = \"9s\"")), @"config.toml:17:19: Each check reads all live access from the target; write 10s or more.");
}

#[test]
fn permissions_keep_the_order_of_the_file() {
    let text = format!("{LEAST}{ORDERS}").replace(
        r#"{ read = "{resource}_read" }"#,
        r#"{ write = "w_{resource}", admin = "a_{resource}", read = "r_{resource}" }"#,
    );
    let config = parse(&text).unwrap();
    let orders = postgres(&config, 0);
    let names: Vec<&str> = orders
        .target
        .permissions
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["write", "admin", "read"]);
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
    config.toml:20:28: To name the group, write "group:sre".
    config.toml:20:35: There is no group "people" in [groups]; known: sre.
    config.toml:21:15: There is no integration "order-db"; did you mean "orders-db"?
    config.toml:22:24: This text is empty; write something, or leave the line out.
    config.toml:27:8: There is already a flow "Slips"; rename one.
    config.toml:30:16: "orders-db" has no permission "raed"; did you mean "read"?
    config.toml:30:24: "orders-db" has no permission "drop"; known: read.
    config.toml:31:16: The duration must be longer than zero.
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
    assert_snapshot!(problems(&text), @r#"
    config.toml:15:7: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:21:16: "orders-db" has no permission "write"; known: read.
    "#);
}

#[test]
fn who_answers_is_always_written_out() {
    let flow = |answer: &str| {
        problems(&format!(
            "{LEAST}{ORDERS}[[flows]]\nname = \"One\"\nrequesters = [\"group:sre\"]\nintegration = \"orders-db\"\nmax_duration = \"1h\"\n{answer}\n"
        ))
    };
    assert_snapshot!(flow(""), @r#"config.toml:17:1: This flow does not say who approves; write approvers = ["group:sre"], or approval = "automatic" if nobody has to."#);
    assert_snapshot!(flow("approvers = []"), @r#"config.toml:22:13: This list is empty; name the approvers, or write approval = "automatic" instead."#);
    assert_snapshot!(flow("approval = \"none\""), @r#"config.toml:22:12: Write approval = "automatic", or name approvers instead."#);
    assert_snapshot!(flow("approval = \"automatic\"\napprovers = [\"group:sre\"]"), @r#"config.toml:17:1: This flow has both approval = "automatic" and approvers; keep one of them."#);
    assert_snapshot!(flow("approval = \"automatic\""), @"right: 1 integration, 1 flow, 1 group, 2 people");
}

#[test]
fn a_group_role_is_for_one_database_and_a_power_for_a_group_role_of_the_integration() {
    let orders = |permissions: &str, more: &str| {
        let text = ORDERS.replace("{ read = \"{resource}_read\" }", permissions);
        problems(&format!("{LEAST}{text}{more}\n"))
    };
    let two = "resources = [\"shop\", \"shop_ro\"]";
    assert_snapshot!(orders("{ ro = \"{resource}_ro\", rw = \"{resource}\" }", two), @r#"config.toml:12:1: ro on shop and rw on shop_ro both use the group role "shop_ro", so access to one would be access to the other; give each its own."#);
    assert_snapshot!(orders("{ ro = \"{resource}_ro\", rw = \"{resource}_rw\" }", two), @"right: 1 integration, 0 flows, 1 group, 2 people");
    assert_snapshot!(orders("{ ro = \"{resource}_ro\" }", "allow_roles = { shop_r = [\"owns\"] }"), @r#"config.toml:12:1: allow_roles contains "shop_r", which no permission of this integration uses."#);
    assert_snapshot!(orders("{ ro = \"{resource}_ro\" }", "allow_roles = { shop_ro = [\"owns\"] }"), @"right: 1 integration, 0 flows, 1 group, 2 people");
}

#[test]
fn lists_that_would_mean_everything_are_never_empty() {
    let text = format!(
        "{LEAST}{ORDERS}[[flows]]\nname = \"One\"\nrequesters = []\nintegration = \"orders-db\"\nresources = []\npermissions = []\nmax_duration = \"two hours\"\napproval = \"automatic\"\n"
    );
    assert_snapshot!(problems(&text), @"
    config.toml:19:14: This list is empty; name who may make requests.
    config.toml:21:13: This list is empty; leave the line out to mean every resource.
    config.toml:22:15: This list is empty; leave the line out to mean every permission.
    config.toml:23:16: Write a duration such as 45s, 30m, 2h, 1d or 1h30m.
    ");
}
