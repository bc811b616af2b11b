//! A new private key for a certificate authority, in a file of its own.
//!
//! Invariant: a crash leaves either no key or a complete one, only its owner can read it, and an existing key is never
//! replaced.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use ssh_key::private::{EcdsaKeypair, Ed25519Keypair};
use ssh_key::rand_core::{self, CryptoRng, RngCore};
use ssh_key::{EcdsaCurve, LineEnding, PrivateKey};

/// Enough for eight tries to draw a number below the curve's order; a try fails about once in four billion.
const RANDOM: usize = 256;

/// The type of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyType {
    Ed25519,
    /// For hosts in FIPS mode, which do not accept Ed25519.
    EcdsaP256,
}

/// Writes a temporary file next to it and links that.
pub(super) fn write_new(path: &Path, key_type: KeyType) -> io::Result<()> {
    let mut key = new_key(key_type)?;
    key.set_comment("apono");
    let text = key.to_openssh(LineEnding::LF).map_err(io::Error::other)?;
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let beside = path.with_extension("new");
    let _ = fs::remove_file(&beside);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    linked
}

fn new_key(key_type: KeyType) -> io::Result<PrivateKey> {
    let mut random = Zeroizing::new([0_u8; RANDOM]);
    getrandom::fill(&mut *random).map_err(io::Error::other)?;
    match key_type {
        KeyType::Ed25519 => {
            let (seed, _) = random
                .split_first_chunk::<32>()
                .ok_or(io::ErrorKind::InvalidData)?;
            Ok(PrivateKey::from(Ed25519Keypair::from_seed(seed)))
        }
        KeyType::EcdsaP256 => {
            let mut drawn = Drawn { random, used: 0 };
            let pair = EcdsaKeypair::random(&mut drawn, EcdsaCurve::NistP256).map_err(io::Error::other)?;
            PrivateKey::new(pair.into(), "").map_err(io::Error::other)
        }
    }
}

/// Random bytes that were read from the operating system beforehand, because the code that uses them cannot handle a failure.
struct Drawn {
    random: Zeroizing<[u8; RANDOM]>,
    used: usize,
}

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, into: &mut [u8]) {
        let end = self.used + into.len();
        let bytes = self.random.get(self.used..end);
        into.copy_from_slice(
            bytes.expect("eight tries are enough for a number below the order: one try fails once in 2^32"),
        );
        self.used = end;
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(into);
        Ok(())
    }
}

impl CryptoRng for Drawn {}
