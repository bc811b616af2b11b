//! What to set up on a host so it accepts the certificates and keeps nothing that a login leaves behind, as lines and files
//! to copy.
//!
//! Invariant: the authority is trusted only for the integration's accounts, and nothing that an account itself contains lets
//! anyone into it.

use std::fmt::{Result, Write};

use ssh_key::PublicKey;

use super::authority::fingerprint;
use super::target::principal_of;
use super::{Forwarding, SshSettings};

/// Where the host's administrators put the files. File names contain the integration's name: letters, digits and `. _ -`.
const FOLDER: &str = "/etc/ssh";

/// It can do everything anyway, including cron and at.
const ROOT: &str = "root";

/// Instructions for the hosts of one integration; `is_on_record` says whether the key was compared with the recorded one and
/// is the same.
pub fn trust(settings: &SshSettings, authority: &PublicKey, is_on_record: bool) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
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
        "# {name}: how to set up its hosts to accept its certificates and keep nothing that a login leaves behind."
    )?;
    let key = fingerprint(authority.key_data());
    if is_on_record {
        writeln!(
            out,
            "# The CA's key is {key}, as in CA KEY RECORDED in the audit channel."
        )?;
    } else {
        writeln!(
            out,
            "# The CA's key is {key}, but its record could not be read:\n\
             # compare it with CA KEY RECORDED in the audit channel before you copy it."
        )?;
    }
    let line = PublicKey::new(authority.key_data().clone(), format!("apono {name}"))
        .to_openssh()
        .unwrap_or_default();
    writeln!(
        out,
        "\n# 1. On every host, create the file {} with this line:\n\n{line}",
        key_file(settings)
    )
}

/// Inside a block the lines apply only to these accounts, and take precedence over the rest of the file.
fn write_block(out: &mut String, settings: &SshSettings, accounts: &[&str]) -> Result {
    writeln!(
        out,
        "\n# 2. On every host, add to {FOLDER}/sshd_config, before the first Match block:\n\nMatch User {}",
        accounts.join(",")
    )?;
    writeln!(out, "    TrustedUserCAKeys {}", key_file(settings))?;
    // A file that only root can write, whatever the principals: inside a block, servers take `none` as a file of that name.
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
        "\n# 3. On the hosts of each resource, set who may log in to which account:\n\nmkdir -p {folder}"
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

/// Other keys and other authorities on the same hosts.
fn write_others(out: &mut String, accounts: &[&str]) -> Result {
    let names = accounts.join(", ");
    let first = accounts.first().copied().unwrap_or_default();
    writeln!(
        out,
        "\n# The block opens these accounts ({names}) to certificates and closes them to passwords and all other keys, including\n\
         # admins' keys: give admins their own accounts first. If a host requires a second factor, write\n\
         # AuthenticationMethods publickey,keyboard-interactive. For all other accounts nothing changes on the host, and\n\
         # this CA does not open them.\n\
         #\n\
         # If the host already trusts another CA, keep its line, and do not add a second one outside the block: only the\n\
         # first TrustedUserCAKeys line there is used. Inside the block only the file from step 1 is used: if the other CA\n\
         # has to open these accounts too, append its key to that file, and its principals to the files from step 3.\n\
         # If several integrations open the same account on a host, only the first block that names the account is used:\n\
         # keep one block, and append the keys and principals of all of them to its files.\n\
         #\n\
         # If there are several lines for one account, the first is used. PermitRootLogin, AllowUsers and DenyUsers still\n\
         # apply. To see the result for each account: sshd -T -C user={first},host=x,addr=192.0.2.1"
    )
}

/// Commented out, because hosts differ in which of these they have.
fn write_what_runs_on(out: &mut String, settings: &SshSettings, accounts: &[&str]) -> Result {
    let people: Vec<&str> = accounts.iter().copied().filter(|name| *name != ROOT).collect();
    if people.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n# To keep processes from outliving a login, run as root; leave out what the host does not have:"
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
        "# If /etc/cron.allow or /etc/at.allow exists, it must not list these accounts. `usermod -p` disables their passwords.\n\
         # To end processes with the session, in /etc/systemd/logind.conf, and then systemctl restart systemd-logind:\n\
         #   KillUserProcesses=yes\n\
         # To keep accounts from enabling lingering themselves, in /etc/polkit-1/rules.d/60-apono-{}.rules:\n\
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
        "\n# This does not stop: sessions that are open when the access ends; files, including whatever the next login to the\n\
         # account runs (~/.profile, ~/.bashrc, systemd user units); processes that were left running, if the lines above\n\
         # are not set; keys and passwords that were put into other accounts. An account that is root, or can become root,\n\
         # can undo all of this."
    )
}
