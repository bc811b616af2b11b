//! The SQL that creates the group roles of a target's databases, with what the names of the permissions say and nothing more.
//!
//! Invariant: no group role gets more than the word of any permission that uses it. It is one transaction, and can be run
//! again.

use super::super::IntegrationError;
use super::discover::MAINTENANCE_DATABASE;
use super::names::OF_A_GRANT;
use super::setup_sql::{QUOTE, literal, literals, must_be_one_line, must_fit};
use super::target::{RESOURCE_PLACE, group_of};
use super::{Permission, PostgresSettings};

/// With `{{names}}` where something goes in.
const SQL: &str = include_str!("group_roles.sql");

/// What the name of a permission says about rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// Nothing that could be known here.
    Unknown,
    Read,
    Write,
    Admin,
}

impl Word {
    /// From the narrowest; a group role that several permissions use gets the rights of the first of theirs.
    const ALL: [Self; 4] = [Self::Unknown, Self::Read, Self::Write, Self::Admin];

    fn of(permission: &str) -> Self {
        let word = permission.to_lowercase().replace(['-', '_', '.'], "");
        match word.as_str() {
            "read" | "reads" | "reader" | "readonly" | "ro" | "select" | "view" | "viewer" => Self::Read,
            "write" | "writes" | "writer" | "readwrite" | "rw" | "edit" | "editor" => Self::Write,
            "admin" | "administrator" => Self::Admin,
            _ => Self::Unknown,
        }
    }

    /// Rights on tables, sequences and schemas. ALL would include TRIGGER and REFERENCES, which apono refuses.
    const fn rights(self) -> (Option<&'static str>, Option<&'static str>, &'static str) {
        match self {
            Self::Unknown => (None, None, "USAGE"),
            Self::Read => (Some("SELECT"), Some("SELECT"), "USAGE"),
            Self::Write => (
                Some("SELECT, INSERT, UPDATE, DELETE"),
                Some("USAGE, SELECT"),
                "USAGE",
            ),
            Self::Admin => (
                Some("SELECT, INSERT, UPDATE, DELETE, TRUNCATE"),
                Some("USAGE, SELECT, UPDATE"),
                "USAGE, CREATE",
            ),
        }
    }
}

/// The SQL. Refused if a name is not possible on a PostgreSQL server. It needs no secret.
pub(super) fn sql(settings: &PostgresSettings) -> Result<String, IntegrationError> {
    let (integration, permissions) = (&settings.name, &settings.permissions);
    let listed = settings.resources.as_deref();
    let groups = permissions.iter().flat_map(|permission| {
        let databases = listed.unwrap_or_default().iter();
        databases.map(|database| group_of(&permission.group, database))
    });
    let groups: Vec<String> = groups.collect();
    let templates = permissions.iter().map(|permission| &permission.group);
    must_fit(
        groups.iter().chain(listed.unwrap_or_default()),
        templates.chain([integration]),
    )?;
    for name in listed.unwrap_or_default() {
        must_be_one_line(name)?;
    }
    let chosen: Vec<String> = permissions
        .iter()
        .map(|permission| told(&permission.name))
        .collect();
    let (is_meant, where_to_run) = match listed {
        Some(databases) => {
            let names = literals(databases);
            (
                format!("current_database() IN ({names})"),
                format!("in each of these databases: {}", databases.join(", ")),
            )
        }
        None => (
            format!(
                "current_database() NOT IN ('template0', 'template1', {})",
                literal(MAINTENANCE_DATABASE)
            ),
            "in each database that can be requested".to_owned(),
        ),
    };
    Ok(filled_in(&[
        ("quote", QUOTE),
        ("of_a_grant", &literal(OF_A_GRANT)),
        ("place", &literal(RESOURCE_PLACE)),
        ("integration", integration),
        ("chosen", &chosen.join("\n")),
        ("is_meant", &is_meant),
        ("where_to_run", &where_to_run),
        ("rows", &rows(permissions).join(",\n            ")),
    ]))
}

/// The SQL with these values in their places. Nothing is looked for in the values, which people wrote.
fn filled_in(values: &[(&str, &str)]) -> String {
    let mut parts = SQL.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or(("", part));
        let value = values.iter().find(|(place, _)| *place == name);
        text.push_str(value.map_or("", |(_, value)| value));
        text.push_str(rest);
    }
    text
}

/// The group role of each permission, with its rights and how few they are.
fn rows(permissions: &[Permission]) -> Vec<String> {
    let row = |permission: &Permission| {
        let word = Word::of(&permission.name);
        let level = Word::ALL.iter().position(|other| *other == word);
        let (tables, sequences, schemas) = word.rights();
        let text = |rights: Option<&str>| rights.map_or_else(|| "NULL".to_owned(), literal);
        format!(
            "({}, {}, {}, {}, {})",
            literal(&permission.group),
            level.unwrap_or_default(),
            text(tables),
            text(sequences),
            literal(schemas)
        )
    };
    permissions.iter().map(row).collect()
}

/// A line of the comment.
fn told(permission: &str) -> String {
    match Word::of(permission).rights() {
        (Some(tables), Some(sequences), schemas) => {
            format!("--     {permission}: {tables} on tables; {sequences} on sequences; {schemas} on schemas")
        }
        _ => format!(
            "--     {permission}: only USAGE on schemas, because that name does not say what it lets people do: add the GRANTs yourself"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_known_gets_nothing_on_tables() {
        for (names, word) in [
            (&["read", "Read-Only", "ro", "viewer"][..], Word::Read),
            (&["write", "read_write", "RW"], Word::Write),
            (&["admin"], Word::Admin),
            (
                &["support", "no-write", "reading room", "all", "owner", "superuser"],
                Word::Unknown,
            ),
        ] {
            for name in names {
                assert_eq!(Word::of(name), word, "{name}");
            }
        }
    }
}
