//! What `apono check --online` says about the bot's own database. It only reads, and a bot may be running on the database.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sea_orm::{ConnectionTrait, Statement, TryGetable};
use secrecy::SecretString;

use crate::findings::Finding;

use super::connect::{self, Purpose};
use super::error::StoreError;
use super::pool::Pool;
use super::{DatabaseTarget, Store, postgres};

/// Bits of a file's mode that give access to anyone but its owner.
const OTHERS: u32 = 0o077;

impl Store {
    /// Checks a database without opening it for a bot, whatever its schema is.
    pub async fn check(target: &DatabaseTarget) -> Vec<Finding> {
        let looked = match target {
            DatabaseTarget::Sqlite(path) => of_sqlite(path).await,
            DatabaseTarget::Postgres(url) => of_postgres(url).await,
        };
        looked.unwrap_or_else(|error| {
            vec![Finding::problem(
                format!("the database cannot be used: {error}"),
                "check that `[database] url` is right and can be reached from this machine as this user",
            )]
        })
    }
}

async fn of_sqlite(path: &Path) -> Result<Vec<Finding>, StoreError> {
    let shown = path.display();
    if !path.exists() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        return Ok(vec![match folder.filter(|folder| !folder.is_dir()) {
            None => Finding::ok(format!("{shown} does not exist yet; `apono run` creates it")),
            Some(folder) => Finding::problem(
                format!("the folder {} does not exist", folder.display()),
                "create it, or correct `[database] url`",
            ),
        }]);
    }
    let mut findings = Vec::new();
    if let Err(error) = File::options().write(true).open(path) {
        findings.push(Finding::problem(
            format!("{shown} cannot be written to: {error}"),
            "make the bot's user the owner of the file and its folder",
        ));
    }
    let mode = fs::metadata(path).map_or(0, |file| file.permissions().mode());
    if mode & OTHERS != 0 {
        findings.push(Finding::warning(
            format!("{shown} is accessible to other users of this machine"),
            format!("chmod 600 {shown}"),
        ));
    }
    let db = connect::sqlite(path, Purpose::Read).await?;
    let version: String = one(&db, "SELECT sqlite_version()").await?;
    findings.insert(0, Finding::ok(format!("opened {shown} with SQLite {version}")));
    let journal: String = one(&db, "PRAGMA journal_mode").await?;
    if journal != "wal" {
        findings.push(Finding::warning(
            format!("the journal mode is {journal}, not wal, so readers block the bot"),
            "`apono run` sets it; keep the file on a local disk",
        ));
    }
    findings.push(schema(&db).await?);
    db.close().await?;
    Ok(findings)
}

async fn of_postgres(url: &SecretString) -> Result<Vec<Finding>, StoreError> {
    let db = postgres::open(url, Purpose::Read).await?;
    let version: String = one(&db, "SELECT current_setting('server_version')").await?;
    let mut findings = vec![Finding::ok(format!("connected to PostgreSQL {version}"))];
    if one(&db, "SELECT pg_is_in_recovery()").await? {
        findings.push(Finding::problem(
            "the server is a standby, which cannot be written to",
            "use the primary in `[database] url`",
        ));
    }
    for (setting, lost) in [
        ("fsync", "a crash of the machine can lose committed data"),
        (
            "full_page_writes",
            "a crash of the machine can damage the database",
        ),
    ] {
        let is_off: bool = one(&db, &format!("SELECT current_setting('{setting}') = 'off'")).await?;
        if is_off {
            findings.push(Finding::warning(
                format!("{setting} is off: {lost}"),
                format!("ALTER SYSTEM SET {setting} = on"),
            ));
        }
    }
    if one(&db, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user").await? {
        findings.push(Finding::warning(
            "the bot's user is a superuser on this server; it only needs to own its database",
            "create a role and a database for the bot",
        ));
    }
    let writes = "SELECT CASE
        WHEN to_regclass('audit_event') IS NULL THEN has_schema_privilege(current_schema(), 'CREATE')
        ELSE has_table_privilege('audit_event', 'INSERT') AND has_table_privilege('request', 'UPDATE') END";
    if !one(&db, writes).await? {
        findings.push(Finding::problem(
            "the bot's user may not write there",
            "make the bot's user the owner of the database",
        ));
    }
    findings.push(schema(&db).await?);
    db.close().await?;
    Ok(findings)
}

async fn schema(db: &Pool) -> Result<Finding, StoreError> {
    let difference = db.within(apono_migrations::difference(&db.bare())).await?;
    Ok(if !difference.unknown.is_empty() {
        Finding::problem(
            format!(
                "a newer version of apono migrated it ({})",
                difference.unknown.join(", ")
            ),
            "run that version",
        )
    } else if difference.missing.is_empty() {
        Finding::ok("its schema is up to date")
    } else {
        Finding::ok(format!(
            "its schema is older: `apono run` will apply {}",
            difference.missing.join(", ")
        ))
    })
}

async fn one<T: TryGetable>(db: &Pool, sql: &str) -> Result<T, StoreError> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::not_found("row for", sql))?;
    Ok(row.try_get_by_index(0)?)
}
