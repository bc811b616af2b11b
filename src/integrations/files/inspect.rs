//! What an installation has in the folder, and what should be there for a grant.

use std::collections::BTreeSet;

use super::folder::Folder;
use super::record::{OURS, Record, gives};
use super::target::Target;
use crate::access::grant::Granted;
use crate::access::ids::InstallId;
use crate::access::reconcile::Held;
use crate::access::time::Timestamp;
use crate::access::usage::Sessions;
use crate::integrations::{IntegrationError, LiveGrant};

/// Files of this installation that were not taken away. Anything in their place that is not one of our files says nothing and
/// gives nothing, and does not hide the others.
pub(super) async fn inspect(
    integration: &str,
    folder: &Folder,
    install: &InstallId,
) -> Result<Vec<LiveGrant>, IntegrationError> {
    let lock = folder.lock().await?;
    let mut found = Vec::new();
    for principal in lock.all()? {
        if !principal.starts_with(&format!("{OURS}{install}_")) {
            continue;
        }
        match lock.read(&principal) {
            Ok(Some(record)) if !record.is_taken_away() => {
                let target = Target {
                    folder: folder.path.clone(),
                    install: record.install.clone(),
                    request: record.request,
                    units: record.units.clone(),
                };
                found.push(live_grant(folder, target.granted(integration), &record));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "this is not read");
                found.push(LiveGrant {
                    place: folder.place(),
                    name: principal,
                    held: nothing(),
                    sessions: Sessions::default(),
                    granted: None,
                });
            }
        }
    }
    Ok(found)
}

/// What [`inspect`] returns for a grant that nobody has changed.
pub(super) fn intact(granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError> {
    let target = Target::read(granted)?;
    Ok(live_grant(
        &target.folder(),
        granted.clone(),
        &target.record(until),
    ))
}

fn live_grant(folder: &Folder, granted: Granted, record: &Record) -> LiveGrant {
    LiveGrant {
        place: folder.place(),
        name: record.principal(),
        granted: Some(granted),
        sessions: Sessions::default(),
        held: Held {
            request: Some(record.request),
            until: Some(record.until),
            open: !record.locked,
            gives: gives(&record.units),
            ..nothing()
        },
    }
}

/// A file has only one end, so there is no second note of it.
fn nothing() -> Held {
    Held {
        request: None,
        until: None,
        noted: None,
        open: false,
        in_session: false,
        gives: BTreeSet::new(),
    }
}
