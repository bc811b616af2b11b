//! The whole way through Slack: asked for, approved, a key pasted, logged in, ended.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use slack_simulator::Submitted;
use ssh_key::PrivateKey;

use crate::support::bot::{Context, Setup, run_test_with};
use crate::support::ssh_server::{self, Laptop};

const CONFIG: &str = r#"
[[integrations]]
name = "bastion-ssh"
kind = "ssh"
ca_key = { made = "keys/bastion_ca" }
resources = [{ name = "bastion", hosts = ["127.0.0.1"], port = {port} }]
permissions = { login = "{account}" }
certificate_for = "{lasts}"

[[flows]]
name = "Developers log in"
requesters = ["group:developers"]
integration = "bastion-ssh"
max_duration = "8h"
approvers = ["group:sre"]
"#;

/// What the window with a certificate says.
pub(crate) struct Window {
    pub(crate) text: String,
    pub(crate) certificate: String,
    pub(crate) line: String,
}

impl Window {
    /// The block to paste.
    pub(crate) fn block(&self) -> String {
        let mut blocks = self.text.split("```");
        let block = blocks.find(|block| block.contains("umask")).unwrap();
        format!("{}\n", block.trim())
    }
}

/// The usual set-up and the shared server as bastion.
pub(crate) async fn run_test(lasts: &str, test: impl AsyncFn(&mut Context)) {
    run_test_on_top_of(&Setup::default().config, lasts, test).await;
}

/// The same with another config of everything else.
pub(crate) async fn run_test_on_top_of(usual: &str, lasts: &str, test: impl AsyncFn(&mut Context)) {
    let Some(server) = ssh_server::shared() else {
        return;
    };
    let config = CONFIG
        .replace("{port}", &server.port().to_string())
        .replace("{account}", server.account())
        .replace("{lasts}", lasts);
    let setup = || Setup {
        config: format!("{usual}{config}"),
        ..Setup::default()
    };
    run_test_with(setup, async |ctx| {
        let ca = std::fs::read_to_string(ca_file(ctx)).unwrap();
        let ca = PrivateKey::from_openssh(&ca).unwrap();
        server.trust(&ca.public_key().to_openssh().unwrap()).unwrap();
        test(ctx).await;
    })
    .await;
}

fn ca_file(ctx: &Context) -> std::path::PathBuf {
    ctx.folder.path().join("keys/bastion_ca")
}

impl Context {
    /// Dana has asked, and Omar knows.
    pub(crate) async fn waits_to_log_in(&self, duration: &str) {
        self.until("the hosts are known", async || {
            self.app()
                .core()
                .catalogue
                .of("bastion-ssh")
                .all()
                .next()
                .is_some()
        })
        .await;
        let dana = self.person("dana");
        dana.command("/apono", "request").await.unwrap();
        dana.choose("Integration", &["bastion-ssh"]).await.unwrap();
        dana.choose("Resource type", &["Host"]).await.unwrap();
        dana.choose("Resources", &["bastion"]).await.unwrap();
        dana.choose("Permissions", &["login"]).await.unwrap();
        dana.fill("Duration", duration).await.unwrap();
        dana.fill("Justification", "incident 4711").await.unwrap();
        assert_eq!(
            dana.submit().await.unwrap(),
            Submitted::Closed,
            "{:?}",
            dana.top_modal()
        );
        self.sees("omar", "asks for login").await;
    }

    async fn asks_to_log_in(&self, duration: &str) {
        self.waits_to_log_in(duration).await;
        self.clicks("omar", "asks for login", "Approve").await;
    }

    /// Dana may log in.
    pub(crate) async fn may_log_in(&self, duration: &str) {
        self.asks_to_log_in(duration).await;
        self.sees("dana", "you have login").await;
    }

    /// Dana opens Connect, up to the question for her key.
    async fn opens_key_form(&self) -> String {
        let dana = self.person("dana");
        dana.click("Granted", "Connect").await.unwrap();
        self.eventually("the question for a key", async || {
            let modal = dana.top_modal()?;
            modal.submit.is_some().then_some(modal.rendered)
        })
        .await
    }

    /// Sends the question's answer, and reads the certificate.
    async fn gets_certificate(&self) -> Window {
        let dana = self.person("dana");
        assert_eq!(dana.submit().await.unwrap(), Submitted::Updated);
        let modal = dana.top_modal().unwrap();
        assert_eq!(modal.submit, None);
        assert!(
            !modal.view.to_string().contains("\"button\""),
            "nothing in it can be clicked"
        );
        dana.close_modal().await.unwrap();
        let text = modal.rendered;
        let found = |start: &str| {
            text.lines()
                .find(|line| line.starts_with(start))
                .unwrap()
                .to_owned()
        };
        Window {
            certificate: found("ssh-ed25519-cert-v01"),
            line: found("ssh -i"),
            text,
        }
    }

    pub(crate) async fn connects(&self, laptop: &Laptop) -> Window {
        self.opens_key_form().await;
        self.person("dana")
            .fill("Public key", &laptop.public_key())
            .await
            .unwrap();
        self.gets_certificate().await
    }

    /// The text without what differs from run to run and machine to machine.
    fn plain_of(&self, text: &str, laptop: &Laptop) -> String {
        let server = ssh_server::shared().unwrap();
        let text = self.plain(text);
        text.replace(&laptop.fingerprint(), "[key]")
            .replace(&server.port().to_string(), "[port]")
            .replace(server.account(), "[account]")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_key_is_certified_and_remembered_for_next_time() {
    run_test("5m", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.may_log_in("2h").await;
        let asked = ctx.opens_key_form().await;
        insta::assert_snapshot!(asked, @"
        You get a certificate for your SSH key. Only the public half is needed; the private half stays with you.
        Public key: ____ (ssh-ed25519 AAAA... you@laptop)
          Paste the line from a file such as ~/.ssh/id_ed25519.pub. It is remembered for next time.
        ");
        ctx.person("dana").fill("Public key", &laptop.public_key()).await.unwrap();
        let first = ctx.gets_certificate().await;
        assert!(laptop.gets_in(&first.line, &first.certificate).await);
        let text = first.text.replace(&first.certificate, "[certificate]");
        insta::assert_snapshot!(ctx.plain_of(&text, &laptop), @r#"
        ```
        Certificate for: [key]
        Works until: [time]
        Each lasts at most: 5 min
        ```
        ```
        (umask 077 && rm -f ~/.ssh/apono-ar-1-cert.pub && cat > ~/.ssh/apono-ar-1-cert.pub) <<'APONO' &&
        [certificate]
        APONO
        ssh -i ~/.ssh/id_ed25519 -o CertificateFile="$HOME/.ssh/apono-ar-1-cert.pub" -o IdentitiesOnly=yes -p [port] [account]@127.0.0.1
        ```
        The block saves the certificate beside your key, readable only by you, and logs in. The certificate works for new logins until [time]: each one lasts at most 5 min (`certificate_for` in the config). To renew it, click Connect again and paste the new block. Open sessions keep running after that.
        This is shown once and stored nowhere. Do not share it: anything done with it is done in your name.
        "#);

        // The next time one click is enough.
        let asked = ctx.opens_key_form().await;
        insta::assert_snapshot!(ctx.plain_of(&asked.replace(&laptop.fingerprint()[..20], "[key]"), &laptop), @"
        You get a certificate for your SSH key. Only the public half is needed; the private half stays with you.
        Key: dana@laptop ([key]…)
        Another public key (optional): ____ (ssh-ed25519 AAAA... you@laptop)
          Paste the line from a file such as ~/.ssh/id_ed25519.pub. It is remembered for next time.
        ");
        let second = ctx.gets_certificate().await;
        assert_ne!(second.certificate, first.certificate);
        assert!(laptop.gets_in(&second.line, &second.certificate).await);
        let posts = ctx.audit_posts("CREDENTIALS SHOWN").await;
        assert_eq!(posts.len(), 2);
        insta::assert_snapshot!(ctx.plain_of(&posts[0], &laptop), @"
        🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): login on bastion (bastion-ssh)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: login
        Resources: bastion
        Integration: bastion-ssh (ssh, Host)
        Duration: 2 h
        Target account: [account] (AR-1)
        Public key: [key]
        Works for new logins until: [time]
        [Open]
        #8 · [head] · [time]
        ");
        let granted = ctx.audit_posts("GRANTED").await;
        insta::assert_snapshot!(ctx.plain_of(&granted[0], &laptop), @"
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has login on bastion (bastion-ssh) until [clock] (2 h)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: login
        Resources: bastion
        Integration: bastion-ssh (ssh, Host)
        Duration: 2 h
        Approved by: Omar Khan (omar@example.com)
        Target account: [account] (AR-1)
        Confirmed at: [time]
        Deadline on target: yes
        Live grants of this person: 1
        [Open]
        #7 · [head] · [time]
        ");
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        let small = card.rendered.lines().last().unwrap();
        insta::assert_snapshot!(ctx.plain(small), @"At the end, open sessions keep running; the target itself refuses new logins after the end; an early revoke takes effect within 5 min.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_good_public_key_is_answered_in_the_form_and_kept_nowhere() {
    run_test("5m", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let private = std::fs::read_to_string(laptop.key_file()).unwrap();
        ctx.may_log_in("2h").await;
        ctx.opens_key_form().await;
        let dana = ctx.person("dana");
        for (pasted, answer) in [
            (private.as_str(), "This is a PRIVATE key."),
            ("ssh-ed25519 AAAA", "The key is incomplete"),
        ] {
            dana.fill("Public key", pasted).await.unwrap();
            let Submitted::Errors(errors) = dana.submit().await.unwrap() else {
                panic!("{pasted} was taken");
            };
            assert!(errors["Public key"].starts_with(answer), "{errors:?}");
        }
        dana.close_modal().await.unwrap();
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 0);
        let secret = private.lines().nth(2).unwrap();
        for file in std::fs::read_dir(ctx.folder.path()).unwrap() {
            let path = file.unwrap().path();
            let content = std::fs::read(&path).unwrap_or_default();
            let found = content
                .windows(secret.len())
                .any(|piece| piece == secret.as_bytes());
            assert!(!found, "the private key stands in {}", path.display());
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_early_revoke_is_confirmed_when_the_last_certificate_is_over() {
    run_test("5s", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.may_log_in("2h").await;
        let window = ctx.connects(&laptop).await;
        assert!(laptop.gets_in(&window.line, &window.certificate).await);
        ctx.person("dana")
            .click("AR-1 · Granted", "Revoke")
            .await
            .unwrap();
        let card = ctx.sees("dana", "AR-1 · Revoking").await;
        assert!(card.buttons.is_empty(), "no certificate is given any more");
        insta::assert_snapshot!(ctx.plain(card.rendered.lines().last().unwrap()), @"Approved by Omar Khan (omar@example.com), group:sre. Being revoked: given back. No new certificates are issued; the last one works for new logins until [time].");
        let card = ctx.sees("dana", "AR-1 · Revoked").await;
        assert!(!laptop.gets_in(&window.line, &window.certificate).await);
        insta::assert_snapshot!(ctx.plain(card.rendered.lines().last().unwrap()), @"Approved by Omar Khan (omar@example.com), group:sre. Ended early: given back; confirmed gone at [time]. Sessions that were open then were not ended.");
        let revoked = ctx.audit_posts("REVOKED").await;
        insta::assert_snapshot!(ctx.plain_of(&revoked[0], &laptop), @"
        🔒 *REVOKED* AR-1 by Dana Ito (dana@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), login on bastion (bastion-ssh)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: login
        Resources: bastion
        Integration: bastion-ssh (ssh, Host)
        Duration: 2 h
        Why: given back
        Confirmed gone at: [time]
        Open sessions: keep running until somebody closes them
        Proof: no more certificates are issued, and the last one expired at [time]
        Used: credentials shown once, last at [time]; the target does not tell who uses them
        [Open]
        #10 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_nobody_connected_to_is_revoked_at_once() {
    run_test("5m", async |ctx| {
        ctx.may_log_in("2h").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        let revoked = ctx.audit_posts("REVOKED").await;
        assert!(
            revoked[0].contains("Proof: no certificate was ever issued"),
            "{}",
            revoked[0]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_is_over_on_time_with_its_last_certificate() {
    run_test("5m", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.may_log_in("6s").await;
        let window = ctx.connects(&laptop).await;
        assert!(laptop.gets_in(&window.line, &window.certificate).await);
        ctx.sees("dana", "AR-1 · Expired").await;
        assert!(!laptop.gets_in(&window.line, &window.certificate).await);
        let expired = ctx.audit_posts("EXPIRED").await;
        assert!(expired[0].contains("AR-1 on time"), "{}", expired[0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_was_left_open_gives_nothing_after_the_end() {
    run_test("5m", async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.may_log_in("2h").await;
        ctx.opens_key_form().await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "AR-1 · Expired").await;
        let dana = ctx.person("dana");
        dana.fill("Public key", &laptop.public_key()).await.unwrap();
        let answer = dana.submit().await.unwrap();
        let Submitted::Errors(errors) = answer else {
            panic!("{answer:?}");
        };
        insta::assert_snapshot!(ctx.plain(&errors["Public key"]), @"AR-1 expired at [time], so nothing was changed.");
        dana.close_modal().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ca_key_is_made_once_and_when_it_is_lost_nothing_is_granted_and_everything_ends() {
    run_test("5m", async |ctx| {
        let mode = std::fs::metadata(ca_file(ctx)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(ctx.audit_posts("CA KEY RECORDED").await.len(), 1);
        ctx.may_log_in("2h").await;
        ctx.stop().await;
        std::fs::remove_file(ca_file(ctx)).unwrap();
        ctx.run().await;
        assert!(!ca_file(ctx).exists(), "a lost key is not replaced");
        let refused = ctx.audit_posts("CA KEY REFUSED").await;
        assert_eq!(refused.len(), 1);
        assert!(
            refused[0].contains("bastion-ssh gives no access until its CA key is back"),
            "{}",
            refused[0]
        );
        ctx.asks_to_log_in("3h").await;
        ctx.sees("dana", "AR-2 · Failed").await;
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        ctx.until("the admins are told", async || {
            !ctx.messages_to("ada", "bastion-ssh").is_empty()
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_ca_key_counts_once_an_admin_said_so_on_the_machine() {
    run_test("5m", async |ctx| {
        ctx.stop().await;
        std::fs::copy(Laptop::with_key("ed25519").key_file(), ca_file(ctx)).unwrap();
        let accepted = std::process::Command::new(env!("CARGO_BIN_EXE_apono"))
            .args(["ssh", "accept-key", "--integration", "bastion-ssh", "--config"])
            .arg(ctx.config_path())
            .output()
            .unwrap();
        assert!(accepted.status.success(), "{accepted:?}");
        ctx.run().await;
        assert_eq!(ctx.audit_posts("CA KEY RECORDED").await.len(), 2);
        assert_eq!(ctx.audit_posts("CA KEY REFUSED").await.len(), 0);
        ctx.may_log_in("2h").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_terminal_broke_is_the_same_key_and_one_with_options_is_refused_for_them() {
    run_test("5m", async |ctx| {
        ctx.may_log_in("2h").await;
        let laptop = Laptop::with_key("ed25519");
        let key = laptop.public_key();
        ctx.opens_key_form().await;
        let dana = ctx.person("dana");
        let restricted = format!("from=\"10.0.0.0/8\" {key}");
        dana.fill("Public key", &restricted).await.unwrap();
        let Submitted::Errors(errors) = dana.submit().await.unwrap() else {
            panic!("a key with options was taken");
        };
        insta::assert_snapshot!(errors["Public key"], @"There is something before the key, such as options (from=..., command=...) or a host name, and a certificate cannot carry that. Paste only the key, starting with ssh-..., ecdsa-... or sk-...");
        let chars: Vec<char> = key.trim().chars().collect();
        let lines: Vec<String> = chars.chunks(40).map(|line| line.iter().collect()).collect();
        let pasted = format!("\u{feff}{}\r\n", lines.join("\r\n").replacen(' ', "\u{a0}", 1));
        dana.fill("Public key", &pasted).await.unwrap();
        let window = ctx.gets_certificate().await;
        assert!(window.text.contains(&laptop.fingerprint()), "{}", window.text);
        assert!(laptop.gets_in(&window.line, &window.certificate).await);
    })
    .await;
}
