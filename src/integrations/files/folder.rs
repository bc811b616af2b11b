//! The folder with the files: read as if anyone could have written there, and changed by one process at a time.
//!
//! Invariant: after a crash each file is either unchanged or completely written.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::CALL_TIMEOUT;
use super::record::{OURS, Record};
use crate::access::target::Trouble;
use crate::failpoint;
use crate::integrations::IntegrationError;

const EXTENSION: &str = ".json";

/// In bytes; no grant of ours comes close to it.
const LONGEST_FILE: u64 = 1 << 20;

/// How long to wait between two tries for a lock that another process has.
const TRY_EVERY: Duration = Duration::from_millis(20);

#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
}

/// The folder while nothing else changes it, neither another call nor another process such as `apono reap`.
pub(super) struct Locked<'a> {
    folder: &'a Folder,
    /// Open file, locked until it is closed.
    held: File,
}

impl Folder {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    pub(super) fn place(&self) -> String {
        format!("files:{}", self.path.display())
    }

    /// Waits its turn, for a limited time. What follows waits only for the disk.
    pub(super) async fn lock(&self) -> Result<Locked<'_>, IntegrationError> {
        let held = File::open(&self.path).map_err(failed("opening the folder"))?;
        let turn = async {
            loop {
                match held.try_lock() {
                    Ok(()) => return Ok(()),
                    Err(TryLockError::WouldBlock) => tokio::time::sleep(TRY_EVERY).await,
                    Err(TryLockError::Error(error)) => return Err(failed("locking the folder")(error)),
                }
            }
        };
        tokio::time::timeout(CALL_TIMEOUT, turn)
            .await
            .unwrap_or_else(|_| {
                let said = "another process holds the folder's lock";
                Err(IntegrationError::retry(Trouble::Busy, said))
            })?;
        Ok(Locked { folder: self, held })
    }
}

impl Locked<'_> {
    /// The content of the file of `principal`; `None` if there is none. Refuses anything that is not a file of that grant.
    pub(super) fn read(&self, principal: &str) -> Result<Option<Record>, IntegrationError> {
        let path = self.path(principal);
        let metadata = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(failed("looking at a file"))?,
        };
        if !metadata.is_file() || metadata.len() > LONGEST_FILE {
            return Err(not_ours(principal));
        }
        let text = fs::read(&path).map_err(failed("reading a file"))?;
        let record: Option<Record> = serde_json::from_slice(&text).ok();
        let record = record.filter(|record| record.principal() == principal);
        record.map(Some).ok_or_else(|| not_ours(principal))
    }

    /// Writes a temporary file next to it and renames that.
    pub(super) fn write(&self, record: &Record) -> Result<(), IntegrationError> {
        let principal = record.principal();
        let beside = self.folder.path.join(format!("{principal}.new"));
        // A file left by a crash, or anybody's link.
        let _ = fs::remove_file(&beside);
        let text = serde_json::to_vec(record).expect("a struct of texts and numbers can be written as JSON");
        let write = || -> io::Result<()> {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&beside, self.path(&principal))?;
            self.held.sync_all()
        };
        write().map_err(failed("writing a file"))?;
        failpoint::passed("target: a file written");
        Ok(())
    }

    pub(super) fn remove(&self, principal: &str) -> Result<(), IntegrationError> {
        let removed = fs::remove_file(self.path(principal)).and_then(|()| self.held.sync_all());
        removed.map_err(failed("removing a file"))?;
        failpoint::passed("target: a file removed");
        Ok(())
    }

    /// The principals of all installations that have something where a file would be, whatever it is, in order.
    pub(super) fn all(&self) -> Result<Vec<String>, IntegrationError> {
        let entries = fs::read_dir(&self.folder.path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let names = entries.map_err(failed("listing the folder"))?;
        let names = names.iter().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let principal = name.strip_suffix(EXTENSION)?;
            principal.starts_with(OURS).then(|| principal.to_owned())
        });
        let mut principals: Vec<String> = names.collect();
        principals.sort();
        Ok(principals)
    }

    fn path(&self, principal: &str) -> PathBuf {
        self.folder.path.join(format!("{principal}{EXTENSION}"))
    }
}

fn failed(doing: &'static str) -> impl Fn(io::Error) -> IntegrationError {
    move |error| {
        let trouble = match error.kind() {
            io::ErrorKind::NotFound => Trouble::Unreachable,
            io::ErrorKind::PermissionDenied => Trouble::Rights,
            _ => Trouble::Odd,
        };
        IntegrationError::retry(trouble, format!("{doing} failed: {error}"))
    }
}

fn not_ours(principal: &str) -> IntegrationError {
    let said = format!("{principal}{EXTENSION} is not a file of that grant");
    IntegrationError::refuse(Trouble::NotOurs, said)
}
