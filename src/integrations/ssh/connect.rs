//! A new certificate, and everything the person needs to log in with it.

use secrecy::SecretString;

use super::person_key::PastedKey;
use super::target::{Login, Target};
use crate::access::time::Timestamp;
use crate::integrations::{AccessDetails, Credential, File};

/// How many logins get their own line to copy.
const SHOWN: usize = 8;

/// SSH's default port, which need not be written.
const USUAL_PORT: u16 = 22;

pub(super) fn details(
    target: &Target,
    key: &PastedKey,
    certificate: String,
    end: Timestamp,
) -> AccessDetails {
    let file = format!("~/.ssh/apono-{}-cert.pub", target.request).to_lowercase();
    let lines: Vec<String> = target
        .logins
        .iter()
        .flat_map(|login| login.hosts.iter().map(move |host| (login, host)))
        .map(|(login, host)| command(login, host, key, &file))
        .collect();
    let more = lines.len().saturating_sub(SHOWN);
    let mut note = format!(
        "You can start new logins with this certificate until {end}. Click Connect for another one as long as you have access. Open sessions keep running after that."
    );
    if more > 0 {
        note = format!("{note} It is also valid for {more} more logins that are not shown here.");
    }
    AccessDetails {
        fields: vec![
            ("Certificate for", SecretString::from(key.fingerprint())),
            ("Works until", SecretString::from(end.to_string())),
            ("Save it as", SecretString::from(file)),
        ],
        file: Some(File(SecretString::from(certificate))),
        command: SecretString::from(lines[..lines.len() - more].join("\n")),
        note,
        made: true,
        credential: Some(Credential {
            key: key.fingerprint().to_owned(),
            until: end,
        }),
    }
}

/// A line for a POSIX shell. The config allows only letters, digits and a few other characters in hosts and accounts, so
/// nothing is quoted.
fn command(login: &Login, host: &str, key: &PastedKey, file: &str) -> String {
    let port = match login.port {
        USUAL_PORT => String::new(),
        port => format!(" -p {port}"),
    };
    let private = key.usual_file();
    let account = &login.account;
    format!("ssh -i ~/.ssh/{private} -o CertificateFile={file} -o IdentitiesOnly=yes{port} {account}@{host}")
}
