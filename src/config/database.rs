//! `[database]`: where the bot keeps its own state.

use std::path::PathBuf;

use secrecy::SecretString;
use url::Url;

use super::keys;
use super::tree::{Document, Section, Value};
use crate::secrets::{SecretError, SecretRef};

/// The bot's own database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub url: DatabaseUrl,
}

/// Which database it is. No variant shows a password in its `Debug`.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file; relative paths are already resolved against the config file's folder.
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

/// A `postgres://` URL, or where it stands.
#[derive(Clone, Debug)]
pub enum PostgresUrl {
    Plain(SecretString),
    Secret(SecretRef),
}

impl PostgresUrl {
    /// The URL as it is now.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::Plain(url) => Ok(url.clone()),
            Self::Secret(reference) => reference.read(),
        }
    }
}

pub(super) fn read(root: &Section<'_>) -> Option<DatabaseConfig> {
    let section = root.must_section("database", "[database]", keys::DATABASE)?;
    let url = section.must("url", r#""sqlite://apono.db""#, |v| section.doc.database_url(v))?;
    Some(DatabaseConfig { url })
}

/// Judges a PostgreSQL URL; the sentence holds nothing of it, for a part that looks harmless may be the password.
pub(super) fn judge_postgres_url(text: &str) -> Option<&'static str> {
    let fits = |url: &Url| {
        let host = url.host_str().is_some_and(|host| !host.is_empty());
        let socket = url.query_pairs().any(|(key, _)| key == "host");
        // What follows an unencoded # of a password would silently be no part of the URL.
        let whole = url.fragment().is_none();
        matches!(url.scheme(), "postgres" | "postgresql") && (host || socket) && whole
    };
    if Url::parse(text).is_ok_and(|url| fits(&url)) {
        return None;
    }
    Some(
        "A PostgreSQL URL is postgres://user:password@host:port/database, with characters such as @ : / # in the password percent-encoded.",
    )
}

impl<'a> Document<'a> {
    fn database_url(&self, value: &'a Value<'a>) -> Option<DatabaseUrl> {
        if value.get_ref().is_table() {
            let reference = self.secret(value, judge_postgres_url)?;
            return Some(DatabaseUrl::Postgres(PostgresUrl::Secret(reference)));
        }
        let text = self.text(value)?;
        let problem = if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path {
                "" => "Name the file: sqlite://apono.db.",
                path if path.starts_with(':') => {
                    "A database in memory forgets live access with the process; name a file: sqlite://apono.db."
                }
                path if path.contains(['?', '#']) => {
                    "Leave out ? and # and what follows; apono sets SQLite's options itself."
                }
                path => return Some(DatabaseUrl::Sqlite(self.folder.join(path))),
            }
        } else if text.starts_with("postgres") {
            let Some(problem) = judge_postgres_url(text) else {
                let url = PostgresUrl::Plain(SecretString::from(text));
                return Some(DatabaseUrl::Postgres(url));
            };
            problem
        } else {
            "Write sqlite://FILE or postgres://..., or { env = \"NAME\" } that holds the latter."
        };
        self.problem(value.span(), problem);
        None
    }
}
