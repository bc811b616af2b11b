//! What people log in with, and how they get it.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::access::grant::Granted;
use crate::access::time::Timestamp;

use super::IntegrationError;

/// What a person needs to log in; made when shown and stored nowhere.
#[derive(Debug)]
pub struct AccessDetails {
    /// Lines to read, in order: `("Host", "db.example.com")`.
    pub fields: Vec<(&'static str, SecretString)>,
    /// A block to paste into a shell as it is.
    pub command: SecretString,
    /// Lines to paste instead of the block's last one, for other logins with the same credentials; may be empty.
    pub others: String,
    /// How long the credentials last and what happens to older ones, for people.
    pub note: String,
    /// Whether something in it was made for this display; false if people log in with what they already have.
    pub made: bool,
    /// A credential that stays valid until it expires, whatever happens; `None` if credentials end with the access.
    pub credential: Option<Credential>,
}

/// A credential that nobody can take back, as recorded in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The fingerprint of the key it is for.
    pub key: String,
    pub until: Timestamp,
}

/// Somebody's public key, accepted for certification by the kind that read it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey {
    /// As in a `.pub` file, on one line.
    pub line: String,
    /// The form in which people compare keys.
    pub fingerprint: String,
    /// What its owner called it; may be empty.
    pub comment: String,
}

/// A public key is not secret, but its comment is private to its owner.
impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)
    }
}

/// Why a text cannot be certified as a key: a sentence for its sender that repeats no part of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyRefusal(pub String);

/// A kind that makes the credentials people log in with.
#[async_trait]
pub trait MakesCredentials: Sync {
    /// Makes new credentials; earlier ones stop working.
    async fn make(&self, granted: &Granted) -> Result<AccessDetails, IntegrationError>;
}

/// A key to be certified.
#[derive(Clone, Debug)]
pub struct Certify {
    pub key: PersonKey,
    pub now: Timestamp,
    /// The grant's end; no certificate is valid after it.
    pub until: Timestamp,
}

/// A kind that certifies people's own keys.
#[async_trait]
pub trait CertifiesKeys: Sync {
    /// Reads what somebody pasted, strictly.
    fn read_key(&self, text: &str) -> Result<PersonKey, KeyRefusal>;

    async fn certify(&self, granted: &Granted, order: Certify) -> Result<AccessDetails, IntegrationError>;
}
