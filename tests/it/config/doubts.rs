//! What a config may say and probably does not mean.

use insta::assert_snapshot;

use super::{LEAST, ORDERS, parse};

/// The doubts about the least config with a target and these flows.
fn doubts(flows: &str) -> String {
    let config = parse(&format!("{LEAST}{ORDERS}{flows}")).unwrap();
    let lines: Vec<String> = config
        .doubts
        .iter()
        .map(|doubt| format!("{}:{}: {}", doubt.line, doubt.column, doubt.text))
        .collect();
    lines.join("\n")
}

fn flow(name: &str, rest: &str) -> String {
    format!("[[flows]]\nname = \"{name}\"\nintegration = \"orders-db\"\nmax_duration = \"1h\"\n{rest}\n")
}

#[test]
fn a_flow_that_an_earlier_one_swallows_is_doubted() {
    let wide = flow(
        "Wide",
        "requesters = [\"group:sre\", \"dana@example.com\"]\nresources = [\"orders*\"]\napproval = \"automatic\"",
    );
    let narrow = flow(
        "Narrow",
        "requesters = [\"omar@example.com\"]\nresources = [\"orders_eu\"]\npermissions = [\"read\"]\napproval = \"automatic\"",
    );
    let other = flow(
        "Other",
        "requesters = [\"omar@example.com\"]\nresources = [\"billing\"]\napproval = \"automatic\"",
    );
    assert_snapshot!(doubts(&format!("{wide}{narrow}{other}")), @r#"24:1: Flow "Narrow" never matches: the earlier flow "Wide" covers all its requesters, resources and permissions."#);
    assert_snapshot!(doubts(&format!("{narrow}{other}{wide}")), @"");
}

#[test]
fn a_flow_that_allows_less_than_the_least_is_doubted() {
    let short = flow(
        "Short",
        "requesters = [\"dana@example.com\"]\napproval = \"automatic\"",
    )
    .replace("max_duration = \"1h\"", "max_duration = \"30s\"");
    assert_snapshot!(doubts(&short), @r#"
    11:1: No flow uses group:sre.
    17:1: Flow "Short" grants nothing: its `max_duration` is shorter than 1m, the `min_duration` of [requests].
    "#);
}

#[test]
fn a_flow_that_only_its_requester_answers_is_doubted() {
    let alone = flow(
        "Alone",
        "requesters = [\"group:sre\"]\napprovers = [\"omar@example.com\"]",
    );
    let one_of = flow(
        "One of them",
        "requesters = [\"dana@example.com\", \"U0EVE\"]\napprovers = [\"U0EVE\"]",
    );
    assert_snapshot!(doubts(&format!("{alone}{one_of}")), @r#"
    17:1: Flow "Alone" never grants anything: omar@example.com is the only requester and the only approver, and nobody can answer their own request.
    23:1: In flow "One of them", U0EVE is the only approver, so U0EVE cannot request anything; name another approver.
    "#);
}

#[test]
fn names_that_are_easily_mistaken_or_used_by_nobody_are_doubted() {
    assert_snapshot!(doubts(""), @"
    11:1: No flow uses group:sre.
    12:1: No flow uses orders-db, so nobody can request anything on it.
    ");
    let twins = flow(
        "Reading",
        "requesters = [\"group:sre\"]\napproval = \"automatic\"\npermissions = [\"read\"]",
    ) + &flow(
        "reading",
        "requesters = [\"dana@example.com\"]\napproval = \"automatic\"",
    );
    assert_snapshot!(doubts(&twins), @r#"24:1: Flow "reading" differs from "Reading" only in upper and lower case; people will mistake one for the other."#);
}

#[test]
fn a_retired_integration_keeps_no_flow() {
    let flows = flow(
        "Reading",
        "requesters = [\"group:sre\"]\napproval = \"automatic\"",
    );
    let text = format!("{LEAST}{ORDERS}retired = true\n{flows}");
    let config = parse(&text).unwrap();
    assert!(config.policy.flows.is_empty());
    let doubts: Vec<&str> = config.doubts.iter().map(|doubt| doubt.text.as_str()).collect();
    assert_snapshot!(doubts.join("\n"), @r#"Flow "Reading" never matches: orders-db is retired."#);
}

#[test]
fn a_flow_that_names_resources_which_its_integration_does_not_list_is_doubted() {
    let reads = |name, resources| {
        let rest = format!("requesters = [\"group:sre\"]\nresources = {resources}\napproval = \"automatic\"");
        flow(name, &rest)
    };
    let flows = reads("Typo", r#"["orders", "biling"]"#)
        + &reads("Nothing", r#"["shop_*"]"#)
        + &reads("All", r#"["orders*", "billing"]"#);
    let text = format!("{LEAST}{ORDERS}resources = [\"orders\", \"billing\"]\n{flows}");
    let config = parse(&text).unwrap();
    let doubts: Vec<&str> = config.doubts.iter().map(|doubt| doubt.text.as_str()).collect();
    assert_snapshot!(doubts.join("\n"), @r#"
    Flow "Typo" matches only some of its resources: "biling" is not a resource of orders-db; did you mean "billing"?
    Flow "Nothing" never matches: "shop_*" is not a resource of orders-db; known: orders, billing.
    "#);
}

#[test]
fn a_sink_that_writes_here_beside_replicas_or_wants_what_is_not_there_is_doubted() {
    let sink =
        "[[sinks]]\nname = \"trail\"\nkind = \"file\"\npath = \"trail.jsonl\"\nintegrations = [\"orders\"]\n";
    let text = format!(
        "{LEAST}{ORDERS}{}{sink}",
        flow("All", "requesters = [\"group:sre\"]\napproval = \"automatic\"")
    );
    let said = |text: &str| {
        let config = parse(text).unwrap();
        let lines: Vec<String> = config
            .doubts
            .iter()
            .map(|doubt| format!("{}: {}", doubt.line, doubt.text))
            .collect();
        lines.join("\n")
    };
    assert_snapshot!(said(&text), @r#"23: Sink "trail" wants events about "orders", which is no integration of this file; did you mean "orders-db"?"#);
    let shared = text
        .replace("\"sqlite://apono.db\"", "{ env = \"DB\" }")
        .replace("\"orders\"]", "\"orders-db\"]");
    assert_snapshot!(said(&shared), @r#"23: Sink "trail" writes to the machine that it runs on: if several replicas run, each of them gets a part of the trail."#);
}
