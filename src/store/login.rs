//! Logging in with a secret that may change while we are running.
//!
//! Invariant: the secret is used only as long as its URL points to the database that was opened.

use std::fmt;
use std::sync::OnceLock;

use parking_lot::Mutex;
use sea_orm::sqlx::postgres::PgConnectOptions;
use secrecy::{ExposeSecret, SecretString};

use super::postgres;
use crate::postgres_url::{self, Whose};
use crate::secrets::{SecretError, SecretRef};

/// How new connections log in.
#[derive(Debug)]
pub(super) struct Login {
    in_force: Mutex<InForce>,
    /// Where to read the URL.
    secret: OnceLock<SecretRef>,
}

struct InForce {
    options: PgConnectOptions,
    url: SecretString,
    changes: u64,
}

/// The driver's options would show the password.
impl fmt::Debug for InForce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("InForce");
        shown.field("changes", &self.changes).finish_non_exhaustive()
    }
}

impl Login {
    /// `options` are what `url` says.
    pub(super) fn new(options: PgConnectOptions, url: SecretString) -> Self {
        let in_force = InForce {
            options,
            url,
            changes: 0,
        };
        Self {
            in_force: Mutex::new(in_force),
            secret: OnceLock::new(),
        }
    }

    /// Does nothing if it was already set.
    pub(super) fn stands_in(&self, secret: SecretRef) {
        // Only once: the location of the secret changes only with a restart.
        let _ = self.secret.set(secret);
    }

    /// The options to connect with, and how often they have changed.
    pub(super) fn in_force(&self) -> (PgConnectOptions, u64) {
        let in_force = self.in_force.lock();
        (in_force.options.clone(), in_force.changes)
    }

    pub(super) fn changes(&self) -> u64 {
        self.in_force.lock().changes
    }

    /// Whether the login has changed since that many changes; reads the secret again to find out.
    pub(super) fn changed(&self, before: u64) -> bool {
        let Some(secret) = self.secret.get() else {
            return false;
        };
        let mut in_force = self.in_force.lock();
        if in_force.changes != before {
            return true;
        }
        match other(secret, &in_force) {
            Ok(None) => false,
            Ok(Some((options, url))) => {
                tracing::info!("the database refused the login; using the new value of {secret}");
                *in_force = InForce {
                    options,
                    url,
                    changes: before + 1,
                };
                true
            }
            Err(why) => {
                tracing::error!(
                    "the database refuses the login, and the new value of {secret} cannot be used: {why}"
                );
                false
            }
        }
    }
}

/// Why a changed secret is not used.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("{0}")]
    Unreadable(#[from] SecretError),
    #[error("{0}")]
    Options(#[from] super::StoreError),
    #[error("it points to another database, which needs a restart")]
    Elsewhere,
    #[error("{0}")]
    Unprotected(String),
}

/// The new value of the secret, if it has changed.
fn other(
    secret: &SecretRef,
    in_force: &InForce,
) -> Result<Option<(PgConnectOptions, SecretString)>, Unusable> {
    let url = secret.read()?;
    if url.expose_secret() == in_force.url.expose_secret() {
        return Ok(None);
    }
    let options = postgres::options(&url)?;
    if place(&options) != place(&in_force.options) {
        return Err(Unusable::Elsewhere);
    }
    match (unprotected(&url), unprotected(&in_force.url)) {
        (Some(sentence), None) => Err(Unusable::Unprotected(postgres_url::behind_a_colon(sentence))),
        (_, _) => Ok(Some((options, url))),
    }
}

fn unprotected(url: &SecretString) -> Option<&'static str> {
    let checked = postgres_url::check(url.expose_secret(), Whose::Ours);
    checked.ok()?.unprotected()
}

fn place(options: &PgConnectOptions) -> impl PartialEq + use<'_> {
    (
        options.get_host(),
        options.get_port(),
        options.get_socket(),
        options.get_database(),
    )
}
