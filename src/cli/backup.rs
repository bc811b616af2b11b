//! `apono backup FILE`: a consistent copy of the bot's database, also while the bot runs.
//!
//! Invariant: FILE is complete, on the disk, and its trail verifies, or it does not exist. A file that exists is never
//! touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tempfile::Builder;

use crate::audit::chain::Head;
use crate::audit::verify::Misfit;
use crate::config::{Config, DatabaseUrl, PostgresUrl};
use crate::secrets::SecretRef;
use crate::store::{DatabaseTarget, Store, StoreError};

use super::{failed, load};

/// How the name of an unfinished copy begins.
const PARTIAL: &str = ".apono-backup-";

#[derive(Debug, thiserror::Error)]
enum BackupError {
    #[error("{} exists already; nothing was written: choose another name", .0.display())]
    Exists(PathBuf),
    #[error("{} cannot be written: {cause}", .file.display())]
    Disk {
        file: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("the database could not be copied: {0}")]
    Store(#[from] StoreError),
    #[error(
        "the trail in the copy does not verify, so the copy was removed: {0}. Run `apono audit verify` on the database"
    )]
    Trail(#[from] Misfit),
}

pub(super) async fn backup(path: &Path, file: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let database = match &config.database.url {
        DatabaseUrl::Sqlite(database) => database,
        DatabaseUrl::Postgres(url) => {
            let what =
                "the bot's database is on PostgreSQL, which has its own tools; nothing was written. Run";
            return failed(what, &pg_dump(url, file));
        }
    };
    match copy(database, file).await {
        Ok(head) => {
            say!("{}", said(&config, file, head));
            ExitCode::SUCCESS
        }
        Err(error) => failed("backup", &error),
    }
}

/// The command that does the same for a server. It repeats no part of a URL, which holds a password.
fn pg_dump(url: &PostgresUrl, file: &Path) -> String {
    let url = match url {
        PostgresUrl::Secret(SecretRef::File(secret)) => format!("\"$(cat {})\"", secret.display()),
        PostgresUrl::Secret(SecretRef::Env(name)) => format!("\"${name}\""),
        PostgresUrl::Plain(_) => "URL, with the URL of `[database] url`".to_owned(),
    };
    format!("pg_dump --format=custom --file={} {url}", file.display())
}

async fn copy(database: &Path, file: &Path) -> Result<Head, BackupError> {
    let disk = |cause| unwritten(file, cause);
    // It may also come to be while the copy is made; then it is not replaced either.
    if fs::symlink_metadata(file).is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // Only its owner can read it, and it is removed unless it gets its name in the end.
    let partial = Builder::new()
        .prefix(PARTIAL)
        .suffix(".partial")
        .tempfile_in(folder)
        .map_err(disk)?;
    Store::copy_sqlite(database, partial.path()).await?;
    let head = verified(partial.path()).await?;
    partial.as_file().sync_all().map_err(disk)?;
    partial
        .persist_noclobber(file)
        .map_err(|error| unwritten(file, error.error))?;
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(disk)?;
    Ok(head)
}

fn unwritten(file: &Path, cause: io::Error) -> BackupError {
    let file = file.to_owned();
    match cause.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(file),
        _ => BackupError::Disk { file, cause },
    }
}

async fn verified(copy: &Path) -> Result<Head, BackupError> {
    let store = Store::open_for_reading(&DatabaseTarget::Sqlite(copy.to_owned())).await?;
    let head = store.audit_verify().await?;
    store.close().await?;
    Ok(head?)
}

fn said(config: &Config, file: &Path, head: Head) -> String {
    format!(
        "{} is complete: the trail in it is intact, {} events, head {}.\n\
         It is the database only. Keep {}, the files that it names for secrets, and CA keys separately.",
        file.display(),
        head.seq,
        head.hash,
        config.path.display()
    )
}
