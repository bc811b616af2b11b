//! What people can request access to.

use std::collections::BTreeMap;

/// Something on a target that people can request access to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// As people read it, for example `Database`.
    pub resource_type: String,
    /// Stable on its target; for many kinds it is the name itself.
    pub id: String,
    pub name: String,
    /// Where it is, for example `host:port/name`.
    pub path: String,
    pub tags: BTreeMap<String, String>,
    /// Names of the permissions that can be requested on it.
    pub permissions: Vec<String>,
    pub owner: Option<String>,
}
