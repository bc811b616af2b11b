//! The login that Connect shows, and opening a session with it.

use sqlx::{Connection, PgConnection};

use super::bot::Context;

/// What Connect shows.
#[derive(Clone, Debug)]
pub(crate) struct Login {
    pub(crate) host: String,
    pub(crate) port: String,
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Login {
    /// What the window shows, by label.
    pub(crate) fn read(window: &str) -> Self {
        let field = |label: &str| {
            let line = window
                .lines()
                .find_map(|line| line.strip_prefix(&format!("{label}: ")));
            line.unwrap_or_else(|| panic!("no {label} in {window}"))
                .to_owned()
        };
        Self {
            host: field("Host"),
            port: field("Port"),
            database: field("Database"),
            user: field("User"),
            password: field("Password"),
        }
    }

    pub(crate) async fn open(&self) -> Result<PgConnection, sqlx::Error> {
        let Self {
            host,
            port,
            database,
            user,
            password,
        } = self;
        PgConnection::connect(&format!(
            "postgres://{user}:{password}@{host}:{port}/{database}?sslmode=disable"
        ))
        .await
    }
}

impl Context {
    /// Opens Connect as `who` and returns what the window says, by label.
    pub(crate) async fn connect(&self, who: &str) -> Login {
        let person = self.person(who);
        person.click("Granted", "Connect").await.unwrap();
        let modal = self
            .eventually("credentials are shown", async || {
                person
                    .top_modal()
                    .map(|modal| modal.rendered)
                    .filter(|text| text.contains("Password: "))
            })
            .await;
        person.close_modal().await.unwrap();
        Login::read(&modal)
    }
}
