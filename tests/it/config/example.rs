//! `config.example.toml` documents every key, and truly.

use std::time::Duration;

use apono::access::flows::{Approval, Who};
use apono::config::{ConfigError, SlackConfig, known_keys};
use apono::integrations::{kind, promises};
use apono::secrets::SecretRef;
use apono::sinks;
use insta::assert_snapshot;

use super::{COPIED, EXAMPLE, example_in_full, parse, postgres, ssh};

const README: &str = include_str!("../../../README.md");
const GUARANTEES: &str = include_str!("../../../docs/guarantees.md");

#[test]
fn the_example_is_right_and_its_defaults_are_the_defaults() {
    let example = parse(&EXAMPLE).unwrap();
    let in_full = parse(&example_in_full()).unwrap();
    assert_snapshot!(example.summary(), @"3 integrations, 3 flows, 2 groups, 6 people");
    let no_ca_file = SlackConfig {
        ca_file: None,
        ..in_full.slack.clone()
    };
    assert_eq!(example.slack, no_ca_file);
    assert_eq!(example.requests, in_full.requests);
    assert_eq!(example.audit, in_full.audit);
    assert_eq!(example.alerts.audit_lag, in_full.alerts.audit_lag);
    assert_eq!(example.alerts.silent_after, in_full.alerts.silent_after);
    assert_eq!(example.policy.auditors, in_full.policy.auditors);
    assert_eq!(
        postgres(&example, 0).target.allow_roles,
        postgres(&in_full, 0).target.allow_roles
    );
    assert_eq!(postgres(&example, 0).reconciled, postgres(&in_full, 0).reconciled);
    assert_eq!(ssh(&example, 2).certificate_for, ssh(&in_full, 2).certificate_for);
    assert_eq!(ssh(&example, 2).clock_skew, ssh(&in_full, 2).clock_skew);
    assert_eq!(ssh(&example, 2).allow, ssh(&in_full, 2).allow);
}

#[test]
fn the_example_shows_every_key() {
    let in_full = example_in_full();
    let table: toml::Table = in_full.parse().unwrap();
    for (section, keys) in known_keys() {
        let (outer, inner) = section
            .split_once('.')
            .map_or((section, None), |(outer, inner)| (outer, Some(inner)));
        let outer: Vec<&toml::Table> = match table.get(outer) {
            None => vec![&table],
            Some(toml::Value::Array(list)) => list.iter().filter_map(|it| it.as_table()).collect(),
            Some(value) => vec![value.as_table().unwrap()],
        };
        let tables: Vec<&toml::Table> = match inner {
            None => outer,
            Some(inner) => outer.iter().filter_map(|it| it.get(inner)?.as_table()).collect(),
        };
        for key in keys {
            assert!(
                tables.iter().any(|table| table.contains_key(*key)),
                "[{section}] {key}"
            );
        }
    }
}

#[test]
fn every_key_is_read() {
    let in_full = example_in_full();
    let lines: Vec<&str> = in_full.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let date = format!("{key} = 1979-05-27");
        let mut changed = lines.clone();
        changed[index] = &date;
        let Err(ConfigError::Problems { problems, .. }) = parse(&changed.join("\n")) else {
            panic!("a date was taken for {key}");
        };
        let here = problems.iter().any(|problem| problem.line == index + 1);
        assert!(here, "{key}: {problems:?}");
    }
}

#[test]
fn a_config_says_what_the_file_says() {
    let config = parse(&EXAMPLE).unwrap();
    assert_eq!(config.slack.audit_channel, "permissions-audit");
    assert_eq!(config.slack.api_url, "https://slack.com/api");
    assert_eq!(config.requests.pending_for, Duration::from_hours(24));
    assert_eq!(config.policy.digest.len(), 64);
    assert_eq!(config.policy.auditors.len(), 1);
    let line = EXAMPLE.lines().position(|line| line == "[[integrations]]");
    assert_eq!(Some(config.integrations[0].place.line - 1), line);
    let orders = postgres(&config, 0);
    assert_eq!(orders.target.url, SecretRef::Env("ORDERS_DB_URL".to_owned()));
    let names: Vec<&str> = orders
        .target
        .permissions
        .iter()
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(names, ["read", "write"]);
    assert_eq!(orders.target.resources, None);
    let developers = &config.policy.flows[0];
    assert_eq!(developers.max_duration, Duration::from_hours(8));
    assert_eq!(
        developers.approval,
        Approval::OneOf(vec![Who::Group("sre".to_owned())])
    );
    assert_eq!(config.policy.flows[1].approval, Approval::Automatic);
}

#[test]
fn each_kind_writes_its_part_of_the_example_and_of_the_tables_of_promises() {
    for kind in kind::documented() {
        assert!(COPIED.contains(kind.example()), "{}", kind.name());
    }
    for kind in sinks::documented() {
        assert!(COPIED.contains(kind.example()), "{}", kind.name());
    }
    let (brief, full) = (promises::brief_table(), promises::table());
    assert!(README.contains(&brief), "{brief}");
    assert!(GUARANTEES.contains(&full), "{full}");
}
