//! A database with some data, the group roles that give access to it, and a role for the bot.
//!
//! Invariant: the bot's role is exactly what the SQL of `apono integrations setup-sql` creates, so everything here runs with
//! the rights that people are told to give.

use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::integrations::postgres::{Bounds, PASSWORD, Permission, TargetSetup};

use super::{ThrowawayPostgres, random_hex};

/// What [`ThrowawayPostgres::create_target`] created.
#[derive(Debug)]
pub struct SampleTarget {
    /// The database; `<database>_read` and `<database>_write` are its group roles.
    pub database: String,
    /// The `url` for an integration. It uses the bot's role, `<database>_bot`, which is not a superuser.
    pub admin_url: SecretString,
}

impl ThrowawayPostgres {
    /// Creates the database `name` with the tables `customers` and `orders`. `name` is letters, digits and `_`.
    pub async fn create_target(&self, name: &str) -> Result<SampleTarget, sqlx::Error> {
        self.create(name, None).await
    }

    /// The same with a bounded role for the bot, which may give access to `accounts` too.
    pub async fn create_bounded_target(
        &self,
        name: &str,
        accounts: &[&str],
        bounds: &Bounds,
    ) -> Result<SampleTarget, sqlx::Error> {
        self.create(name, Some((accounts, bounds))).await
    }

    async fn create(
        &self,
        name: &str,
        bounded: Option<(&[&str], &Bounds)>,
    ) -> Result<SampleTarget, sqlx::Error> {
        let bot_password = SecretString::from(random_hex()?);
        let url = self.superuser_url("postgres");
        let mut cluster = PgConnection::connect(url.expose_secret()).await?;
        // A database cannot be created inside a transaction, and several statements sent at once are one.
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut cluster)
            .await?;
        let groups = format!("CREATE ROLE {name}_read; CREATE ROLE {name}_write");
        sqlx::raw_sql(AssertSqlSafe(groups)).execute(&mut cluster).await?;
        cluster.close().await?;

        let url = self.superuser_url(name);
        let mut database = PgConnection::connect(url.expose_secret()).await?;
        let setup = match bounded {
            None => setup_of(name, &[]).sql(),
            Some((accounts, bounds)) => setup_of(name, accounts).bounded_sql(bounds),
        };
        let setup = setup
            .expect("letters, digits and _ make a name")
            .replace(PASSWORD, &format!("'{}'", bot_password.expose_secret()));
        sqlx::raw_sql(AssertSqlSafe(setup)).execute(&mut database).await?;
        sqlx::raw_sql("RESET ALL").execute(&mut database).await?;
        let content = format!(
            "CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
             CREATE TABLE orders (id int PRIMARY KEY, customer int NOT NULL REFERENCES customers, cents int NOT NULL);
             INSERT INTO customers VALUES (1, 'Hanako'), (2, 'Bruno'), (3, 'Wanjiru');
             INSERT INTO orders VALUES (1, 1, 1250), (2, 3, 9900), (3, 1, 310);
             REVOKE CREATE ON SCHEMA public FROM PUBLIC;
             GRANT USAGE ON SCHEMA public TO {name}_read;
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}_read;
             GRANT USAGE, CREATE ON SCHEMA public TO {name}_write;
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}_write;"
        );
        sqlx::raw_sql(AssertSqlSafe(content))
            .execute(&mut database)
            .await?;
        database.close().await?;
        Ok(SampleTarget {
            database: name.to_owned(),
            admin_url: self.url(&format!("{name}_bot"), &bot_password, name),
        })
    }
}

/// The setup for a config with `permissions = { read = "{resource}_read", write = "{resource}_write" }`.
fn setup_of(name: &str, accounts: &[&str]) -> TargetSetup {
    let permission = |what: &str| Permission::of(what, &format!("{{resource}}_{what}"));
    TargetSetup {
        integration: format!("{name}-db"),
        role: format!("{name}_bot"),
        home: name.to_owned(),
        permissions: vec![permission("read"), permission("write")],
        resources: Some(vec![name.to_owned()]),
        accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
    }
}
