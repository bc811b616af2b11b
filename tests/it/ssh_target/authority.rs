//! The authority's key: in a file, in a real ssh-agent, lost, exchanged.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use apono::clock::{Clock, SystemClock};
use apono::integrations::ssh::{AgentSocket, AuthorityKey, KeyType, Ssh};
use apono::integrations::{Integration, IntegrationError};
use apono::secrets::SecretRef;

use super::context::{order, run_test};
use crate::support::ssh_server::Laptop;

const HOUR: Duration = Duration::from_hours(1);

/// An ssh-agent that ends with the test.
struct Agent {
    child: Child,
}

impl Agent {
    fn start(socket: &Path) -> Self {
        let child = Command::new("ssh-agent")
            .args(["-D", "-a"])
            .arg(socket)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let began = Instant::now();
        while !socket.exists() {
            assert!(began.elapsed() < Duration::from_secs(10), "no ssh-agent");
            std::thread::yield_now();
        }
        Self { child }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn ssh_add(socket: &Path, argument: &Path) {
    let added = Command::new("ssh-add")
        .arg("-q")
        .arg(argument)
        .env("SSH_AUTH_SOCK", socket)
        .output()
        .unwrap();
    assert!(added.status.success(), "{added:?}");
}

#[tokio::test]
async fn a_key_for_hosts_in_fips_mode_is_made_as_ecdsa() {
    run_test(async |ctx| {
        let path = ctx.folder.path().join("fips_ca");
        ctx.settings.authority = AuthorityKey::Made {
            path: path.clone(),
            key_type: KeyType::EcdsaP256,
        };
        ctx.settings.authority.make().unwrap();
        let listed = Command::new("ssh-keygen").arg("-lf").arg(&path).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        assert!(
            listed.starts_with("256 ") && listed.ends_with("(ECDSA)\n"),
            "{listed}"
        );
        ctx.trust();
        let laptop = Laptop::with_key("ecdsa");
        let shown = ctx.connect(&laptop, HOUR).await.unwrap();
        assert!(shown.lets_in(&laptop).await, "{}", ctx.server.log().unwrap());
        let explained = laptop.explain(&shown.certificate);
        assert!(explained.contains("(using ecdsa-sha2-nistp256)"), "{explained}");
    })
    .await;
}

#[tokio::test]
async fn a_key_of_the_admins_own_signs_if_it_is_of_a_usable_kind_and_not_encrypted() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        for kind in ["ed25519", "ecdsa"] {
            let safe = Laptop::with_key(kind);
            ctx.settings.authority = AuthorityKey::Secret(SecretRef::File(safe.key_file()));
            ctx.trust();
            let shown = ctx.connect(&laptop, HOUR).await.unwrap();
            assert!(shown.lets_in(&laptop).await, "{kind}");
        }
        let rsa = Laptop::with_key("rsa");
        let key = AuthorityKey::Secret(SecretRef::File(rsa.key_file()));
        insta::assert_snapshot!(without_paths(&key.public_key().unwrap_err()), @"the CA key (file [path]) has an unsupported type; use an Ed25519 key (or ECDSA P-256 or P-384)");
        let locked = Laptop::with_key("ed25519");
        let change = Command::new("ssh-keygen")
            .args(["-q", "-p", "-N", "hunter22", "-f"])
            .arg(locked.key_file())
            .output()
            .unwrap();
        assert!(change.status.success(), "{change:?}");
        let key = AuthorityKey::Secret(SecretRef::File(locked.key_file()));
        insta::assert_snapshot!(without_paths(&key.public_key().unwrap_err()), @"the CA key (file [path]) is encrypted, and the bot cannot enter a passphrase; keep it in an ssh-agent instead");
    })
    .await;
}

#[tokio::test]
async fn a_key_in_an_ssh_agent_signs_as_long_as_the_agent_holds_it() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        for kind in ["ed25519", "ecdsa"] {
            let safe = Laptop::with_key(kind);
            let socket = ctx.folder.path().join(format!("agent-{kind}"));
            let agent = Agent::start(&socket);
            ssh_add(&socket, &Laptop::with_key("rsa").key_file());
            ssh_add(&socket, &safe.key_file());
            ctx.settings.authority = AuthorityKey::Agent {
                socket: AgentSocket::Path(socket.clone()),
                fingerprint: safe.fingerprint(),
            };
            ctx.trust();
            let shown = ctx.connect(&laptop, HOUR).await.unwrap();
            assert!(shown.lets_in(&laptop).await, "{kind}");

            let ssh = ctx.ssh();
            let granted = ctx.prepare("bastion", "login");
            let until = SystemClock.now().plus(HOUR);
            ssh.grant(&granted, until).await.unwrap();
            ssh_add(&socket, Path::new("-D"));
            let gone = ssh.grant(&granted, until).await;
            assert!(matches!(gone, Err(IntegrationError::Refuse { .. })), "{gone:?}");
            drop(agent);
            let away = ssh.grant(&granted, until).await;
            assert!(matches!(away, Err(IntegrationError::Retry { .. })), "{away:?}");
            assert!(ssh.revoke(&granted).await.is_ok(), "ending needs no key");
        }
    })
    .await;
}

#[tokio::test]
async fn a_lost_or_exchanged_key_gives_nothing_and_takes_everything_away() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let ssh = ctx.ssh();
        let granted = ctx.prepare("bastion", "login");
        let until = SystemClock.now().plus(HOUR);
        ssh.grant(&granted, until).await.unwrap();
        let AuthorityKey::Made { path, .. } = ctx.settings.authority.clone() else {
            unreachable!("the test's authority makes its own key")
        };

        std::fs::copy(Laptop::with_key("ed25519").key_file(), &path).unwrap();
        let exchanged = ssh.grant(&granted, until).await.unwrap_err();
        assert!(
            exchanged.to_string().contains("is not the one on record"),
            "{exchanged}"
        );
        std::fs::remove_file(&path).unwrap();
        let lost = ssh.grant(&granted, until).await.unwrap_err();
        assert!(lost.to_string().contains("cannot be read"), "{lost}");
        assert!(ssh.revoke(&granted).await.is_ok());

        // One that never had a key on record plans nothing either, and one that the config forgot only ends.
        ctx.settings.authority.make().unwrap();
        let unrecorded = Ssh::new(ctx.settings.clone(), None);
        assert!(unrecorded.prepare(&order("bastion", "login")).is_err());
        let forgotten = Ssh::from_granted(&granted).unwrap();
        assert!(forgotten.revoke(&granted).await.is_ok());
        assert!(forgotten.grant(&granted, until).await.is_err());
        assert!(
            ctx.connect(&laptop, HOUR).await.is_ok(),
            "the new key, on record, signs"
        );
    })
    .await;
}

fn without_paths(error: &IntegrationError) -> String {
    let text = error.to_string();
    let words = text
        .split(' ')
        .map(|word| if word.starts_with('/') { "[path])" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
