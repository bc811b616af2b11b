//! The public key that somebody hands in, read strictly: what it refuses, it refuses with what to do instead.
//!
//! Invariant: nothing of a text that is refused is repeated, because it may be a private key.

use std::fmt;

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

/// RSA keys below this fall short of 128 bits of security (NIST SP 800-57 part 1, table 2).
const LEAST_RSA_BITS: usize = 3072;

/// A comment is shown to its owner alone, in one line.
const LONGEST_COMMENT: usize = 60;

/// Somebody's public key, good enough to be certified.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonKey {
    key: PublicKey,
    fingerprint: String,
}

/// Why a text is no key that can be certified; said to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    #[error("Paste your public key: the one line of a file such as ~/.ssh/id_ed25519.pub.")]
    Nothing,
    #[error(
        "This is a PRIVATE key. It was not stored, but it went through Slack, so it is no secret any more: make a new one with ssh-keygen -t ed25519, and paste the line of the file that ends with .pub."
    )]
    Private,
    #[error(
        "This is a certificate. Paste the public key it was made for, from the file that ends with .pub."
    )]
    Certificate,
    #[error("These are several keys. Paste one.")]
    Several,
    #[error("This key is in another format. OpenSSH's own is printed by: ssh-keygen -i -f FILE")]
    OtherFormat,
    #[error("This is no complete public key. Paste the whole line of a file such as ~/.ssh/id_ed25519.pub.")]
    Broken,
    #[error("DSA keys are too weak, and servers no longer take them. Make a new one: ssh-keygen -t ed25519")]
    Dsa,
    #[error(
        "This RSA key has fewer than {LEAST_RSA_BITS} bits, which is no longer strong enough. Make a new one: ssh-keygen -t ed25519"
    )]
    ShortRsa,
    #[error("Keys of this kind are not known here. Make one of another: ssh-keygen -t ed25519")]
    UnknownKind,
}

impl PersonKey {
    /// Reads the one line of a `.pub` file; a line break at a place where a client wrapped it does not matter.
    pub fn read(text: &str) -> Result<Self, KeyRefusal> {
        let text = text.trim();
        if text.contains("PRIVATE KEY") || text.contains("PuTTY-User-Key-File") {
            return Err(KeyRefusal::Private);
        }
        if text.is_empty() {
            return Err(KeyRefusal::Nothing);
        }
        if text.contains("-----BEGIN") || text.contains("---- BEGIN") {
            return Err(KeyRefusal::OtherFormat);
        }
        if text.contains("-cert-v01@openssh.com") {
            return Err(KeyRefusal::Certificate);
        }
        let lines: Vec<&str> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .collect();
        if lines.iter().filter(|line| begins_a_key(line)).count() > 1 {
            return Err(KeyRefusal::Several);
        }
        let line = lines.concat();
        let key = PublicKey::from_openssh(&line).map_err(|_| KeyRefusal::Broken)?;
        judge(key.key_data())?;
        Ok(Self::of(key))
    }

    /// Reads back what [`Self::line`] wrote.
    pub fn recall(line: &str) -> Option<Self> {
        Self::read(line).ok()
    }

    fn of(mut key: PublicKey) -> Self {
        let comment: String = key.comment().chars().filter(|c| !c.is_control()).collect();
        key.set_comment(comment.chars().take(LONGEST_COMMENT).collect::<String>());
        Self {
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            key,
        }
    }

    /// `SHA256:...`, as `ssh-keygen -l` prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// What its owner called it; may be empty.
    pub fn comment(&self) -> &str {
        self.key.comment()
    }

    /// As it stands in a `.pub` file.
    pub fn line(&self) -> String {
        self.key.to_openssh().expect("a key that was read can be written")
    }

    /// The file that `ssh-keygen` puts a private key of this kind into, for the line that people copy.
    pub(crate) fn usual_file(&self) -> &'static str {
        match self.key.key_data() {
            KeyData::Rsa(_) => "id_rsa",
            KeyData::Ecdsa(_) => "id_ecdsa",
            KeyData::SkEcdsaSha2NistP256(_) => "id_ecdsa_sk",
            KeyData::SkEd25519(_) => "id_ed25519_sk",
            // Everything else was refused by `judge`, and the enum is not ours.
            _ => "id_ed25519",
        }
    }

    pub(crate) fn data(&self) -> &KeyData {
        self.key.key_data()
    }
}

/// A public key is no secret, but its comment is its owner's.
impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)
    }
}

fn begins_a_key(line: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| line.starts_with(kind))
}

fn judge(key: &KeyData) -> Result<(), KeyRefusal> {
    match key {
        KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) | KeyData::Ecdsa(_) => {
            Ok(())
        }
        KeyData::Rsa(rsa) => {
            let modulus = rsa.n.as_positive_bytes().ok_or(KeyRefusal::Broken)?;
            let exponent = rsa.e.as_positive_bytes().ok_or(KeyRefusal::Broken)?;
            let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
            // An even modulus or exponent, and the exponent 1, belong to no RSA key.
            if !odd(modulus) || !odd(exponent) || exponent == [1] {
                return Err(KeyRefusal::Broken);
            }
            if bits(modulus) < LEAST_RSA_BITS {
                return Err(KeyRefusal::ShortRsa);
            }
            Ok(())
        }
        KeyData::Dsa(_) => Err(KeyRefusal::Dsa),
        // The enum is not ours and grows.
        _ => Err(KeyRefusal::UnknownKind),
    }
}

fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ssh_key::private::Ed25519Keypair;
    use ssh_key::public::RsaPublicKey;
    use ssh_key::{LineEnding, Mpint, PrivateKey};

    const GOOD: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti dana@laptop";

    fn rsa(bits: usize, exponent: &[u8]) -> String {
        let mut modulus = vec![0xff; bits / 8];
        modulus[0] = 0x80;
        let key = RsaPublicKey {
            e: Mpint::from_positive_bytes(exponent).unwrap(),
            n: Mpint::from_positive_bytes(&modulus).unwrap(),
        };
        PublicKey::from(KeyData::Rsa(key)).to_openssh().unwrap()
    }

    #[test]
    fn a_public_key_is_known_by_its_fingerprint_and_comment() {
        let key = PersonKey::read(GOOD).unwrap();
        insta::assert_snapshot!(key.fingerprint(), @"SHA256:UCUiLr7Pjs9wFFJMDByLgc3NrtdU344OgUM45wZPcIQ");
        assert_eq!(key.comment(), "dana@laptop");
        assert_eq!(key.line(), GOOD);
        assert_eq!(PersonKey::recall(&key.line()), Some(key));
    }

    #[test]
    fn a_line_that_was_wrapped_is_still_one_key() {
        let (head, tail) = GOOD.split_at(40);
        let key = PersonKey::read(&format!("\n  {head}\n{tail}\n")).unwrap();
        assert_eq!(key, PersonKey::read(GOOD).unwrap());
    }

    #[test]
    fn a_private_key_is_refused_whatever_stands_around_it() {
        let private = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
        let pem = private.to_openssh(LineEnding::LF).unwrap();
        for text in [
            pem.as_str(),
            &format!("{GOOD}\n{}", pem.as_str()),
            "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
            "PuTTY-User-Key-File-3: ssh-ed25519",
        ] {
            assert_eq!(PersonKey::read(text), Err(KeyRefusal::Private));
        }
    }

    #[test]
    fn what_is_no_single_public_key_is_refused_by_its_own_name() {
        let cert = format!("ssh-ed25519-cert-v01@openssh.com {}", &GOOD[12..]);
        let rfc4716 = "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----";
        for (text, refusal) in [
            ("", KeyRefusal::Nothing),
            ("ssh-ed25519", KeyRefusal::Broken),
            (&GOOD[..40], KeyRefusal::Broken),
            ("hello", KeyRefusal::Broken),
            (&cert, KeyRefusal::Certificate),
            (&format!("{GOOD}\n{GOOD}"), KeyRefusal::Several),
            (rfc4716, KeyRefusal::OtherFormat),
            (&format!("command=\"sh\" {GOOD}"), KeyRefusal::Broken),
        ] {
            assert_eq!(PersonKey::read(text), Err(refusal), "{text}");
        }
    }

    #[test]
    fn weak_keys_are_refused_and_strong_ones_of_each_kind_are_taken() {
        assert_eq!(PersonKey::read(&rsa(2048, &[1, 0, 1])), Err(KeyRefusal::ShortRsa));
        assert_eq!(PersonKey::read(&rsa(3072, &[1])), Err(KeyRefusal::Broken));
        let rsa = PersonKey::read(&rsa(3072, &[1, 0, 1])).unwrap();
        assert_eq!(rsa.usual_file(), "id_rsa");
        let line = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBByh8yOHgKecY3T7ZKMrw06kADbexzwfyj58UkbbGHnOYsN1XbC3WCYtX0fERRfbFiiHyS6/uIX2qy5RZ5F4XHU=";
        assert_eq!(PersonKey::read(line).unwrap().usual_file(), "id_ecdsa");
        let dsa = "ssh-dss AAAAB3NzaC1kc3MAAAADBAcJAAAAAwUHCwAAAAMDBQcAAAADAQID";
        assert_eq!(PersonKey::read(dsa), Err(KeyRefusal::Dsa));
    }

    proptest! {
        #[test]
        fn any_text_is_a_key_or_refused(text in "(ssh-|ecdsa-|sk-)?.{0,80}") {
            let _ = PersonKey::read(&text);
        }

        #[test]
        fn a_damaged_key_is_never_taken_for_another(at in 12_usize..80, letter in "[A-Za-z0-9+/]") {
            let mut damaged = GOOD.to_owned();
            damaged.replace_range(at..=at, &letter);
            if let Ok(key) = PersonKey::read(&damaged) {
                prop_assert_eq!(PersonKey::read(&key.line()).unwrap(), key);
            }
        }
    }
}
