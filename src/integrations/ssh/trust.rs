//! What a host has to be told so that it takes the certificates and keeps nothing that a login leaves behind, as lines and
//! files to copy.
//!
//! Invariant: the authority is trusted for the accounts of the integration and for no other, and what an account holds
//! itself lets nobody into it.

use std::fmt::{Result, Write};

use ssh_key::PublicKey;

use super::authority::fingerprint;
use super::target::principal_of;
use super::{Forwarding, SshSettings};

/// Where the host's administrators put the files; the name is the integration's, which is letters, digits and `. _ -`.
const FOLDER: &str = "/etc/ssh";

/// It can do everything anyway, and cron and at are its own.
const ROOT: &str = "root";

/// Instructions for the hosts of one integration; `is_on_record` says whether the key was compared with the recorded one
/// and is the same.
pub fn trust(settings: &SshSettings, authority: &PublicKey, is_on_record: bool) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut text, settings, authority, is_on_record);
    text
}

fn write(out: &mut String, settings: &SshSettings, authority: &PublicKey, is_on_record: bool) -> Result {
    let accounts = accounts(settings);
    write_key(out, settings, authority, is_on_record)?;
    write_block(out, settings, &accounts)?;
    write_others(out, &accounts)?;
    write_principals(out, settings, &accounts)?;
    writeln!(out, "\n# Then: sshd -t && systemctl reload ssh")?;
    write_what_runs_on(out, settings, &accounts)?;
    write_what_stays(out)
}

/// Each once, in the config's order.
fn accounts(settings: &SshSettings) -> Vec<&str> {
    let mut accounts: Vec<&str> = Vec::new();
    for (_, account) in &settings.permissions {
        if !accounts.contains(&account.as_str()) {
            accounts.push(account);
        }
    }
    accounts
}

fn key_file(settings: &SshSettings) -> String {
    format!("{FOLDER}/apono-{}-ca.pub", settings.name)
}

fn principals_folder(settings: &SshSettings) -> String {
    format!("{FOLDER}/apono-{}-principals", settings.name)
}

fn write_key(out: &mut String, settings: &SshSettings, authority: &PublicKey, is_on_record: bool) -> Result {
    let name = &settings.name;
    writeln!(
        out,
        "# {name}: what its hosts need so that they take its certificates, and keep nothing that a login leaves."
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
    let line = PublicKey::new(authority.key_data().clone(), format!("apono {name}"))
        .to_openssh()
        .unwrap_or_default();
    writeln!(
        out,
        "\n# 1. On every host, the file {} with this line:\n\n{line}",
        key_file(settings)
    )
}

/// In a block the lines count for these accounts alone, and before those of the rest of the file.
fn write_block(out: &mut String, settings: &SshSettings, accounts: &[&str]) -> Result {
    writeln!(
        out,
        "\n# 2. On every host, in {FOLDER}/sshd_config, before the first block that opens with Match:\n\nMatch User {}",
        accounts.join(",")
    )?;
    writeln!(out, "    TrustedUserCAKeys {}", key_file(settings))?;
    // A file that root alone writes, whatever the principals: servers take `none` in a block for a file of that name.
    writeln!(
        out,
        "    AuthorizedPrincipalsFile {}/%u",
        principals_folder(settings)
    )?;
    for closed in [
        "AuthorizedPrincipalsCommand",
        "AuthorizedKeysCommand",
        "AuthorizedKeysFile",
    ] {
        writeln!(out, "    {closed} none")?;
    }
    writeln!(out, "    AuthenticationMethods publickey")?;
    writeln!(out, "    PermitUserRC no")?;
    if !settings.allow.contains(&Forwarding::Agent) {
        writeln!(out, "    AllowAgentForwarding no")?;
    }
    writeln!(out, "Match all")
}

fn write_principals(out: &mut String, settings: &SshSettings, accounts: &[&str]) -> Result {
    let folder = principals_folder(settings);
    writeln!(
        out,
        "\n# 3. On the hosts of each resource, who may log in to which account:\n\nmkdir -p {folder}"
    )?;
    for resource in &settings.resources {
        writeln!(out, "\n# {} ({})", resource.name, resource.hosts.join(", "))?;
        for account in accounts {
            let principal = principal_of(&settings.principal, &resource.name, account);
            writeln!(out, "echo '{principal}' > {folder}/{account}")?;
        }
    }
    Ok(())
}

/// Other keys and other authorities, on the same hosts.
fn write_others(out: &mut String, accounts: &[&str]) -> Result {
    let names = accounts.join(", ");
    let first = accounts.first().copied().unwrap_or_default();
    writeln!(
        out,
        "\n# The block opens these accounts ({names}) to certificates and closes them to passwords and every other key, also to\n\
         # an admin's: give admins accounts of their own first. A host that asks for a second factor writes\n\
         # AuthenticationMethods publickey,keyboard-interactive. For all other accounts the host stays as it is, and this CA\n\
         # opens none of them.\n\
         #\n\
         # Where another CA is trusted already, leave its line alone and add no second one outside of the block: only the\n\
         # first TrustedUserCAKeys line counts there. In the block only the file of step 1 counts: if the other CA has to\n\
         # open these accounts too, append its key to that file, and the principals it names to those of step 3.\n\
         # Where several integrations open one account of a host, only the first block that names the account counts: keep\n\
         # one block, and append the keys and the principals of all to its files.\n\
         #\n\
         # Of several lines for one account the first counts, and PermitRootLogin, AllowUsers and DenyUsers still hold. What\n\
         # counts in the end, for each account: sshd -T -C user={first},host=x,addr=192.0.2.1"
    )
}

/// Commented, because hosts differ in what they have of it.
fn write_what_runs_on(out: &mut String, settings: &SshSettings, accounts: &[&str]) -> Result {
    let people: Vec<&str> = accounts.iter().copied().filter(|name| *name != ROOT).collect();
    if people.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n# So that nothing of a login runs on after it, as root; leave out what the host does not have:"
    )?;
    for account in &people {
        writeln!(
            out,
            "# echo {account} >> /etc/cron.deny; echo {account} >> /etc/at.deny\n\
             # loginctl disable-linger {account}\n\
             # usermod -p '*' {account}"
        )?;
    }
    let quoted: Vec<String> = people.iter().map(|name| format!("{name:?}")).collect();
    writeln!(
        out,
        "# Where /etc/cron.allow or /etc/at.allow exists, it must not name them. `usermod -p` leaves them without a password.\n\
         # In /etc/systemd/logind.conf, so that processes end with the session, and then systemctl restart systemd-logind:\n\
         #   KillUserProcesses=yes\n\
         # In /etc/polkit-1/rules.d/60-apono-{}.rules, because accounts may let themselves linger:\n\
         #   polkit.addRule(function (action, subject) {{\n\
         #     if (action.id == \"org.freedesktop.login1.set-self-linger\" && [{}].indexOf(subject.user) >= 0) {{\n\
         #       return polkit.Result.NO;\n\
         #     }}\n\
         #   }});",
        settings.name,
        quoted.join(", ")
    )
}

fn write_what_stays(out: &mut String) -> Result {
    writeln!(
        out,
        "\n# What stays all the same: sessions that are open when the access ends; files, and with them whatever the next\n\
         # login to the account runs (~/.profile, ~/.bashrc, user units of systemd); processes that were left running, where\n\
         # the lines above are not set; keys and passwords that were put into other accounts. An account that is root, or\n\
         # may become it, can undo all of this."
    )
}
