//! Giving access, and correcting what somebody changed.

use super::record::Record;
use super::target::Target;
use crate::access::grant::Granted;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::integrations::{Confirmed, IntegrationError};

/// A grantee who already has a password keeps it.
pub(super) async fn grant(granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
    make(
        granted,
        |found, planned| Record {
            until: until.max(found.until),
            password: found.password.clone(),
            ..planned
        },
        until,
    )
    .await
}

/// If anything was changed, the password is removed too: the person who changed the file may have put in their own.
pub(super) async fn restore(granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
    make(
        granted,
        |found, planned| {
            let same = Record {
                password: found.password.clone(),
                ..planned.clone()
            };
            if *found == same { same } else { planned }
        },
        until,
    )
    .await
}

/// Writes a new file, or what `merged` makes of the existing one and the plan.
async fn make(
    granted: &Granted,
    merged: impl Fn(&Record, Record) -> Record,
    until: Timestamp,
) -> Result<Confirmed, IntegrationError> {
    let target = Target::read(granted)?;
    let folder = target.folder();
    let lock = folder.lock().await?;
    let found = lock.read(&granted.principal)?;
    if found.as_ref().is_some_and(|found| found.locked) {
        let said = format!("{}.json is locked", granted.principal);
        return Err(IntegrationError::refuse(Trouble::Over, said));
    }
    let planned = target.record(until);
    let wanted = match &found {
        None => planned,
        Some(found) => merged(found, planned),
    };
    if found.as_ref() != Some(&wanted) {
        lock.write(&wanted)?;
    }
    Ok(Confirmed {
        granted: granted.clone(),
        target_deadline: Some(wanted.until),
    })
}
