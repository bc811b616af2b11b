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
    # bastion: what its hosts need so that they take its certificates, and keep nothing that a login leaves.
    # The CA's key is [fingerprint], but the record of it could not be read:
    # compare it with CA KEY RECORDED in the audit channel before you copy it.

    # 1. On every host, the file /etc/ssh/apono-bastion-ca.pub with this line:

    ssh-ed25519 [key] apono bastion

    # 2. On every host, in /etc/ssh/sshd_config, before the first block that opens with Match:

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

    # The block opens these accounts (deploy) to certificates and closes them to passwords and every other key, also to
    # an admin's: give admins accounts of their own first. A host that asks for a second factor writes
    # AuthenticationMethods publickey,keyboard-interactive. For all other accounts the host stays as it is, and this CA
    # opens none of them.
    #
    # Where another CA is trusted already, leave its line alone and add no second one outside of the block: only the
    # first TrustedUserCAKeys line counts there. In the block only the file of step 1 counts: if the other CA has to
    # open these accounts too, append its key to that file, and the principals it names to those of step 3.
    # Where several integrations open one account of a host, only the first block that names the account counts: keep
    # one block, and append the keys and the principals of all to its files.
    #
    # Of several lines for one account the first counts, and PermitRootLogin, AllowUsers and DenyUsers still hold. What
    # counts in the end, for each account: sshd -T -C user=deploy,host=x,addr=192.0.2.1

    # 3. On the hosts of each resource, who may log in to which account:

    mkdir -p /etc/ssh/apono-bastion-principals

    # bastion (bastion)
    echo 'deploy' > /etc/ssh/apono-bastion-principals/deploy

    # Then: sshd -t && systemctl reload ssh

    # So that nothing of a login runs on after it, as root; leave out what the host does not have:
    # echo deploy >> /etc/cron.deny; echo deploy >> /etc/at.deny
    # loginctl disable-linger deploy
    # usermod -p '*' deploy
    # Where /etc/cron.allow or /etc/at.allow exists, it must not name them. `usermod -p` leaves them without a password.
    # In /etc/systemd/logind.conf, so that processes end with the session, and then systemctl restart systemd-logind:
    #   KillUserProcesses=yes
    # In /etc/polkit-1/rules.d/60-apono-bastion.rules, because accounts may let themselves linger:
    #   polkit.addRule(function (action, subject) {
    #     if (action.id == "org.freedesktop.login1.set-self-linger" && ["deploy"].indexOf(subject.user) >= 0) {
    #       return polkit.Result.NO;
    #     }
    #   });

    # What stays all the same: sessions that are open when the access ends; files, and with them whatever the next
    # login to the account runs (~/.profile, ~/.bashrc, user units of systemd); processes that were left running, where
    # the lines above are not set; keys and passwords that were put into other accounts. An account that is root, or
    # may become it, can undo all of this.
    "#);
    let several = trust(
        &folder,
        "resources = [\"bastion\", { name = \"web\", hosts = [\"web-1\", \"web-2\"] }]\n\
         permissions = { login = \"deploy\", admin = \"root\" }\nprincipal = \"{account}@{resource}\"\n",
    );
    insta::assert_snapshot!(text(&several, &folder, &safe), @r#"
    # bastion: what its hosts need so that they take its certificates, and keep nothing that a login leaves.
    # The CA's key is [fingerprint], but the record of it could not be read:
    # compare it with CA KEY RECORDED in the audit channel before you copy it.

    # 1. On every host, the file /etc/ssh/apono-bastion-ca.pub with this line:

    ssh-ed25519 [key] apono bastion

    # 2. On every host, in /etc/ssh/sshd_config, before the first block that opens with Match:

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

    # The block opens these accounts (deploy, root) to certificates and closes them to passwords and every other key, also to
    # an admin's: give admins accounts of their own first. A host that asks for a second factor writes
    # AuthenticationMethods publickey,keyboard-interactive. For all other accounts the host stays as it is, and this CA
    # opens none of them.
    #
    # Where another CA is trusted already, leave its line alone and add no second one outside of the block: only the
    # first TrustedUserCAKeys line counts there. In the block only the file of step 1 counts: if the other CA has to
    # open these accounts too, append its key to that file, and the principals it names to those of step 3.
    # Where several integrations open one account of a host, only the first block that names the account counts: keep
    # one block, and append the keys and the principals of all to its files.
    #
    # Of several lines for one account the first counts, and PermitRootLogin, AllowUsers and DenyUsers still hold. What
    # counts in the end, for each account: sshd -T -C user=deploy,host=x,addr=192.0.2.1

    # 3. On the hosts of each resource, who may log in to which account:

    mkdir -p /etc/ssh/apono-bastion-principals

    # bastion (bastion)
    echo 'deploy@bastion' > /etc/ssh/apono-bastion-principals/deploy
    echo 'root@bastion' > /etc/ssh/apono-bastion-principals/root

    # web (web-1, web-2)
    echo 'deploy@web' > /etc/ssh/apono-bastion-principals/deploy
    echo 'root@web' > /etc/ssh/apono-bastion-principals/root

    # Then: sshd -t && systemctl reload ssh

    # So that nothing of a login runs on after it, as root; leave out what the host does not have:
    # echo deploy >> /etc/cron.deny; echo deploy >> /etc/at.deny
    # loginctl disable-linger deploy
    # usermod -p '*' deploy
    # Where /etc/cron.allow or /etc/at.allow exists, it must not name them. `usermod -p` leaves them without a password.
    # In /etc/systemd/logind.conf, so that processes end with the session, and then systemctl restart systemd-logind:
    #   KillUserProcesses=yes
    # In /etc/polkit-1/rules.d/60-apono-bastion.rules, because accounts may let themselves linger:
    #   polkit.addRule(function (action, subject) {
    #     if (action.id == "org.freedesktop.login1.set-self-linger" && ["deploy"].indexOf(subject.user) >= 0) {
    #       return polkit.Result.NO;
    #     }
    #   });

    # What stays all the same: sessions that are open when the access ends; files, and with them whatever the next
    # login to the account runs (~/.profile, ~/.bashrc, user units of systemd); processes that were left running, where
    # the lines above are not set; keys and passwords that were put into other accounts. An account that is root, or
    # may become it, can undo all of this.
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
    assert!(text(&same, &folder, &recorded).contains("the one that the audit channel names"));
    std::fs::copy(other.key_file(), &ca).unwrap();
    let another = trust(&folder, integration);
    assert!(!another.status.success());
    assert!(another.stdout.is_empty());
    let why = String::from_utf8(another.stderr).unwrap();
    assert!(why.contains("another one"), "{why}");
}
