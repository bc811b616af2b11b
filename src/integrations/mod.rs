//! The targets that access is given on. Each kind implements [`Integration`], with the abilities it has; callers know nothing
//! about kinds.
//!
//! Invariant: what [`Integration::prepare`] returns is committed before the target is touched. Together with the target's
//! admin credential it is enough to take everything away again, whatever happened in between.

mod asking;
pub(crate) mod config;
mod credentials;
mod error;
#[cfg(feature = "files")]
pub mod files;
mod integration;
pub mod kind;
mod on_target;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod promises;
pub mod reconciled;
pub mod records;
pub mod registry;
#[cfg(feature = "ssh")]
pub mod ssh;

pub use asking::asked;
pub use config::IntegrationConfig;
pub use credentials::{
    AccessDetails, CertifiesKeys, Certify, Credential, KeyRefusal, MakesCredentials, PersonKey,
};
pub use error::IntegrationError;
pub use integration::{
    Confirmed, Connect, Discovers, EarlyRevoke, GrantOrder, Guarantees, Integration, LastLook, Offer,
    OnOffer, OrderUnit, Reach, Revoked,
};
pub use kind::Kind;
pub use on_target::{
    Cleaned, Earlier, KeepsState, LiveGrant, Memberships, Reap, Reaped, memberships_of, state_of,
};

/// The one table of kinds. Adding a kind touches its folder, this file, and Cargo.toml.
pub const KINDS: &[&dyn Kind] = &[
    #[cfg(feature = "postgres")]
    &postgres::PostgresKind,
    #[cfg(feature = "ssh")]
    &ssh::SshKind,
    #[cfg(feature = "files")]
    &files::FilesKind,
];
