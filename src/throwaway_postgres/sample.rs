//! A database with something in it, the group roles that give access to it, and a role for the bot with no more than it needs.

use secrecy::{ExposeSecret, SecretString};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{ThrowawayPostgres, random_hex};

/// What [`ThrowawayPostgres::create_target`] made.
#[derive(Debug)]
pub struct SampleTarget {
    /// The database; `<database>_read` and `<database>_write` are its group roles.
    pub database: String,
    /// What an integration's `url` is: the bot's role, `<database>_bot`, which is no superuser.
    pub admin_url: SecretString,
}

impl ThrowawayPostgres {
    /// Makes the database `name` with the tables `customers` and `orders`. `name` is letters, digits and `_`.
    pub async fn create_target(&self, name: &str) -> Result<SampleTarget, sqlx::Error> {
        let bot_password = SecretString::from(random_hex()?);
        let url = self.superuser_url("postgres");
        let mut cluster = PgConnection::connect(url.expose_secret()).await?;
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut cluster)
            .await?;
        // From 16 on CREATEROLE alone does not let a role give away groups that it did not make.
        let admin = if version >= 160_000 {
            format!("GRANT {name}_read, {name}_write TO {name}_bot WITH ADMIN OPTION;")
        } else {
            String::new()
        };
        let bot = bot_password.expose_secret();
        let roles = format!(
            "CREATE ROLE {name}_read; CREATE ROLE {name}_write;
             CREATE ROLE {name}_bot LOGIN CREATEROLE PASSWORD '{bot}';
             GRANT pg_signal_backend TO {name}_bot; {admin}"
        );
        sqlx::raw_sql(AssertSqlSafe(roles)).execute(&mut cluster).await?;
        // A database cannot be made inside a transaction, which several statements at once are.
        sqlx::raw_sql(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut cluster)
            .await?;
        cluster.close().await?;

        let url = self.superuser_url(name);
        let mut database = PgConnection::connect(url.expose_secret()).await?;
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
