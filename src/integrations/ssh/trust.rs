//! What a host has to be told so that it takes the certificates, as lines and files to copy.

use std::fmt::Write;

use ssh_key::PublicKey;

use super::SshSettings;
use super::authority::fingerprint;
use super::target::{ACCOUNT_PLACE, principal_of};

/// Where the host's administrators put the files; the name is the integration's, which is letters, digits and `. _ -`.
const FOLDER: &str = "/etc/ssh";

/// Instructions for the hosts of one integration; `is_on_record` says whether the key was compared with the recorded one
/// and is the same.
pub fn trust(settings: &SshSettings, authority: &PublicKey, is_on_record: bool) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut text, settings, authority, is_on_record);
    text
}

fn write(
    out: &mut String,
    settings: &SshSettings,
    authority: &PublicKey,
    is_on_record: bool,
) -> std::fmt::Result {
    let name = &settings.name;
    let ca = format!("{FOLDER}/apono-{name}-ca.pub");
    let line = PublicKey::new(authority.key_data().clone(), format!("apono {name}"))
        .to_openssh()
        .unwrap_or_default();
    writeln!(
        out,
        "# {name}: what its hosts need so that they take its certificates."
    )?;
    let key = fingerprint(authority.key_data());
    if is_on_record {
        writeln!(
            out,
            "# The CA's key is {key}, the one that the audit channel names under CA KEY RECORDED."
        )?;
    } else {
        writeln!(
            out,
            "# The CA's key is {key}, but the record of it could not be read:\n\
             # compare it with CA KEY RECORDED in the audit channel before you copy it."
        )?;
    }
    writeln!(out, "\n# 1. On every host, the file {ca} with this line:\n")?;
    writeln!(out, "{line}")?;
    writeln!(out, "\n# 2. On every host, in {FOLDER}/sshd_config:\n")?;
    writeln!(out, "TrustedUserCAKeys {ca}")?;
    let accounts: Vec<&str> = settings
        .permissions
        .iter()
        .map(|(_, account)| account.as_str())
        .collect();
    if settings.principal == ACCOUNT_PLACE {
        writeln!(
            out,
            "\n# Each certificate names the account it is for ({}), so no file of principals is needed.",
            accounts.join(", ")
        )?;
        writeln!(
            out,
            "# If sshd_config sets AuthorizedPrincipalsFile all the same, that file must list these names."
        )?;
    } else {
        let folder = format!("{FOLDER}/apono-{name}-principals");
        writeln!(out, "AuthorizedPrincipalsFile {folder}/%u")?;
        writeln!(
            out,
            "\n# 3. On the hosts of each resource, who may log in to which account:"
        )?;
        writeln!(out, "\nmkdir -p {folder}")?;
        for resource in &settings.resources {
            writeln!(out, "\n# {} ({})", resource.name, resource.hosts.join(", "))?;
            for account in &accounts {
                let principal = principal_of(&settings.principal, &resource.name, account);
                writeln!(out, "echo '{principal}' > {folder}/{account}")?;
            }
        }
    }
    writeln!(out, "\n# Then: sshd -t && systemctl reload ssh")
}
