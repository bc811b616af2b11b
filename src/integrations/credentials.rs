//! What people log in with, and how they get it.

use std::fmt;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::access::grant::Granted;
use crate::access::time::Timestamp;

use super::IntegrationError;

/// What a person needs to log in; made when shown and kept nowhere.
#[derive(Debug)]
pub struct AccessDetails {
    /// Lines to read, in order: `("Host", "db.example.com")`.
    pub fields: Vec<(&'static str, SecretString)>,
    /// To be saved whole, where one of the fields says.
    pub file: Option<File>,
    /// Lines for the shell.
    pub command: SecretString,
    /// How long the credentials last and what becomes of older ones, for people.
    pub note: String,
    /// Whether something in it was made for this showing; not where people log in with what they have anyway.
    pub made: bool,
    /// What stays good until its own end, whatever happens; `None` where credentials end with the access.
    pub credential: Option<Credential>,
}

/// A file's content.
#[derive(Debug)]
pub struct File(pub SecretString);

/// A credential that nobody can call back, as the trail tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The fingerprint of the key that it is for.
    pub key: String,
    pub until: Timestamp,
}

/// Somebody's public key, good enough to be certified by the kind that read it.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey {
    /// As it stands in a file, in one line.
    pub line: String,
    /// As people compare it.
    pub fingerprint: String,
    /// What its owner called it; may be empty.
    pub comment: String,
}

/// A public key is no secret, but its comment is its owner's.
impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)
    }
}

/// Why a text cannot be certified as a key: a sentence for its sender, which repeats nothing of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyRefusal(pub String);

/// A kind that makes what people log in with.
#[async_trait]
pub trait MakesCredentials: Sync {
    /// Makes new credentials; former ones stop working.
    async fn make(&self, granted: &Granted) -> Result<AccessDetails, IntegrationError>;
}

/// A key to be certified.
#[derive(Clone, Debug)]
pub struct Certify {
    pub key: PersonKey,
    pub now: Timestamp,
    /// The grant's end, after which no certificate is good.
    pub until: Timestamp,
}

/// A kind that certifies people's own keys.
#[async_trait]
pub trait CertifiesKeys: Sync {
    /// Reads what somebody pasted, strictly.
    fn read_key(&self, text: &str) -> Result<PersonKey, KeyRefusal>;

    async fn certify(&self, granted: &Granted, order: Certify) -> Result<AccessDetails, IntegrationError>;
}
