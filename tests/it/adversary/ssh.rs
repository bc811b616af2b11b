//! Somebody who was let into an account by a certificate, and leaves there what should let them in later, or run later.
//!
//! Each attack is played twice: on a host that merely trusts the authority, where it works, so that it is one; and on one
//! that was told what `apono ssh trust` prints.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use apono::access::ids::{InstallId, RequestNumber};
use apono::clock::{Clock, SystemClock};
use apono::integrations::ssh::{AuthorityKey, Ssh, SshResource, SshSettings, fingerprint, trust};
use apono::integrations::{CertifiesKeys, Certify, GrantOrder, Integration, OrderUnit};
use tempfile::TempDir;

use crate::support::ssh_host::{Host, OTHER};
use crate::support::ssh_server::{Laptop, certificate_in};

/// What a host has that trusts the authority in the usual way.
const TRUSTS: &str = "TrustedUserCAKeys /etc/ssh/ca.pub\n";

/// An authority, a host, and somebody whom a certificate lets in.
struct Scene {
    host: Host,
    grantee: Laptop,
    certificate: String,
    settings: SshSettings,
    folder: TempDir,
}

/// On a host that only trusts the authority, with `more` in its `sshd_config`.
async fn open_host(more: &str) -> Option<Scene> {
    Scene::start(|_| format!("{TRUSTS}{more}")).await
}

/// On a host that also has the optional settings printed by `apono ssh trust`.
async fn told_host(more: &str) -> Option<Scene> {
    Scene::start(|printed| {
        let from = printed.find("Match User").unwrap();
        let to = printed.find("Match all").unwrap();
        format!("{more}{}Match all\n", &printed[from..to])
    })
    .await
}

impl Scene {
    async fn start(lines: impl FnOnce(&str) -> String) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let authority = AuthorityKey::made(folder.path().join("ca"));
        authority.make().unwrap();
        let key = authority.public_key().unwrap();
        let whoami = Command::new("id").arg("-un").output().unwrap();
        let account = String::from_utf8(whoami.stdout).unwrap().trim().to_owned();
        let mut settings = SshSettings {
            name: "bastion".to_owned(),
            authority,
            resources: Vec::new(),
            permissions: vec![("login".to_owned(), account.clone())],
            principal: "{account}".to_owned(),
            certificate_for: Duration::from_mins(5),
            clock_skew: Duration::from_mins(1),
            allow: Vec::new(),
            source_address: Vec::new(),
        };
        let line = key.to_openssh().unwrap();
        let printed = trust(&settings, &key, true);
        let principals = format!("apono-bastion-principals/{account}");
        let files = [
            ("ca.pub", &*line),
            ("apono-bastion-ca.pub", &line),
            (&principals, &account),
        ];
        let host = Host::start(&lines(&printed), &files)?;
        settings.resources = vec![SshResource {
            name: "bastion".to_owned(),
            hosts: vec!["127.0.0.1".to_owned()],
            port: host.port,
        }];
        let grantee = Laptop::with_key("ed25519");
        let mut scene = Self {
            host,
            grantee,
            certificate: String::new(),
            settings,
            folder,
        };
        scene.certificate = scene.connect().await;
        Some(scene)
    }

    /// What Connect gives the grantee.
    async fn connect(&self) -> String {
        let on_record = fingerprint(self.settings.authority.public_key().unwrap().key_data());
        let ssh = Ssh::new(self.settings.clone(), Some(on_record));
        let order = GrantOrder {
            install: InstallId::new("abcdefgh"),
            request: RequestNumber(7),
            grantee_name: "Dana Ito".to_owned(),
            account: None,
            units: vec![OrderUnit {
                resource_id: "bastion".to_owned(),
                resource_name: "bastion".to_owned(),
                permission: "login".to_owned(),
            }],
        };
        let granted = ssh.prepare(&order).unwrap();
        let order = Certify {
            key: ssh.read_key(&self.grantee.public_key()).unwrap(),
            now: SystemClock.now(),
            until: SystemClock.now().plus(Duration::from_hours(1)),
        };
        certificate_in(&ssh.certify(&granted, order).await.unwrap()).to_owned()
    }

    /// The grantee does this in the account while the access lives.
    async fn grantee_runs(&self, command: &str) {
        let line = self.with_certificate();
        let output = self.grantee.runs(&line, &self.certificate, "", command).await;
        assert!(output.status.success(), "{output:?}\n{}", self.host.log());
    }

    fn with_certificate(&self) -> String {
        let line = self.host.line();
        line.replace("-o Identities", "-o CertificateFile=saved -o Identities")
    }

    /// A certificate that allows everything, like an older one made elsewhere, or one made by a thief of the key.
    fn whole_certificate(&self, laptop: &Laptop, principal: &str) -> String {
        let public = self.folder.path().join("signed.pub");
        std::fs::write(&public, laptop.public_key()).unwrap();
        let made = Command::new("ssh-keygen")
            .args(["-q", "-I", "whole", "-V", "+10m", "-n", principal, "-s"])
            .arg(self.folder.path().join("ca"))
            .arg(&public)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        std::fs::read_to_string(self.folder.path().join("signed-cert.pub")).unwrap()
    }

    /// Whether this lies in the account's home.
    fn left(&self, file: &str) -> bool {
        Path::new(&self.host.home().join(file)).exists()
    }
}

/// An ssh-agent that ends with the test.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(socket: PathBuf) -> Self {
        let mut child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(&socket)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // It listens before it says where.
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut said)
            .unwrap();
        assert!(socket.exists(), "{said}");
        Self { child, socket }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A host may ask a program who may log in, whatever the file of principals says.
#[tokio::test]
async fn a_principal_that_a_program_of_the_hosts_names_lets_nobody_in() {
    let names = "AuthorizedPrincipalsCommand /bin/echo somebody-else\nAuthorizedPrincipalsCommandUser root\n";
    let (Some(open), Some(told)) = (open_host(names).await, told_host(names).await) else {
        return;
    };
    for (scene, lets_in) in [(open, true), (told, false)] {
        let other = Laptop::with_key("ed25519");
        let certificate = scene.whole_certificate(&other, "somebody-else");
        let gets_in = other.gets_in(&scene.with_certificate(), &certificate).await;
        assert_eq!(gets_in, lets_in, "{}", scene.host.log());
    }
}

/// A person who was logged in to an account may have given it a password, or know a host that it trusts.
#[tokio::test]
async fn what_is_no_certificate_is_not_even_asked_for() {
    let asks = "Match all\n    PasswordAuthentication yes\n    HostbasedAuthentication yes\n";
    let (Some(open), Some(told)) = (open_host(asks).await, told_host(asks).await) else {
        return;
    };
    for (scene, asked) in [(open, "(publickey,password,hostbased)"), (told, "(publickey)")] {
        let line = scene.host.line();
        let output = Laptop::with_key("ed25519").runs(&line, "", "", "true").await;
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(&format!("Permission denied {asked}")), "{said}");
        scene.grantee_runs("true").await;
    }
}

#[tokio::test]
async fn an_authorized_key_that_a_login_leaves_lets_nobody_in() {
    for file in ["authorized_keys", "authorized_keys2"] {
        let (Some(open), Some(told)) = (open_host("").await, told_host("").await) else {
            return;
        };
        for (scene, lets_in) in [(open, true), (told, false)] {
            let later = Laptop::with_key("ed25519");
            let key = later.public_key();
            let leaves = format!("mkdir -p ~/.ssh && echo '{}' >> ~/.ssh/{file}", key.trim());
            scene.grantee_runs(&leaves).await;
            assert!(scene.left(&format!(".ssh/{file}")), "it was left there");
            let without = scene.host.line();
            assert_eq!(later.gets_in(&without, "").await, lets_in, "{}", scene.host.log());
            scene.grantee_runs("true").await;
        }
    }
}

#[tokio::test]
async fn what_a_login_leaves_in_the_rc_file_runs_for_nobody() {
    let (Some(open), Some(told)) = (open_host("").await, told_host("").await) else {
        return;
    };
    for (scene, runs) in [(open, true), (told, false)] {
        scene
            .grantee_runs("mkdir -p ~/.ssh && echo 'touch ~/ran' > ~/.ssh/rc")
            .await;
        assert!(!scene.left("ran"), "a certificate of ours runs none");
        let next = Laptop::with_key("ed25519");
        let certificate = scene.whole_certificate(&next, &scene.host.account);
        let line = scene.with_certificate();
        assert!(next.gets_in(&line, &certificate).await, "{}", scene.host.log());
        assert_eq!(scene.left("ran"), runs);
    }
}

#[tokio::test]
async fn a_login_gets_hold_of_nobodys_agent() {
    let (Some(open), Some(told)) = (open_host("").await, told_host("").await) else {
        return;
    };
    for (scene, comes_along) in [(open, true), (told, false)] {
        let agent = Agent::start(scene.folder.path().join("agent"));
        let next = Laptop::with_key("ed25519");
        let certificate = scene.whole_certificate(&next, &scene.host.account);
        let forwards = format!("-A -o IdentityAgent={}", agent.socket.display());
        let asks = "echo ${SSH_AUTH_SOCK:-none}";
        let output = next
            .runs(&scene.with_certificate(), &certificate, &forwards, asks)
            .await;
        assert_eq!(output.stdout != b"none\n", comes_along, "{output:?}");
        assert!(output.status.success());
    }
}

#[tokio::test]
async fn a_principal_that_a_login_adds_lets_nobody_in() {
    let own_file = "AuthorizedPrincipalsFile %h/principals\n";
    let (Some(open), Some(told)) = (open_host(own_file).await, told_host(own_file).await) else {
        return;
    };
    for (scene, lets_in) in [(open, true), (told, false)] {
        let listed = format!("{}\n", scene.host.account);
        std::fs::write(scene.host.home().join("principals"), listed).unwrap();
        scene.grantee_runs("echo friend >> ~/principals").await;
        let friend = Laptop::with_key("ed25519");
        let certificate = scene.whole_certificate(&friend, "friend");
        let line = scene.with_certificate();
        assert_eq!(
            friend.gets_in(&line, &certificate).await,
            lets_in,
            "{}",
            scene.host.log()
        );
    }
}

#[tokio::test]
async fn the_authority_opens_no_account_beside_those_of_its_block() {
    let (Some(open), Some(told)) = (open_host("").await, told_host("").await) else {
        return;
    };
    for (scene, lets_in) in [(open, true), (told, false)] {
        let thief = Laptop::with_key("ed25519");
        let certificate = scene.whole_certificate(&thief, OTHER);
        let line = scene.with_certificate();
        let other = line.replace(&format!(" {}@", scene.host.account), &format!(" {OTHER}@"));
        assert_eq!(
            thief.gets_in(&other, &certificate).await,
            lets_in,
            "{}",
            scene.host.log()
        );
    }
}

#[tokio::test]
async fn where_another_authority_is_trusted_already_both_go_on() {
    let theirs = tempfile::tempdir().unwrap();
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(theirs.path().join("ca"))
        .status()
        .unwrap();
    assert!(made.success());
    let their_line = format!("TrustedUserCAKeys {}\n", theirs.path().join("ca.pub").display());
    let Some(scene) = told_host(&their_line).await else {
        return;
    };
    scene.grantee_runs("true").await;
    let colleague = Laptop::with_key("ed25519");
    let public = theirs.path().join("signed.pub");
    std::fs::write(&public, colleague.public_key()).unwrap();
    let signed = Command::new("ssh-keygen")
        .args(["-q", "-I", "theirs", "-V", "+10m", "-n"])
        .arg(format!("{OTHER},{}", scene.host.account))
        .arg("-s")
        .arg(theirs.path().join("ca"))
        .arg(&public)
        .output()
        .unwrap();
    assert!(signed.status.success(), "{signed:?}");
    let certificate = std::fs::read_to_string(theirs.path().join("signed-cert.pub")).unwrap();
    let line = scene.with_certificate();
    assert!(
        !colleague.gets_in(&line, &certificate).await,
        "the granted account is ours alone"
    );
    let other = line.replace(&format!(" {}@", scene.host.account), &format!(" {OTHER}@"));
    assert!(
        colleague.gets_in(&other, &certificate).await,
        "{}",
        scene.host.log()
    );
}
