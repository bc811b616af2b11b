//! Taking access away, by the grant or by the end in the file itself, and removing what is left.

use std::time::SystemTime;

use super::folder::{Folder, Locked};
use super::record::Record;
use super::target::Target;
use crate::access::grant::Granted;
use crate::access::target::Trouble;
use crate::access::time::{Timestamp, micros_of};
use crate::integrations::{Cleaned, IntegrationError, Reap, Reaped, Revoked};

pub(super) async fn revoke(granted: &Granted) -> Result<Revoked, IntegrationError> {
    let folder = Target::read(granted)?.folder();
    let lock = folder.lock().await?;
    let found = lock.read(&granted.principal)?;
    found.map_or_else(|| Ok(ended("no file")), |record| take_away(&lock, record))
}

/// Locks the file and reads that back.
fn take_away(lock: &Locked<'_>, record: Record) -> Result<Revoked, IntegrationError> {
    let principal = record.principal();
    if !record.is_taken_away() {
        lock.write(&Record {
            locked: true,
            password: None,
            ..record
        })?;
    }
    let is_gone = lock.read(&principal)?.is_none_or(|read| read.is_taken_away());
    if !is_gone {
        let said = format!("somebody unlocked {principal}.json again in the meantime");
        return Err(IntegrationError::retry(Trouble::Unfinished, said));
    }
    Ok(ended("file locked, no password"))
}

fn ended(proof: &str) -> Revoked {
    Revoked {
        sessions_ended: 0,
        proof: proof.to_owned(),
        last_look: None,
    }
}

/// Removes a file that was locked, and no other.
pub(super) async fn clean_up(granted: &Granted) -> Result<Cleaned, IntegrationError> {
    let folder = Target::read(granted)?.folder();
    let lock = folder.lock().await?;
    let Some(record) = lock.read(&granted.principal)? else {
        return Ok(Cleaned::nothing());
    };
    if !record.is_taken_away() {
        let said = format!("{}.json is no longer locked", granted.principal);
        return Err(IntegrationError::retry(Trouble::Unfinished, said));
    }
    lock.remove(&granted.principal)?;
    Ok(Cleaned {
        summary: format!("removed {}.json", granted.principal),
        kept: false,
    })
}

/// Takes away everything of any installation that is past the end in its file.
pub(super) async fn reap(folder: &Folder) -> Result<Reap, IntegrationError> {
    let lock = folder.lock().await?;
    let now = now();
    let mut reap = Reap::default();
    for principal in lock.all()? {
        match lock.read(&principal) {
            Ok(Some(record)) if record.until <= now && !record.is_taken_away() => reap.ended.push(Reaped {
                principal,
                request: record.request,
                end: take_away(&lock, record),
            }),
            Ok(_) => {}
            Err(error) => reap.unseen.push(error.to_string()),
        }
    }
    Ok(reap)
}

/// By the target's own clock; for a folder that is this machine's.
#[expect(clippy::disallowed_methods, reason = "uses the target's clock, not the bot's")]
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Timestamp::from_micros(micros_of(since.unwrap_or_default()))
}
