//! The public key that somebody hands in, read strictly: what it refuses, it refuses with what to do instead.
//!
//! Invariant: nothing of a text that is refused is repeated, because it may be a private key.

use std::fmt;

use data_encoding::BASE64_NOPAD;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use crate::integrations::PersonKey;

/// RSA keys below this fall short of 128 bits of security (NIST SP 800-57 part 1, table 2).
const LEAST_RSA_BITS: usize = 3072;

/// A comment is shown to its owner alone, in one line.
const LONGEST_COMMENT: usize = 60;

/// Somebody's public key, good enough to be certified.
#[derive(Clone, PartialEq, Eq)]
pub struct PastedKey {
    key: PublicKey,
    fingerprint: String,
}

/// Why a text is no key that can be certified; said to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteRefusal {
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
    #[error(
        "Something stands before the key, such as options (from=..., command=...) or a host's name, and a certificate does not carry that. Paste the key alone, from ssh-... or ecdsa-... or sk-... on."
    )]
    Before,
    #[error(
        "The kind of the key is missing. Paste the whole line, which begins with a word such as ssh-ed25519."
    )]
    NoKind,
    #[error(
        "The key is not complete, or there is a space inside it. Paste the whole line of a file such as ~/.ssh/id_ed25519.pub."
    )]
    Incomplete,
    #[error(
        "There is a character inside the key that no key has, such as dots where it was cut or a letter that only looks like one. Copy the line again from the file itself, such as ~/.ssh/id_ed25519.pub."
    )]
    Letter,
    #[error(
        "The word at the beginning of the line names another kind of key than the one that follows. Copy the line again."
    )]
    OtherKind,
    #[error("This is no public key. Paste the whole line of a file such as ~/.ssh/id_ed25519.pub.")]
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

impl PastedKey {
    /// Reads the one line of a `.pub` file, however a terminal or a client broke it or what it put in that nobody sees.
    pub fn read(text: &str) -> Result<Self, PasteRefusal> {
        let text: String = text.chars().filter(|c| !is_unseen(*c)).collect();
        let text = text.trim();
        if text.is_empty() {
            return Err(PasteRefusal::Nothing);
        }
        let dense: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let dense = dense.replace(DASHES, "-");
        if is_private(&dense) {
            return Err(PasteRefusal::Private);
        }
        if dense.contains("BEGINSSH2PUBLICKEY") || dense.contains("-----BEGIN") {
            return Err(PasteRefusal::OtherFormat);
        }
        let (kind, rest) = text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()));
        let kind = kind.replace(DASHES, "-").to_ascii_lowercase();
        if !is_kind(&kind) {
            return Err(no_kind(&dense));
        }
        if keys_in(&dense) > 1 {
            return Err(PasteRefusal::Several);
        }
        if kind.ends_with("-cert-v01@openssh.com") {
            return Err(PasteRefusal::Certificate);
        }
        let (mut key, comment) = key_and_comment(rest.trim_start())?;
        if key.algorithm().as_str() != kind {
            return Err(PasteRefusal::OtherKind);
        }
        judge(key.key_data())?;
        let words: Vec<&str> = comment.split_whitespace().collect();
        key.set_comment(words.join(" "));
        Ok(Self::of(key))
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

    /// What is remembered of it, and read again when it is certified.
    pub fn kept(&self) -> PersonKey {
        PersonKey {
            line: self.line(),
            fingerprint: self.fingerprint.clone(),
            comment: self.comment().to_owned(),
        }
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
impl fmt::Debug for PastedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)
    }
}

/// What some clients make of a hyphen.
const DASHES: [char; 6] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}', '\u{fe63}',
];

/// What nobody sees: control characters, and those that take no room or only turn the direction of the text.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{feff}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a private key is in a text, which has no white space: by its frame, however it is drawn, or by how OpenSSH's begins.
fn is_private(dense: &str) -> bool {
    let framed = dense.contains("BEGIN") || dense.contains("END") || dense.contains("--");
    (dense.contains("PRIVATEKEY") && framed)
        || dense.contains("PuTTY-User-Key-File")
        || dense.contains("b3BlbnNzaC1rZXktdjEA")
}

/// Whether a word could name a kind of key.
fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| word.starts_with(kind))
}

/// Why a text that begins with no kind is no key.
fn no_kind(dense: &str) -> PasteRefusal {
    if dense.starts_with("AAAA") {
        PasteRefusal::NoKind
    } else if keys_in(dense) > 0 {
        PasteRefusal::Before
    } else {
        PasteRefusal::Broken
    }
}

/// How many keys begin in a text that has no white space. Each begins with AAAA, its first length being below 256; the kind
/// before it may begin with a capital.
fn keys_in(dense: &str) -> usize {
    let kinds = [
        "sh-ed25519",
        "sh-rsa",
        "sh-dss",
        "nistp256",
        "nistp384",
        "nistp521",
        "@openssh.com",
    ];
    let begins = kinds
        .iter()
        .map(|kind| dense.matches(&format!("{kind}AAAA")).count());
    begins.sum()
}

/// The key that a text begins with, and what follows it. A key says itself where it ends, so that of a broken line no part of
/// the comment is taken for the key; a space on the same line ends the key in any case.
fn key_and_comment(text: &str) -> Result<(PublicKey, &str), PasteRefusal> {
    let (mut letters, mut rest) = (String::new(), text);
    loop {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        letters.push_str(&rest[..end]);
        rest = &rest[end..];
        // What fills the last letters up is lost easily, and says nothing.
        let bytes = BASE64_NOPAD.decode(letters.trim_end_matches('=').as_bytes()).ok();
        if let Some(key) = bytes.and_then(|bytes| PublicKey::from_bytes(&bytes).ok()) {
            return Ok((key, rest.trim_start().trim_start_matches('=').trim()));
        }
        let next = rest.trim_start();
        let gap = &rest[..rest.len() - next.len()];
        if next.is_empty() || !gap.contains(LINE_ENDS) {
            return Err(incomplete(&letters));
        }
        rest = next;
    }
}

const LINE_ENDS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];

/// Why these letters are no key.
fn incomplete(letters: &str) -> PasteRefusal {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    if !letters.starts_with("AAAA") {
        PasteRefusal::Broken
    } else if letters.chars().all(is_letter) {
        PasteRefusal::Incomplete
    } else {
        PasteRefusal::Letter
    }
}

fn judge(key: &KeyData) -> Result<(), PasteRefusal> {
    match key {
        KeyData::Ed25519(_) | KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) | KeyData::Ecdsa(_) => {
            Ok(())
        }
        KeyData::Rsa(rsa) => {
            let modulus = rsa.n.as_positive_bytes().ok_or(PasteRefusal::Broken)?;
            let exponent = rsa.e.as_positive_bytes().ok_or(PasteRefusal::Broken)?;
            let odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
            // An even modulus or exponent, and the exponent 1, belong to no RSA key.
            if !odd(modulus) || !odd(exponent) || exponent == [1] {
                return Err(PasteRefusal::Broken);
            }
            if bits(modulus) < LEAST_RSA_BITS {
                return Err(PasteRefusal::ShortRsa);
            }
            Ok(())
        }
        KeyData::Dsa(_) => Err(PasteRefusal::Dsa),
        // The enum is not ours and grows.
        _ => Err(PasteRefusal::UnknownKind),
    }
}

fn bits(number: &[u8]) -> usize {
    let zeros = number.first().map_or(0, |byte| byte.leading_zeros());
    (number.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or(0))
}

#[cfg(test)]
#[path = "person_key_tests.rs"]
mod tests;
