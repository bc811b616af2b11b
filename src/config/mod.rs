//! config.toml: read once and checked as a whole; after that it is only values.
//!
//! Invariant: [`Config::parse`] looks only at the text, and reports all its problems at once, each with line, column and one
//! sentence that says what to do. Secrets are references here; no `Debug` and no message shows one.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use toml::de::DeTable;

use crate::access::accounts::Accounts;
use crate::access::flows::{Flow, PersonRef, Policy};
use crate::access::people::Allowance;
use crate::document::{Document, Place, Problem, SecretUse, Section, integer};
use crate::integrations::{self, IntegrationConfig};
use crate::sinks::{self, SinkConfig};

mod alerts;
mod audit;
mod beside;
mod database;
mod diff;
mod doubts;
mod flows;
mod for_whom;
mod keys;
mod limits;
mod mail;
mod metrics;
mod modes;
mod offered;
mod oidc;
mod people;
mod requests;
mod roles;
mod slack;
mod web;
mod worded;

pub(crate) use alerts::judge_heartbeat_url;
pub use alerts::{AlertsConfig, HeartbeatUrl};
pub use audit::AuditConfig;
pub use beside::{Beside, beside};
pub use database::{DatabaseConfig, DatabaseUrl, PostgresUrl};
pub use diff::changes;
pub use keys::known_keys;
pub use mail::{MailConfig, ReportsConfig};
pub use metrics::MetricsConfig;
pub use modes::Modes;
pub use oidc::OidcConfig;
pub use requests::RequestsConfig;
pub use slack::SlackConfig;
pub use web::{TlsFiles, WebConfig};

use doubts::Subject;
use roles::Roles;

/// The only version of the file format so far.
const VERSION: i64 = 1;

/// A config file that is valid on its own. Its secrets have not been read yet: see [`Config::check_secrets`].
pub struct Config {
    pub path: PathBuf,
    /// The exact text, except for a heartbeat's address and a `[database] url` that may hold a password. The policy's digest
    /// is made from it.
    pub text: String,
    pub slack: SlackConfig,
    pub database: DatabaseConfig,
    pub requests: RequestsConfig,
    pub limits: Allowance,
    pub audit: AuditConfig,
    pub alerts: AlertsConfig,
    /// `None`: no portal.
    pub web: Option<WebConfig>,
    /// `None`: neither health nor metrics can be read.
    pub metrics: Option<MetricsConfig>,
    /// `None`: no mail is sent.
    pub mail: Option<MailConfig>,
    pub reports: ReportsConfig,
    /// In file order.
    pub integrations: Vec<IntegrationConfig>,
    /// In file order.
    pub sinks: Vec<SinkConfig>,
    /// Without the flows of retired integrations, which no longer match anything.
    pub policy: Policy,
    /// What is allowed but probably a mistake, in file order.
    pub doubts: Vec<Problem>,
    secrets: Vec<SecretUse>,
    people: Vec<(PersonRef, Place)>,
}

/// Leaves out the text, which is long.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("path", &self.path)
            .field("slack", &self.slack)
            .field("database", &self.database)
            .field("requests", &self.requests)
            .field("limits", &self.limits)
            .field("audit", &self.audit)
            .field("alerts", &self.alerts)
            .field("web", &self.web)
            .field("metrics", &self.metrics)
            .field("mail", &self.mail)
            .field("reports", &self.reports)
            .field("integrations", &self.integrations)
            .field("sinks", &self.sinks)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// Why there is no config.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, #[source] io::Error),
    /// Never empty, in file order; each is shown on its own line.
    #[error("{}", lines(.path, .problems))]
    Problems { path: PathBuf, problems: Vec<Problem> },
}

fn lines(path: &Path, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| problem.shown_in(path)).collect();
    lines.join("\n")
}

impl Config {
    /// Reads and checks a file. Problems name it by `path` as given; stored paths are absolute.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let (text, absolute) = read_file(path)?;
        examine(&text, &absolute).map_err(|wrong| ConfigError::Problems {
            path: path.to_owned(),
            problems: wrong.problems,
        })
    }

    /// Like [`Config::load`], but also tries to read every secret that the file refers to, whatever else is wrong with it.
    pub fn check(path: &Path) -> Result<Self, ConfigError> {
        let (text, absolute) = read_file(path)?;
        let (problems, config) = match examine(&text, &absolute) {
            Ok(config) => (config.check_secrets(), Some(config)),
            Err(wrong) => {
                let mut problems = wrong.problems;
                problems.extend(wrong.secrets.iter().filter_map(SecretUse::check));
                problems.sort_by_key(|problem| (problem.line, problem.column));
                (problems, None)
            }
        };
        match config {
            Some(config) if problems.is_empty() => Ok(config),
            Some(_) | None => Err(ConfigError::Problems {
                path: path.to_owned(),
                problems,
            }),
        }
    }

    /// Checks a text as if it were the file at `path`. Reads neither files nor the environment.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        examine(text, path).map_err(|wrong| ConfigError::Problems {
            path: path.to_owned(),
            problems: wrong.problems,
        })
    }

    /// Tries to read every secret that the file refers to; each problem has the position of its reference, in file order.
    pub fn check_secrets(&self) -> Vec<Problem> {
        let mut problems: Vec<Problem> = self.secrets.iter().filter_map(SecretUse::check).collect();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        problems
    }

    /// The channel that gets alarms, as the file names it.
    pub fn alerts_channel(&self) -> &str {
        self.alerts.channel.as_ref().unwrap_or(&self.slack.audit_channel)
    }

    /// Whom alarms mention.
    pub fn mentioned(&self) -> &[PersonRef] {
        if self.alerts.mention.is_empty() {
            &self.policy.admins
        } else {
            &self.alerts.mention
        }
    }

    /// Where the file first names this person.
    pub fn place_of(&self, person: &PersonRef) -> Option<Place> {
        let mut places = self.people.iter();
        places.find(|(named, _)| named == person).map(|(_, place)| *place)
    }

    /// What the file refers to, which [`Config::load`] does not look at, for people.
    pub fn beyond_the_file(&self) -> String {
        // The two tokens of Slack are always among them.
        let number = self.secrets.len();
        format!("{number} secrets and files that this file refers to, and who can read or write them")
    }

    /// What the file sets up, in one line for `apono check`: `2 integrations, 4 flows, 2 groups, 7 people`.
    pub fn summary(&self) -> String {
        let count = |number: usize, one: &str, many: &str| match number {
            1 => format!("1 {one}"),
            number => format!("{number} {many}"),
        };
        [
            count(self.integrations.len(), "integration", "integrations"),
            count(self.policy.flows.len(), "flow", "flows"),
            count(self.policy.groups.len(), "group", "groups"),
            count(self.policy.count_persons(), "person", "people"),
        ]
        .join(", ")
    }
}

/// The text, and its absolute path, which holds whatever the working directory becomes.
fn read_file(path: &Path) -> Result<(String, PathBuf), ConfigError> {
    let unreadable = |e| ConfigError::Unreadable(path.to_owned(), e);
    let absolute = std::path::absolute(path).map_err(unreadable)?;
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    Ok((text, absolute))
}

/// What can be read from a text even if it is not a valid config.
struct Wrong {
    problems: Vec<Problem>,
    secrets: Vec<SecretUse>,
}

fn examine(text: &str, path: &Path) -> Result<Config, Wrong> {
    let doc = Document::new(text, path.parent().unwrap_or(Path::new("")));
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        doc.problem(
            error.span().unwrap_or_default(),
            format!("This is not TOML: {}.", error.message()),
        );
    }
    // Nothing else can be said about a file that does not parse, so a syntax error is reported alone.
    let config = if doc.is_sound() {
        read(&doc, table.get_ref(), path)
    } else {
        None
    };
    let secrets = match config {
        Some(config) if doc.is_sound() => return Ok(config),
        Some(config) => config.secrets,
        None => doc.secrets.take(),
    };
    Err(Wrong {
        problems: doc.problems(),
        secrets,
    })
}

/// Puts the sections together. `None` only if a problem was recorded; `Some` is possible even then.
fn read<'a>(doc: &'a Document<'a>, table: &'a DeTable<'a>, path: &Path) -> Option<Config> {
    if let Some(version) = table.get("version")
        && integer(version) != Some(VERSION)
    {
        // The keys of another version are not known here.
        doc.problem(
            version.span(),
            format!("This version of apono reads files with `version = {VERSION}`."),
        );
        return None;
    }
    let root = Section::open(doc, table, 0..0, "The file", keys::TOP);
    root.must("version", "1", |_| Some(()));
    let slack = slack::read(&root);
    let database = database::read(&root);
    let requests = requests::read(&root);
    let audit = audit::read(&root);
    let alerts = alerts::read(&root);
    let web = web::read(&root);
    let metrics = metrics::read(&root, web.as_ref().map(|web| web.listen));
    let (mail, reports) = mail::read(&root);
    let roles = roles::read(&root);
    let (groups, group_names) = roles::read_groups(&root);
    let people = people::read(&root);
    let limits = limits::read(&root);
    let (integrations, declared) = integrations::config::read(&root);
    let sinks = sinks::config::read(&root);
    let flows = flows::read(&root, &group_names, &declared);
    if doc.is_sound() {
        doubts::look(
            &root,
            &Subject {
                groups: &groups,
                people: &people,
                integrations: &integrations,
                min_duration: requests.min_duration,
                flows: &flows,
                sinks: &sinks,
                replicas: database
                    .as_ref()
                    .is_some_and(|database| matches!(database.url, DatabaseUrl::Postgres(_))),
            },
        );
    }
    let flows = live_flows(flows, &integrations);
    let Roles {
        admins,
        auditors,
        outside_auditors,
    } = roles?;
    let database = database?;
    let accounts = accounts(&integrations);
    let text = without_secrets(doc.text, table, &database, &alerts);
    Some(Config {
        path: path.to_owned(),
        slack: slack?,
        database,
        requests,
        limits,
        audit,
        alerts,
        web,
        metrics,
        mail,
        reports,
        integrations,
        sinks,
        policy: Policy {
            accounts,
            digest: HEXLOWER.encode(&Sha256::digest(&text)),
            admins,
            auditors,
            outside_auditors,
            groups,
            people,
            flows,
        },
        doubts: doc.doubts(),
        secrets: doc.secrets.take(),
        people: doc.people.take(),
        text,
    })
}

/// People's personal accounts on every integration that has some, for the policy.
fn accounts(integrations: &[IntegrationConfig]) -> BTreeMap<String, Accounts> {
    let personal = integrations
        .iter()
        .filter_map(|it| Some((it.name.clone(), it.settings.accounts()?.clone())));
    personal.collect()
}

/// The flows except those of retired integrations, which no longer match anything.
fn live_flows(flows: Vec<(Flow, Range<usize>)>, integrations: &[IntegrationConfig]) -> Vec<Flow> {
    let is_retired = |flow: &Flow| {
        integrations
            .iter()
            .any(|it| it.retired && it.name == flow.integration)
    };
    let flows = flows.into_iter().map(|(flow, _)| flow);
    flows.filter(|flow| !is_retired(flow)).collect()
}

/// The text as it may be stored: without a heartbeat's address, and without a database URL that may hold a password.
fn without_secrets(
    text: &str,
    table: &DeTable<'_>,
    database: &DatabaseConfig,
    alerts: &AlertsConfig,
) -> String {
    let has_password = matches!(database.url, DatabaseUrl::Postgres(PostgresUrl::Plain(_)));
    let has_address = matches!(alerts.heartbeat, Some(HeartbeatUrl::Plain(_)));
    let secrets = [
        (has_password, "database", "url", "\"postgres://...\""),
        (has_address, "alerts", "heartbeat", "\"https://...\""),
    ];
    let mut hidden = Vec::new();
    for (_, section, key, instead) in secrets.into_iter().filter(|(is_there, ..)| *is_there) {
        let place = table
            .get(section)
            .and_then(|section| section.get_ref().get(key))
            .map(toml::Spanned::span);
        match place {
            Some(place) => hidden.push((place, instead)),
            None => return String::new(),
        }
    }
    hidden.sort_by_key(|(place, _)| place.start);
    let mut kept = text.to_owned();
    for (place, instead) in hidden.into_iter().rev() {
        kept.replace_range(place, instead);
    }
    kept
}
