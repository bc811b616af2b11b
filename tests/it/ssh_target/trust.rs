//! `apono ssh trust`: what an admin copies to the hosts.

use std::process::{Command, Output};

use tempfile::TempDir;

use crate::support::ssh_server::{self, Laptop};

const CONFIG: &str = r#"version = 1
[slack]
app_token = { env = "APP" }
bot_token = { env = "BOT" }
audit_channel = "audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
[[integrations]]
name = "bastion"
kind = "ssh"
ca_key = { file = "ca" }
"#;

fn trust(folder: &TempDir, integration: &str) -> Output {
    let config = folder.path().join("config.toml");
    std::fs::write(&config, format!("{CONFIG}{integration}")).unwrap();
    Command::new(env!("CARGO_BIN_EXE_apono"))
        .args(["ssh", "trust", "--config"])
        .arg(config)
        .output()
        .unwrap()
}

fn text(output: &Output, folder: &TempDir, safe: &Laptop) -> String {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let key = safe.public_key();
    let body = key.split(' ').nth(1).unwrap();
    text.replace(body, "[key]")
        .replace(&safe.fingerprint(), "[fingerprint]")
        .replace(folder.path().to_str().unwrap(), "[folder]")
}

#[test]
fn a_host_is_told_which_key_to_trust_and_which_principals_to_let_in() {
    if ssh_server::shared().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let safe = Laptop::with_key("ed25519");
    std::fs::copy(safe.key_file(), folder.path().join("ca")).unwrap();
    let one = trust(
        &folder,
        "resources = [\"bastion\"]\npermissions = { login = \"deploy\" }\n",
    );
    insta::assert_snapshot!(text(&one, &folder, &safe), @r#"
    # bastion: how to set up its hosts to accept its certificates and keep nothing that a login leaves behind.
    # The CA's key is [fingerprint], but its record could not be read:
    # compare it with CA KEY RECORDED in the audit channel before you copy it.

    # 1. On every host, create the file /etc/ssh/apono-bastion-ca.pub with this line:

    ssh-ed25519 [key] apono bastion

    # 2. On every host, add to /etc/ssh/sshd_config, before the first Match block:

    Match User deploy
        TrustedUserCAKeys /etc/ssh/apono-bastion-ca.pub
        AuthorizedPrincipalsFile /etc/ssh/apono-bastion-principals/%u
        AuthorizedPrincipalsCommand none
        AuthorizedKeysCommand none
        AuthorizedKeysFile none
        AuthenticationMethods publickey
        PermitUserRC no
        AllowAgentForwarding no
    Match all

    # The block opens these accounts (deploy) to certificates and closes them to passwords and all other keys, including
    # admins' keys: give admins their own accounts first. If a host requires a second factor, write
    # AuthenticationMethods publickey,keyboard-interactive. For all other accounts nothing changes on the host, and
    # this CA does not open them.
    #
    # If the host already trusts another CA, keep its line, and do not add a second one outside the block: only the
    # first TrustedUserCAKeys line there is used. Inside the block only the file from step 1 is used: if the other CA
    # has to open these accounts too, append its key to that file, and its principals to the files from step 3.
    # If several integrations open the same account on a host, only the first block that names the account is used:
    # keep one block, and append the keys and principals of all of them to its files.
    #
    # If there are several lines for one account, the first is used. PermitRootLogin, AllowUsers and DenyUsers still
    # apply. To see the result for each account: sshd -T -C user=deploy,host=x,addr=192.0.2.1

    # 3. On the hosts of each resource, set who may log in to which account:

    mkdir -p /etc/ssh/apono-bastion-principals

    # bastion (bastion)
    echo 'deploy' > /etc/ssh/apono-bastion-principals/deploy

    # Then: sshd -t && systemctl reload ssh

    # To keep processes from outliving a login, run as root; leave out what the host does not have:
    # echo deploy >> /etc/cron.deny; echo deploy >> /etc/at.deny
    # loginctl disable-linger deploy
    # usermod -p '*' deploy
    # If /etc/cron.allow or /etc/at.allow exists, it must not list these accounts. `usermod -p` disables their passwords.
    # To end processes with the session, in /etc/systemd/logind.conf, and then systemctl restart systemd-logind:
    #   KillUserProcesses=yes
    # To keep accounts from enabling lingering themselves, in /etc/polkit-1/rules.d/60-apono-bastion.rules:
    #   polkit.addRule(function (action, subject) {
    #     if (action.id == "org.freedesktop.login1.set-self-linger" && ["deploy"].indexOf(subject.user) >= 0) {
    #       return polkit.Result.NO;
    #     }
    #   });

    # This does not stop: sessions that are open when the access ends; files, including whatever the next login to the
    # account runs (~/.profile, ~/.bashrc, systemd user units); processes that were left running, if the lines above
    # are not set; keys and passwords that were put into other accounts. An account that is root, or can become root,
    # can undo all of this.
    "#);
    let several = trust(
        &folder,
        "resources = [\"bastion\", { name = \"web\", hosts = [\"web-1\", \"web-2\"] }]\n\
         permissions = { login = \"deploy\", admin = \"root\" }\nprincipal = \"{account}@{resource}\"\n",
    );
    insta::assert_snapshot!(text(&several, &folder, &safe), @r#"
    # bastion: how to set up its hosts to accept its certificates and keep nothing that a login leaves behind.
    # The CA's key is [fingerprint], but its record could not be read:
    # compare it with CA KEY RECORDED in the audit channel before you copy it.

    # 1. On every host, create the file /etc/ssh/apono-bastion-ca.pub with this line:

    ssh-ed25519 [key] apono bastion

    # 2. On every host, add to /etc/ssh/sshd_config, before the first Match block:

    Match User deploy,root
        TrustedUserCAKeys /etc/ssh/apono-bastion-ca.pub
        AuthorizedPrincipalsFile /etc/ssh/apono-bastion-principals/%u
        AuthorizedPrincipalsCommand none
        AuthorizedKeysCommand none
        AuthorizedKeysFile none
        AuthenticationMethods publickey
        PermitUserRC no
        AllowAgentForwarding no
    Match all

    # The block opens these accounts (deploy, root) to certificates and closes them to passwords and all other keys, including
    # admins' keys: give admins their own accounts first. If a host requires a second factor, write
    # AuthenticationMethods publickey,keyboard-interactive. For all other accounts nothing changes on the host, and
    # this CA does not open them.
    #
    # If the host already trusts another CA, keep its line, and do not add a second one outside the block: only the
    # first TrustedUserCAKeys line there is used. Inside the block only the file from step 1 is used: if the other CA
    # has to open these accounts too, append its key to that file, and its principals to the files from step 3.
    # If several integrations open the same account on a host, only the first block that names the account is used:
    # keep one block, and append the keys and principals of all of them to its files.
    #
    # If there are several lines for one account, the first is used. PermitRootLogin, AllowUsers and DenyUsers still
    # apply. To see the result for each account: sshd -T -C user=deploy,host=x,addr=192.0.2.1

    # 3. On the hosts of each resource, set who may log in to which account:

    mkdir -p /etc/ssh/apono-bastion-principals

    # bastion (bastion)
    echo 'deploy@bastion' > /etc/ssh/apono-bastion-principals/deploy
    echo 'root@bastion' > /etc/ssh/apono-bastion-principals/root

    # web (web-1, web-2)
    echo 'deploy@web' > /etc/ssh/apono-bastion-principals/deploy
    echo 'root@web' > /etc/ssh/apono-bastion-principals/root

    # Then: sshd -t && systemctl reload ssh

    # To keep processes from outliving a login, run as root; leave out what the host does not have:
    # echo deploy >> /etc/cron.deny; echo deploy >> /etc/at.deny
    # loginctl disable-linger deploy
    # usermod -p '*' deploy
    # If /etc/cron.allow or /etc/at.allow exists, it must not list these accounts. `usermod -p` disables their passwords.
    # To end processes with the session, in /etc/systemd/logind.conf, and then systemctl restart systemd-logind:
    #   KillUserProcesses=yes
    # To keep accounts from enabling lingering themselves, in /etc/polkit-1/rules.d/60-apono-bastion.rules:
    #   polkit.addRule(function (action, subject) {
    #     if (action.id == "org.freedesktop.login1.set-self-linger" && ["deploy"].indexOf(subject.user) >= 0) {
    #       return polkit.Result.NO;
    #     }
    #   });

    # This does not stop: sessions that are open when the access ends; files, including whatever the next login to the
    # account runs (~/.profile, ~/.bashrc, systemd user units); processes that were left running, if the lines above
    # are not set; keys and passwords that were put into other accounts. An account that is root, or can become root,
    # can undo all of this.
    "#);
    std::fs::remove_file(folder.path().join("ca")).unwrap();
    let gone = trust(
        &folder,
        "resources = [\"bastion\"]\npermissions = { login = \"deploy\" }\n",
    );
    assert!(!gone.status.success());
}

#[test]
fn a_key_is_vouched_for_only_if_it_is_the_one_on_record() {
    if ssh_server::shared().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca");
    let config = folder.path().join("config.toml");
    let integration = "resources = [\"bastion\"]\npermissions = { login = \"deploy\" }\n";
    let (recorded, other) = (Laptop::with_key("ed25519"), Laptop::with_key("ed25519"));
    std::fs::copy(recorded.key_file(), &ca).unwrap();
    let unread = trust(&folder, integration);
    assert!(text(&unread, &folder, &recorded).contains("compare it"));
    for step in [
        &["migrate"][..],
        &["ssh", "accept-key", "--integration", "bastion"],
    ] {
        let done = Command::new(env!("CARGO_BIN_EXE_apono"))
            .args(step)
            .arg("--config")
            .arg(&config)
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }
    let same = trust(&folder, integration);
    assert!(text(&same, &folder, &recorded).contains("as in CA KEY RECORDED in the audit channel."));
    std::fs::copy(other.key_file(), &ca).unwrap();
    let another = trust(&folder, integration);
    assert!(!another.status.success());
    assert!(another.stdout.is_empty());
    let why = String::from_utf8(another.stderr).unwrap();
    assert!(why.contains("is not the one on record"), "{why}");
}
