//! The content of a grant's file.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::ids::{InstallId, RequestNumber};
use crate::access::reconcile::Tie;
use crate::access::time::Timestamp;

/// The prefix of all files that any installation makes for grants.
pub(super) const OURS: &str = "apono_";

/// One grant. Anyone with the password is let in until its end, unless it is locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    pub(super) install: InstallId,
    pub(super) request: RequestNumber,
    pub(super) units: Vec<Unit>,
    /// The end.
    pub(super) until: Timestamp,
    /// SHA-256 of the password, in hex; none if nobody has asked for one yet, or if it was taken away.
    pub(super) password: Option<String>,
    pub(super) locked: bool,
}

/// One permission on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Unit {
    pub(super) resource: String,
    pub(super) letters: String,
}

impl Record {
    /// A file that somebody else locked still has its password.
    pub(super) fn is_taken_away(&self) -> bool {
        self.locked && self.password.is_none()
    }

    pub(super) fn principal(&self) -> String {
        principal(&self.install, self.request)
    }
}

pub(super) fn digest(password: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(password))
}

/// The name of a grant's file; unique for each grant.
pub(super) fn principal(install: &InstallId, request: RequestNumber) -> String {
    format!("{OURS}{install}_ar{}", request.0)
}

/// What the units give, in the form reconciliation compares.
pub(super) fn gives(units: &[Unit]) -> BTreeSet<Tie> {
    let each = units
        .iter()
        .map(|unit| Tie::Power(format!("{} on {}", unit.letters, unit.resource)));
    each.collect()
}
