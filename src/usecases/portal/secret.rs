//! What opens a link or a session: made here, told to one person or one browser, and stored as its hash.

use std::fmt;

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// Random bytes in a secret: nobody guesses one, however often they try.
const BYTES: usize = 20;

/// Characters of a code that nobody confuses with others, in capitals.
const CODE_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// How many characters a code has.
const CODE: usize = 6;

/// Something that opens something. Neither printed nor logged.
#[derive(Clone)]
pub struct Secret(SecretString);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// A new one: 32 letters and digits.
    pub fn fresh() -> Result<Self, StoreError> {
        let text = BASE32_NOPAD.encode(&random::<BYTES>()?).to_ascii_lowercase();
        Ok(Self(text.into()))
    }

    /// A new code of six characters.
    pub(super) fn code() -> Result<Self, StoreError> {
        let text: String = random::<CODE>()?
            .into_iter()
            .map(|byte| char::from(CODE_ALPHABET[usize::from(byte) % CODE_ALPHABET.len()]))
            .collect();
        Ok(Self(text.into()))
    }

    /// What somebody sent, which may be anything.
    pub fn sent(text: &str) -> Self {
        Self(text.into())
    }

    /// A code as people type it: spaces, hyphens and small letters do not matter.
    pub fn typed(text: &str) -> Self {
        let text = text.chars().filter(char::is_ascii_alphanumeric);
        let text: String = text.map(|c| c.to_ascii_uppercase()).take(2 * CODE).collect();
        Self(text.into())
    }

    /// The text, for the one who is told.
    pub fn told(&self) -> &str {
        self.0.expose_secret()
    }

    /// What is stored of it, or derived from it: different for each `purpose`, and no way back.
    pub fn hash(&self, purpose: &str) -> String {
        let mut hasher = Sha256::new();
        hasher.update(b"apono-portal-v1\0");
        hasher.update(purpose.as_bytes());
        hasher.update([0]);
        hasher.update(self.told().as_bytes());
        HEXLOWER.encode(&hasher.finalize())
    }

    /// The same for two that belong together: without the other, neither is found by trying all codes.
    pub(super) fn hash_with(&self, other: &Self, purpose: &str) -> String {
        Self::sent(&format!("{}\0{}", self.told(), other.told())).hash(purpose)
    }
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|_| StoreError::Unavailable("the system's random number generator failed".to_owned()))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(Secret::typed(" k7q-2mx ").told(), "K7Q2MX");
        assert_eq!(Secret::typed(&"a".repeat(1_000)).told().len(), 12);
        let code = Secret::code().unwrap();
        assert_eq!(Secret::typed(code.told()).told(), code.told());
    }

    #[test]
    fn a_secret_is_not_printed_and_its_hashes_differ_by_purpose() {
        let secret = Secret::fresh().unwrap();
        assert_eq!(secret.told().len(), 32);
        assert_eq!(format!("{secret:?}"), "Secret(..)");
        assert_ne!(secret.hash("one"), secret.hash("other"));
    }
}
