//! What access can be asked for.

use std::collections::BTreeMap;

/// Something on a target that access can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// As people read it, for example `Database`.
    pub resource_type: String,
    /// Stable on its target; for many kinds the name itself.
    pub id: String,
    pub name: String,
    /// Where it stands, for example `host:port/name`.
    pub path: String,
    pub tags: BTreeMap<String, String>,
    /// Names of the permissions that can be asked for on it.
    pub permissions: Vec<String>,
    pub owner: Option<String>,
}
