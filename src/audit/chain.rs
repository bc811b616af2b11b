//! The linear chain: `hash_n = SHA-256("apono-audit-v1\0" || u64be(seq) || hash_{n-1} || u32be(len) || payload)`.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

const DOMAIN: &[u8] = b"apono-audit-v1\0";

/// A link of the chain: 32 bytes, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The hash before the first event.
    pub const ZERO: Self = Self([0; 32]);

    /// The first 12 hex digits, as messages show them.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not 64 lower-case hex digits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash of the chain")]
pub struct NotAHash;

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

/// The end of the chain: the last event and its hash. A head commits to everything before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub seq: u64,
    pub hash: Hash,
}

impl Head {
    /// Before the first event.
    pub const EMPTY: Self = Self {
        seq: 0,
        hash: Hash::ZERO,
    };

    /// The head after one more event with exactly these bytes.
    #[must_use]
    pub fn after(self, payload: &[u8]) -> Self {
        let seq = self.seq + 1;
        let length = u32::try_from(payload.len()).expect("a payload is far below 4 GiB");
        let mut hasher = Sha256::new();
        hasher.update(DOMAIN);
        hasher.update(seq.to_be_bytes());
        hasher.update(self.hash.0);
        hasher.update(length.to_be_bytes());
        hasher.update(payload);
        Self {
            seq,
            hash: Hash(hasher.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_fixed() {
        let first = Head::EMPTY.after(b"{}");
        insta::assert_snapshot!(first.hash, @"a019720f1c69b4b922e187d2e3df8501bd6334fcac2d7233205da7ee2f744c59");
        let second = first.after(b"{}");
        assert_eq!(second.seq, 2);
        assert_ne!(first.hash, second.hash);
        assert_eq!(first.hash.to_string().parse(), Ok(first.hash));
    }
}
