//! The keys of `kind = "postgres"`.

use std::collections::BTreeMap;
use std::net::Ipv6Addr;

use super::{AccountKind, PostgresSettings};
use crate::access::accounts::Accounts;
use crate::access::flows::PersonRef;
use crate::document::{Document, Section, Value, suggestion};
use crate::integrations::reconciled::{self, Reconciled};
use crate::postgres_url::{self, Whose};

pub(super) const KEYS: &[&str] = &[
    "name",
    "kind",
    "url",
    "permissions",
    "resources",
    "account",
    "accounts",
    "replicas",
    "connect_host",
    "connect_port",
    "allow_roles",
    "bounded",
    "reconcile",
    "reconcile_every",
    "retired",
    "sensitive",
];

/// The keys of a permission that is a table.
pub(super) const PERMISSION: &[&str] = &["group", "set_role", "leave_code", "heir"];

/// `account = "..."`, and whether it means people's personal accounts.
const ACCOUNTS: &[(&str, bool)] = &[("ephemeral", false), ("personal", true)];
pub(super) const PLACEHOLDER: &str = "{resource}";
/// PostgreSQL truncates longer names (`NAMEDATALEN` - 1).
pub(super) const LONGEST_ROLE: usize = 63;

/// One PostgreSQL cluster whose databases are the resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresConfig {
    /// The section does not contain `longest`.
    pub target: PostgresSettings,
    /// `account = "personal"` and who has which account; `None` means that each grant creates its own login.
    pub accounts: Option<Accounts>,
    pub reconciled: Reconciled,
}

pub(super) fn read(section: &Section<'_>, name: &str) -> Option<PostgresConfig> {
    let doc = section.doc;
    let url = section.must("url", r#"{ env = "ORDERS_DB_URL" }"#, |v| {
        doc.secret(v, judge_url)
    });
    let permissions = section.must("permissions", r#"{ read = "{resource}_read" }"#, |v| {
        doc.permissions(v, |name, value| doc.group_role(name, value))
    });
    let resources = section.may("resources", |v| {
        doc.full_list(v, "leave the line out to use all databases", |item| {
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
        doc.list(v, |item| doc.secret(item, judge_url))
    });
    let connect_host = section.may("connect_host", |v| doc.host(v));
    let connect_port = section.may("connect_port", |v| doc.number(v, 1..=65_535));
    let allow_roles = section.or("allow_roles", BTreeMap::new(), |v| doc.allowed_powers(v));
    let bounded = section.or("bounded", false, |v| doc.boolean(v));
    let reconciled = reconciled::read(section);
    if let Some(permissions) = &permissions {
        doc.one_group_for_each(section, permissions, resources.as_deref());
        doc.only_group_roles(section, &allow_roles, permissions);
    }
    Some(PostgresConfig {
        target: PostgresSettings {
            name: name.to_owned(),
            url: url?,
            permissions: permissions?,
            resources,
            connect_host,
            connect_port,
            allow_roles,
            account: match &accounts {
                None => AccountKind::Ephemeral,
                Some(accounts) => AccountKind::Personal {
                    roles: accounts.names().map(str::to_owned).collect(),
                },
            },
            replicas,
            bounded,
            longest: None,
        },
        accounts,
        reconciled,
    })
}

/// A sentence if the text is not a target's URL, or leaves this machine unprotected. It repeats no part of the URL.
fn judge_url(text: &str) -> Option<&'static str> {
    match postgres_url::check(text, Whose::Target) {
        Ok(checked) => checked.unprotected(),
        Err(sentence) => Some(sentence),
    }
}

impl<'a> Document<'a> {
    /// Whether people's personal accounts are meant.
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

    /// People and the roles they log in as, in file order; no person and no role twice.
    fn accounts(&self, value: &'a Value<'a>) -> Option<Accounts> {
        let mut entries: Vec<_> = self.table(value)?.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        if entries.is_empty() {
            self.problem(value.span(), "This table has no accounts; add at least one.");
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
                "PostgreSQL truncates role names to 63 bytes; use a shorter name."
            } else if accounts.iter().any(|(_, other)| other == role) {
                "This account already belongs to somebody else; give each person their own."
            } else if accounts.iter().any(|(other, _)| *other == person) {
                "This person already has an account; list only one."
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
            "accounts needs account = \"personal\"; add that, or leave this line out.",
        );
        None
    }

    fn host(&self, value: &'a Value<'a>) -> Option<String> {
        let host = self.text(value)?;
        let is_name = !host.contains(|c: char| c.is_whitespace() || ":/@?#[]".contains(c));
        if !is_name && host.parse::<Ipv6Addr>().is_err() {
            self.problem(
                value.span(),
                "Write only a host's name or address; the port goes in connect_port.",
            );
            return None;
        }
        Some(host.to_owned())
    }
}
