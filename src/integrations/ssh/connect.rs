//! A new certificate, and the block to paste that saves it and logs in.
//!
//! Invariant: the block does the same in sh, bash and zsh, and nothing in a name is ever read by the shell.

use std::time::Duration;

use secrecy::SecretString;

use super::person_key::PastedKey;
use super::target::{Login, Target};
use crate::access::duration::spoken;
use crate::access::time::Timestamp;
use crate::integrations::{AccessDetails, Credential};

/// How many more logins get their own line to copy.
const SHOWN: usize = 8;

/// SSH's default port, which need not be written.
const USUAL_PORT: u16 = 22;

/// The line that ends the certificate in the block. No certificate is like it.
const END: &str = "APONO";

pub(super) fn details(
    target: &Target,
    key: &PastedKey,
    certificate: &str,
    end: Timestamp,
    certificate_for: Duration,
) -> AccessDetails {
    let file = format!(".ssh/apono-{}-cert.pub", target.request).to_lowercase();
    let logins = target.logins.iter();
    let mut lines = logins
        .flat_map(|login| login.hosts.iter().map(move |host| (login, host)))
        .map(|(login, host)| command(login, host, key, &file));
    let first = lines.next().unwrap_or_default();
    let others: Vec<String> = lines.by_ref().take(SHOWN).collect();
    let lasts = spoken(certificate_for);
    let mut note = format!(
        "The block saves the certificate beside your key, readable only by you, and logs in. The certificate works for new logins until {end}: each one lasts at most {lasts} (`certificate_for` in the config). To renew it, click Connect again and paste the new block. Open sessions keep running after that."
    );
    let more = lines.count();
    if more > 0 {
        note = format!("{note} It is also valid for {more} more logins that are not shown here.");
    }
    AccessDetails {
        fields: vec![
            ("Certificate for", SecretString::from(key.fingerprint())),
            ("Works until", SecretString::from(end.to_string())),
            ("Each lasts at most", SecretString::from(lasts)),
        ],
        command: SecretString::from(block(certificate.trim(), &file, &first)),
        others: others.join("\n"),
        note,
        made: true,
        credential: Some(Credential {
            key: key.fingerprint().to_owned(),
            until: end,
        }),
    }
}

/// Saves the certificate and logs in. The quotes around the last word keep the shell from reading what is in the certificate.
fn block(certificate: &str, file: &str, login: &str) -> String {
    format!("(umask 077 && rm -f ~/{file} && cat > ~/{file}) <<'{END}' &&\n{certificate}\n{END}\n{login}")
}

/// A line for a POSIX shell.
fn command(login: &Login, host: &str, key: &PastedKey, file: &str) -> String {
    let port = match login.port {
        USUAL_PORT => String::new(),
        port => format!(" -p {port}"),
    };
    let private = key.usual_file();
    let account = quoted(&format!("{}@{host}", login.account));
    format!(
        "ssh -i ~/.ssh/{private} -o CertificateFile=\"$HOME/{file}\" -o IdentitiesOnly=yes{port} {account}"
    )
}

/// One word for a POSIX shell, quoted if any of its characters could mean something there.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@.:_-".contains(c);
    if word.chars().all(is_plain) && !word.starts_with('-') {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        #[test]
        fn any_word_reaches_the_program_as_it_is(word in "[^\0]{1,20}") {
            let line = format!("printf %s {}", quoted(&word));
            let said = Command::new("sh").args(["-c", &line]).output().unwrap();
            prop_assert_eq!(String::from_utf8(said.stdout).unwrap(), word);
        }
    }
}
