//! `[[integrations]]`: the targets and how they are reached.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;
use std::ops::Range;

use toml::de::DeTable;

use super::database::judge_target_url;
use super::keys;
use super::permissions::PermissionConfig;
use super::reconcile::{self, ReconcileConfig};
use super::ssh::{self, SshConfig};
use crate::access::accounts::Accounts;
use crate::access::flows::PersonRef;
use crate::document::{Document, Place, Section, Value, suggestion};
use crate::secrets::SecretRef;

/// `kind = "..."`, and what it stands for.
const KINDS: &[(&str, Kind)] = &[("postgres", Kind::Postgres), ("ssh", Kind::Ssh)];
/// `account = "..."`, and whether it means people's own.
const ACCOUNTS: &[(&str, bool)] = &[("ephemeral", false), ("personal", true)];
pub(super) const PLACEHOLDER: &str = "{resource}";
/// PostgreSQL cuts longer names (`NAMEDATALEN` - 1).
pub(super) const LONGEST_ROLE: usize = 63;

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

/// One PostgreSQL cluster whose databases are the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConfig {
    /// Of the URL with the bot's own login on the target.
    pub url: SecretRef,
    /// Each permission and what it stands for, in file order; never empty.
    pub permissions: Vec<(String, PermissionConfig)>,
    /// The databases that can be asked for; `None` means those that the target has.
    pub resources: Option<Vec<String>>,
    /// What people connect to, where it is not the host of `url`.
    pub connect_host: Option<String>,
    pub connect_port: Option<u16>,
    /// Powers of group roles that may be given all the same, by group role, each one of [`super::permissions::POWERS`].
    pub allow_roles: BTreeMap<String, Vec<String>>,
    /// `account = "personal"` and whose account is which; `None` means that each grant makes a login of its own.
    pub accounts: Option<Accounts>,
    /// Of the URLs with the bot's own login on each streaming replica.
    pub replicas: Vec<SecretRef>,
    /// The bot's role may only call the functions that `setup-sql --bounded` made.
    pub bounded: bool,
    pub reconcile: ReconcileConfig,
}

#[derive(Clone, Copy)]
enum Kind {
    Postgres,
    Ssh,
}

/// People's own accounts of every integration that has some, for the policy.
pub(super) fn accounts(integrations: &[IntegrationConfig]) -> BTreeMap<String, Accounts> {
    let personal = integrations
        .iter()
        .filter_map(|integration| match &integration.kind {
            IntegrationKind::Postgres(postgres) => {
                Some((integration.name.clone(), postgres.accounts.clone()?))
            }
            IntegrationKind::Ssh(_) => None,
        });
    personal.collect()
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
                Kind::Ssh => ssh::read(&section, &integrations).map(IntegrationKind::Ssh),
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
        doc.secret(v, judge_target_url)
    });
    let permissions = section.must("permissions", r#"{ read = "{resource}_read" }"#, |v| {
        doc.permissions(v, |permission| doc.group_role(permission))
    });
    let resources = section.may("resources", |v| {
        doc.full_list(v, "leave the line out to take all databases", |item| {
            doc.text(item).map(str::to_owned)
        })
    });
    let personal = section.or("account", false, |v| doc.account(v));
    let accounts = if personal {
        section.must("accounts", r#"{ "dana@example.com" = "dana" }"#, |v| {
            doc.accounts(v)
        })
    } else {
        section.may("accounts", |v| doc.no_accounts(v))
    };
    let replicas = section.or("replicas", Vec::new(), |v| {
        doc.list(v, |item| doc.secret(item, judge_target_url))
    });
    let connect_host = section.may("connect_host", |v| doc.host(v));
    let connect_port = section.may("connect_port", |v| doc.number(v, 1..=65_535));
    let allow_roles = section.or("allow_roles", BTreeMap::new(), |v| doc.allowed_powers(v));
    let bounded = section.or("bounded", false, |v| doc.boolean(v));
    let reconcile = reconcile::read(section);
    if let Some(permissions) = &permissions {
        doc.one_group_for_each(section, permissions, resources.as_deref());
        doc.only_group_roles(section, &allow_roles, permissions);
    }
    Some(PostgresConfig {
        url: url?,
        permissions: permissions?,
        resources,
        connect_host,
        connect_port,
        allow_roles,
        accounts,
        replicas,
        bounded,
        reconcile,
    })
}

impl<'a> Document<'a> {
    /// Permissions in file order, each with what it stands for on the target.
    pub(super) fn permissions<T>(
        &self,
        value: &'a Value<'a>,
        read: impl Fn(&'a Value<'a>) -> Option<T>,
    ) -> Option<Vec<(String, T)>> {
        let mut entries: Vec<_> = self.table(value)?.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.problem(
                value.span(),
                "This integration offers no permission; name at least one.",
            );
            return None;
        }
        let read: Vec<Option<(String, T)>> = entries
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

    /// Whether people's own accounts are meant.
    fn account(&self, value: &'a Value<'a>) -> Option<bool> {
        let account = self.text(value)?;
        let personal = ACCOUNTS.iter().find(|(known, _)| *known == account);
        if personal.is_none() {
            let known = ACCOUNTS.iter().map(|(known, _)| *known);
            self.problem(
                value.span(),
                format!("Unknown account {account:?}{}", suggestion(account, known)),
            );
        }
        personal.map(|(_, personal)| *personal)
    }

    /// People and the roles they log in as, in file order; nobody and no role twice.
    fn accounts(&self, value: &'a Value<'a>) -> Option<Accounts> {
        let mut entries: Vec<_> = self.table(value)?.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.problem(value.span(), "This names nobody's account; name at least one.");
            return None;
        }
        let mut complete = true;
        let mut accounts: Vec<(PersonRef, String)> = Vec::new();
        for (key, role) in entries {
            let person = self.person_named(key.get_ref(), key.span());
            let role_span = role.span();
            let (Some(person), Some(role)) = (person, self.text(role)) else {
                complete = false;
                continue;
            };
            let problem = if role.len() > LONGEST_ROLE {
                "PostgreSQL cuts role names at 63 bytes; name a shorter role."
            } else if accounts.iter().any(|(_, other)| other == role) {
                "This account is somebody's already; each person has one of their own."
            } else if accounts.iter().any(|(other, _)| *other == person) {
                "This person has an account already; name one."
            } else {
                accounts.push((person, role.to_owned()));
                continue;
            };
            self.problem(role_span, problem);
            complete = false;
        }
        complete.then(|| Accounts::new(accounts))
    }

    fn no_accounts(&self, value: &'a Value<'a>) -> Option<Accounts> {
        self.problem(
            value.span(),
            "Accounts are for account = \"personal\"; write that too, or leave this line out.",
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
