//! The public key that somebody pastes, read strictly: every refusal says what to do instead.
//!
//! Invariant: no part of a refused text is repeated, because it may be a private key.

use std::fmt;

use data_encoding::BASE64_NOPAD;
use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

use crate::integrations::PersonKey;

/// Smaller RSA keys have less than 128 bits of security (NIST SP 800-57 part 1, table 2).
const LEAST_RSA_BITS: usize = 3072;

/// A comment is shown only to its owner, on one line.
const LONGEST_COMMENT: usize = 60;

/// Somebody's public key, accepted for certification.
#[derive(Clone, PartialEq, Eq)]
pub struct PastedKey {
    key: PublicKey,
    fingerprint: String,
}

/// Why a text is not a key that can be certified; shown to the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteRefusal {
    #[error("Paste your public key: the one line of a file such as ~/.ssh/id_ed25519.pub.")]
    Nothing,
    #[error(
        "This is a PRIVATE key. It was not stored, but it has left your machine, so it is no longer secret: make a new one with ssh-keygen -t ed25519, and paste the line from the file that ends in .pub."
    )]
    Private,
    #[error("This is a certificate. Paste the public key it was made for, from the file that ends in .pub.")]
    Certificate,
    #[error("These are several keys. Paste one.")]
    Several,
    #[error("This key is in another format. To convert it to OpenSSH's, run: ssh-keygen -i -f FILE")]
    OtherFormat,
    #[error(
        "There is something before the key, such as options (from=..., command=...) or a host name, and a certificate cannot carry that. Paste only the key, starting with ssh-..., ecdsa-... or sk-..."
    )]
    Before,
    #[error("The key type is missing. Paste the whole line, which starts with a word such as ssh-ed25519.")]
    NoKind,
    #[error(
        "The key is incomplete, or there is a space inside it. Paste the whole line of a file such as ~/.ssh/id_ed25519.pub."
    )]
    Incomplete,
    #[error(
        "The key contains an invalid character, such as dots where it was cut off or a letter that only looks right. Copy the line again from the file itself, such as ~/.ssh/id_ed25519.pub."
    )]
    Letter,
    #[error(
        "The word at the start of the line does not match the type of the key that follows. Copy the line again."
    )]
    OtherKind,
    #[error("This is not a public key. Paste the whole line of a file such as ~/.ssh/id_ed25519.pub.")]
    Broken,
    #[error(
        "DSA keys are too weak, and servers no longer accept them. Make a new one: ssh-keygen -t ed25519"
    )]
    Dsa,
    #[error(
        "This RSA key has fewer than {LEAST_RSA_BITS} bits, which is no longer secure enough. Make a new one: ssh-keygen -t ed25519"
    )]
    ShortRsa,
    #[error("This type of key is not supported. Make another one: ssh-keygen -t ed25519")]
    UnknownKind,
}

impl PastedKey {
    /// Reads the line of a `.pub` file, even if a terminal or a client broke it into several lines or put invisible characters
    /// in it.
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

    /// As in a `.pub` file.
    pub fn line(&self) -> String {
        self.key.to_openssh().expect("a key that was read can be written")
    }

    /// The form that is stored, and read again when it is certified.
    pub fn kept(&self) -> PersonKey {
        PersonKey {
            line: self.line(),
            fingerprint: self.fingerprint.clone(),
            comment: self.comment().to_owned(),
        }
    }

    /// The file in which `ssh-keygen` puts a private key of this type, for the line that people copy.
    pub(crate) fn usual_file(&self) -> &'static str {
        match self.key.key_data() {
            KeyData::Rsa(_) => "id_rsa",
            KeyData::Ecdsa(_) => "id_ecdsa",
            KeyData::SkEcdsaSha2NistP256(_) => "id_ecdsa_sk",
            KeyData::SkEd25519(_) => "id_ed25519_sk",
            // `judge` refused everything else, and the enum is from another crate.
            _ => "id_ed25519",
        }
    }

    pub(crate) fn data(&self) -> &KeyData {
        self.key.key_data()
    }
}

/// A public key is not secret, but its comment is private to its owner.
impl fmt::Debug for PastedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fingerprint)
    }
}

/// Characters that some clients turn a hyphen into.
const DASHES: [char; 6] = [
    '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2212}', '\u{fe63}',
];

/// Invisible characters: control characters, zero-width characters and direction marks.
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

/// Whether a text (without white space) contains a private key: by any form of its header and footer, or by how OpenSSH's
/// format begins.
fn is_private(dense: &str) -> bool {
    let framed = dense.contains("BEGIN") || dense.contains("END") || dense.contains("--");
    (dense.contains("PRIVATEKEY") && framed)
        || dense.contains("PuTTY-User-Key-File")
        || dense.contains("b3BlbnNzaC1rZXktdjEA")
}

/// Whether a word could name a key type.
fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| word.starts_with(kind))
}

/// Why a text that does not begin with a key type is not a key.
fn no_kind(dense: &str) -> PasteRefusal {
    if dense.starts_with("AAAA") {
        PasteRefusal::NoKind
    } else if keys_in(dense) > 0 {
        PasteRefusal::Before
    } else {
        PasteRefusal::Broken
    }
}

/// How many keys begin in a text (without white space). Each begins with AAAA, because its first length is below 256; the type
/// before it may begin with a capital letter.
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

/// The key at the start of a text, and what follows it. A key contains its own length, so in a broken line no part of the
/// comment is mistaken for the key; a space on the same line always ends the key.
fn key_and_comment(text: &str) -> Result<(PublicKey, &str), PasteRefusal> {
    let (mut letters, mut rest) = (String::new(), text);
    loop {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        letters.push_str(&rest[..end]);
        rest = &rest[end..];
        // The padding at the end is easily lost and means nothing.
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

/// Why these letters are not a key.
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
            // No RSA key has an even modulus or exponent, or the exponent 1.
            if !odd(modulus) || !odd(exponent) || exponent == [1] {
                return Err(PasteRefusal::Broken);
            }
            if bits(modulus) < LEAST_RSA_BITS {
                return Err(PasteRefusal::ShortRsa);
            }
            Ok(())
        }
        KeyData::Dsa(_) => Err(PasteRefusal::Dsa),
        // The enum is from another crate and may grow.
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
