//! People's own words: kept apart from the trail, which holds only a salted hash of them.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::access::ids::TextId;

/// A piece of free text with the salt used for its hash in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub id: TextId,
    /// 32 hex digits from the system's randomness.
    pub salt: String,
    /// `None` once it was blanked.
    pub body: Option<String>,
}

/// How the trail refers to [`Words`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordsRef {
    pub id: TextId,
    /// `SHA-256(salt || text)`, hex.
    pub sha256: String,
}

impl Words {
    pub fn new(id: TextId, salt: [u8; 16], body: String) -> Self {
        Self {
            id,
            salt: HEXLOWER.encode(&salt),
            body: Some(body),
        }
    }

    /// The reference for the trail; `None` if the words were blanked, because committing to them takes the text.
    pub fn reference(&self) -> Option<WordsRef> {
        let body = self.body.as_ref()?;
        let mut hasher = Sha256::new();
        hasher.update(self.salt.as_bytes());
        hasher.update(body.as_bytes());
        Some(WordsRef {
            id: self.id.clone(),
            sha256: HEXLOWER.encode(&hasher.finalize()),
        })
    }
}
