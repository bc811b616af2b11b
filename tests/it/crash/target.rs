//! The target of a crash round, as anybody sees it who has its admin's rights or what Connect showed.

use std::collections::BTreeSet;

use apono::access::ids::{InstallId, RequestNumber};
use apono::access::time::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use crate::support::bot::Context;
#[cfg(feature = "files")]
use crate::support::files_door;
use crate::support::login::Login;

pub(super) enum Target {
    /// By its admin URL.
    Postgres(SecretString),
    #[cfg(feature = "files")]
    Files(std::path::PathBuf),
}

/// What somebody has open, or opens again and again.
pub(super) enum Session {
    Postgres(PgConnection),
    #[cfg(feature = "files")]
    Files(files_door::Key),
}

impl Target {
    pub(super) fn postgres(ctx: &Context) -> Self {
        Self::Postgres(ctx.target.admin_url.clone())
    }

    /// Integration and resource type.
    pub(super) fn in_the_form(&self) -> [&'static str; 2] {
        match self {
            Self::Postgres(_) => ["orders-db", "Database"],
            #[cfg(feature = "files")]
            Self::Files(_) => ["orders-files", "Thing"],
        }
    }

    /// What the counts at the end add, where it is not the usual one.
    pub(super) fn in_words(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "",
            #[cfg(feature = "files")]
            Self::Files(_) => ", with files as the target",
        }
    }

    /// By what the window of Connect shows.
    pub(super) async fn open(&self, window: &str) -> Session {
        match self {
            Self::Postgres(_) => Session::Postgres(Login::read(window).open().await.unwrap()),
            #[cfg(feature = "files")]
            Self::Files(folder) => Session::Files(files_door::Key::read(folder, window)),
        }
    }

    /// The requests of this install whose logins are open.
    pub(super) async fn open_logins(&self, install: &InstallId) -> BTreeSet<RequestNumber> {
        let names = match self {
            Self::Postgres(url) => open_roles(url, install).await,
            #[cfg(feature = "files")]
            Self::Files(folder) => files_door::unlocked(folder, install),
        };
        names
            .iter()
            .map(|name| {
                let number = name.split('_').nth(2).unwrap().strip_prefix("ar").unwrap();
                RequestNumber(number.parse().unwrap())
            })
            .collect()
    }

    /// How many sessions this install's logins have.
    pub(super) async fn sessions(&self, install: &InstallId) -> i64 {
        match self {
            Self::Postgres(url) => {
                let mut admin = PgConnection::connect(url.expose_secret()).await.unwrap();
                sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename LIKE $1")
                    .bind(ours(install))
                    .fetch_one(&mut admin)
                    .await
                    .unwrap()
            }
            #[cfg(feature = "files")]
            Self::Files(_) => 0,
        }
    }
}

impl Session {
    #[cfg_attr(
        not(feature = "files"),
        expect(unused_variables, reason = "a server has a clock")
    )]
    pub(super) async fn is_answered(&mut self, now: Timestamp) -> bool {
        match self {
            Self::Postgres(session) => sqlx::query("SELECT 1").execute(session).await.is_ok(),
            #[cfg(feature = "files")]
            Self::Files(key) => key.opens(now),
        }
    }
}

async fn open_roles(url: &SecretString, install: &InstallId) -> Vec<String> {
    let mut admin = PgConnection::connect(url.expose_secret()).await.unwrap();
    let names =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolcanlogin AND rolname LIKE $1")
            .bind(ours(install))
            .fetch_all(&mut admin)
            .await
            .unwrap();
    admin.close().await.unwrap();
    names
}

fn ours(install: &InstallId) -> String {
    format!("apono\\_{}\\_ar%", install.as_str())
}
