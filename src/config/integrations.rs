//! `[[integrations]]`: the targets and how they are reached.

use std::net::Ipv6Addr;
use std::ops::Range;

use toml::de::DeTable;

use super::closest::suggestion;
use super::database::judge_postgres_url;
use super::ssh::{self, SshConfig};
use super::tree::{Document, Section, Value};
use super::{Place, keys};
use crate::secrets::SecretRef;

/// `kind = "..."`, and what it stands for.
const KINDS: &[(&str, Kind)] = &[("postgres", Kind::Postgres), ("ssh", Kind::Ssh)];
const PLACEHOLDER: &str = "{resource}";
/// PostgreSQL cuts longer names (`NAMEDATALEN` - 1).
const LONGEST_ROLE: usize = 63;

/// A configured target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntegrationConfig {
    /// Unique, also when capitals do not count.
    pub name: String,
    /// Where its `[[integrations]]` stands.
    pub place: Place,
    /// Nothing is granted on it any more; what is live on it ends on time.
    pub retired: bool,
    pub kind: IntegrationKind,
}

/// What the target is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntegrationKind {
    Postgres(PostgresConfig),
    Ssh(SshConfig),
}

/// One PostgreSQL cluster whose databases are the resources; each grant makes a login of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConfig {
    /// Of the URL with the bot's own login on the target.
    pub url: SecretRef,
    /// Permission and template of its group role, in file order; never empty. `{resource}` stands for the database.
    pub permissions: Vec<(String, String)>,
    /// The databases that can be asked for; `None` means those that the target has.
    pub resources: Option<Vec<String>>,
    /// What people connect to, where it is not the host of `url`.
    pub connect_host: Option<String>,
    pub connect_port: Option<u16>,
    /// Group roles with powers of their own that may be given all the same.
    pub allow_roles: Vec<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Postgres,
    Ssh,
}

/// What flows may refer to, also of an integration that could not be read.
pub(super) struct Declared<'a> {
    pub(super) name: &'a str,
    /// `None` if there is no telling.
    pub(super) permissions: Option<Vec<&'a str>>,
}

/// The integrations that could be read, and what all of them declare.
pub(super) fn read<'a>(root: &Section<'a>) -> (Vec<IntegrationConfig>, Vec<Declared<'a>>) {
    let doc = root.doc;
    let mut integrations = Vec::new();
    let mut declared: Vec<Declared<'a>> = Vec::new();
    for (table, span) in root.tables("integrations") {
        let found = read_kind(doc, table, span.clone()).and_then(|kind| {
            let keys = match kind {
                Kind::Postgres => keys::POSTGRES,
                Kind::Ssh => keys::SSH,
            };
            let section = Section::open(doc, table, span, "This integration", keys);
            let name = read_name(&section, &declared);
            let retired = section.or("retired", false, |v| doc.boolean(v));
            let kind = match kind {
                Kind::Postgres => read_postgres(&section).map(IntegrationKind::Postgres),
                Kind::Ssh => ssh::read(&section).map(IntegrationKind::Ssh),
            };
            name.zip(kind).map(|(name, kind)| IntegrationConfig {
                name,
                place: doc.place(section.span),
                retired,
                kind,
            })
        });
        if let Some(name) = table.get("name").and_then(|name| name.get_ref().as_str()) {
            let permissions = table
                .get("permissions")
                .and_then(|permissions| permissions.get_ref().as_table())
                .map(|permissions| permissions.keys().map(|key| &**key.get_ref()).collect());
            declared.push(Declared { name, permissions });
        }
        integrations.extend(found);
    }
    (integrations, declared)
}

/// The kind comes first because it decides which keys there are.
fn read_kind<'a>(doc: &Document<'a>, table: &'a DeTable<'a>, span: Range<usize>) -> Option<Kind> {
    let Some(value) = table.get("kind") else {
        doc.problem(
            span,
            "This integration needs a line such as `kind = \"postgres\"`.",
        );
        return None;
    };
    let name = doc.text(value)?;
    let kind = KINDS.iter().find(|(known, _)| *known == name);
    if kind.is_none() {
        let known = KINDS.iter().map(|(known, _)| *known);
        doc.problem(
            value.span(),
            format!("Unknown kind {name:?}{}", suggestion(name, known)),
        );
    }
    kind.map(|(_, kind)| *kind)
}

fn read_name(section: &Section<'_>, earlier: &[Declared<'_>]) -> Option<String> {
    section.must("name", "\"orders-db\"", |v| {
        let name = section.doc.name(v)?;
        if earlier.iter().any(|it| it.name.eq_ignore_ascii_case(name)) {
            section.doc.problem(
                v.span(),
                format!("There is an integration {name:?} already; rename one."),
            );
        }
        Some(name.to_owned())
    })
}

fn read_postgres(section: &Section<'_>) -> Option<PostgresConfig> {
    let doc = section.doc;
    let url = section.must("url", r#"{ env = "ORDERS_DB_URL" }"#, |v| {
        doc.secret(v, judge_postgres_url)
    });
    let permissions = section.must("permissions", r#"{ read = "{resource}_read" }"#, |v| {
        doc.permissions(v, |template| doc.role_template(template))
    });
    let resources = section.may("resources", |v| {
        doc.full_list(v, "leave the line out to take all databases", |item| {
            doc.text(item).map(str::to_owned)
        })
    });
    section.may("account", |v| doc.account(v));
    let connect_host = section.may("connect_host", |v| doc.host(v));
    let connect_port = section.may("connect_port", |v| doc.number(v, 1..=65_535));
    let allow_roles = section.or("allow_roles", Vec::new(), |v| {
        doc.list(v, |item| doc.text(item).map(str::to_owned))
    });
    Some(PostgresConfig {
        url: url?,
        permissions: permissions?,
        resources,
        connect_host,
        connect_port,
        allow_roles,
    })
}

impl<'a> Document<'a> {
    /// Permissions in file order, each with what it stands for on the target.
    pub(super) fn permissions(
        &self,
        value: &'a Value<'a>,
        read: impl Fn(&'a Value<'a>) -> Option<String>,
    ) -> Option<Vec<(String, String)>> {
        let mut entries: Vec<_> = self.table(value)?.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.problem(
                value.span(),
                "This integration offers no permission; name at least one.",
            );
            return None;
        }
        let read: Vec<Option<(String, String)>> = entries
            .into_iter()
            .map(|(key, template)| {
                let name = &**key.get_ref();
                let sound = self.check_name(name, key.span());
                let stands_for = read(template)?;
                sound.then(|| (name.to_owned(), stands_for))
            })
            .collect();
        read.into_iter().collect()
    }

    fn role_template(&self, value: &'a Value<'a>) -> Option<String> {
        let template = self.text(value)?;
        let fixed = template.replace(PLACEHOLDER, "");
        let problem = if fixed.contains(['{', '}']) {
            "The only placeholder of a group role's name is {resource}."
        } else if fixed.len() > LONGEST_ROLE {
            "PostgreSQL cuts role names at 63 bytes; name a shorter role."
        } else {
            return Some(template.to_owned());
        };
        self.problem(value.span(), problem);
        None
    }

    fn account(&self, value: &'a Value<'a>) -> Option<()> {
        let account = self.text(value)?;
        if account == "ephemeral" {
            return Some(());
        }
        self.problem(
            value.span(),
            format!("Unknown account {account:?}; write \"ephemeral\", or leave the line out."),
        );
        None
    }

    fn host(&self, value: &'a Value<'a>) -> Option<String> {
        let host = self.text(value)?;
        let is_name = !host.contains(|c: char| c.is_whitespace() || ":/@?#[]".contains(c));
        if !is_name && host.parse::<Ipv6Addr>().is_err() {
            self.problem(
                value.span(),
                "Write a host's name or address only; connect_port holds the port.",
            );
            return None;
        }
        Some(host.to_owned())
    }
}
