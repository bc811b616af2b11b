//! `[database]`: where the bot keeps its own state.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::keys;
use crate::document::{Document, Section, Value};
use crate::postgres_url::{self, Whose};
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

/// A `postgres://` URL, or where to read it.
#[derive(Clone, Debug)]
pub enum PostgresUrl {
    Plain(SecretString),
    Secret(SecretRef),
}

impl DatabaseUrl {
    /// Where to read the URL, if it is not in the config itself.
    pub fn secret(&self) -> Option<&SecretRef> {
        match self {
            Self::Postgres(PostgresUrl::Secret(secret)) => Some(secret),
            Self::Postgres(PostgresUrl::Plain(_)) | Self::Sqlite(_) => None,
        }
    }

    /// What to write if the URL leaves this machine and nothing says how the connection is protected.
    pub fn unprotected(&self) -> Option<&'static str> {
        let Self::Postgres(url) = self else {
            return None;
        };
        // A URL that cannot be read or used is reported elsewhere.
        let url = url.read().ok()?;
        postgres_url::check(url.expose_secret(), Whose::Ours)
            .ok()?
            .unprotected()
    }
}

impl PostgresUrl {
    /// The current URL.
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

/// Checks the bot's own URL, and whether the connection is protected; the sentence repeats no part of the URL.
fn judge_own_url(text: &str) -> Option<&'static str> {
    judge(text, Whose::Ours)
}

fn judge(text: &str, whose: Whose) -> Option<&'static str> {
    match postgres_url::check(text, whose) {
        Ok(checked) => checked.unprotected(),
        Err(sentence) => Some(sentence),
    }
}

impl<'a> Document<'a> {
    fn database_url(&self, value: &'a Value<'a>) -> Option<DatabaseUrl> {
        if value.get_ref().is_table() {
            let reference = self.secret(value, judge_own_url)?;
            return Some(DatabaseUrl::Postgres(PostgresUrl::Secret(reference)));
        }
        let text = self.text(value)?;
        let problem = if let Some(rest) = text.strip_prefix("sqlite:") {
            let path = rest.strip_prefix("//").unwrap_or(rest);
            match path {
                "" => "Name a file: sqlite://apono.db.",
                path if path.starts_with(':') => {
                    "An in-memory database forgets live access when the process ends; name a file: sqlite://apono.db."
                }
                path if path.contains(['?', '#']) => {
                    "Remove ? or # and everything after it; apono sets SQLite's options itself."
                }
                path => return Some(DatabaseUrl::Sqlite(self.folder.join(path))),
            }
        } else if text.starts_with("postgres") {
            match postgres_url::check(text, Whose::Ours) {
                Ok(_) => {
                    let url = SecretString::from(text);
                    // The environment matters too, and live access has to end whatever it says.
                    self.look_later(value, url.clone(), judge_own_url);
                    return Some(DatabaseUrl::Postgres(PostgresUrl::Plain(url)));
                }
                Err(problem) => problem,
            }
        } else {
            "Write sqlite://FILE or postgres://..., or { env = \"NAME\" } for a variable that holds a postgres:// URL."
        };
        self.problem(value.span(), problem);
        None
    }
}
