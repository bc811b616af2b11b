//! The database of a stopped bot, saved and put back.

use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::bot::Context;
use super::postgres_server;

/// The bot's database as it was.
pub(crate) enum Backup {
    Sqlite(Vec<u8>),
    Postgres { database: String },
}

/// Something about the databases of the server that also serves as the bot's.
async fn on_server(sql: String) {
    let url = postgres_server::shared().unwrap().superuser_url("postgres");
    let mut server = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut server)
        .await
        .unwrap();
}

/// The name of the PostgreSQL database that the bot keeps its own things in; `None` if that is SQLite.
pub(crate) fn own_database(ctx: &Context) -> Option<String> {
    let url = std::fs::read_to_string(ctx.folder.path().join("database_url")).ok()?;
    let name = url.rsplit('/').next()?.split('?').next()?;
    Some(name.to_owned())
}

/// Of the stopped bot.
pub(crate) async fn back_up(ctx: &Context) -> Backup {
    let Some(database) = own_database(ctx) else {
        return Backup::Sqlite(std::fs::read(ctx.folder.path().join("apono.db")).unwrap());
    };
    on_server(format!("CREATE DATABASE {database}_backup TEMPLATE {database}")).await;
    Backup::Postgres { database }
}

pub(crate) async fn put_back(ctx: &Context, backup: Backup) {
    match backup {
        Backup::Sqlite(bytes) => {
            let file = ctx.folder.path().join("apono.db");
            for beside in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{beside}", file.display()));
            }
            std::fs::write(file, bytes).unwrap();
        }
        Backup::Postgres { database } => {
            on_server(format!("DROP DATABASE {database}")).await;
            on_server(format!("ALTER DATABASE {database}_backup RENAME TO {database}")).await;
        }
    }
}
