//! One block to paste writes the certificate and connects; how long each lasts and how to renew it stand beside it.

use std::os::unix::fs::PermissionsExt;

use crate::ssh_target::front_door;
use crate::support::ssh_server::{self, Laptop};

/// Shells that people paste into; only the first is on every machine.
const SHELLS: [&str; 3] = ["sh", "bash", "zsh"];

#[tokio::test(flavor = "multi_thread")]
async fn the_block_is_pasted_into_a_shell_and_dana_is_in() {
    front_door::run_test("5m", async |ctx| {
        ctx.may_log_in("2h").await;
        let laptop = Laptop::with_key("ed25519");
        let window = ctx.connects(&laptop).await;
        let file = laptop.home().join(".ssh/apono-ar-1-cert.pub");
        for shell in SHELLS {
            // One that others can read, and that is out of date, is replaced.
            std::fs::write(&file, "an older certificate\n").unwrap();
            std::fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).unwrap();
            let Some(said) = laptop.pastes(shell, &window.block()).await else {
                assert_ne!(shell, "sh");
                continue;
            };
            assert_eq!(String::from_utf8_lossy(&said.stdout), "in\n", "{shell}: {said:?}");
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{shell}");
            let saved = std::fs::read_to_string(&file).unwrap();
            assert_eq!(saved.trim(), window.certificate, "{shell}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_how_long_it_lasts_and_how_to_renew_it() {
    front_door::run_test("5m", async |ctx| {
        ctx.may_log_in("2h").await;
        let laptop = Laptop::with_key("ed25519");
        let window = ctx.connects(&laptop).await;
        let fixed = [
            (laptop.fingerprint(), "[fingerprint]"),
            (window.certificate.clone(), "[certificate]"),
            (window.line.clone(), "[the line with ssh]"),
        ];
        let mut text = ctx.plain(&window.text);
        for (found, name) in &fixed {
            text = text.replace(found, name);
        }
        insta::assert_snapshot!(text, @"
        ```
        Certificate for: [fingerprint]
        Works until: [time]
        Each lasts at most: 5 min
        ```
        ```
        (umask 077 && rm -f ~/.ssh/apono-ar-1-cert.pub && cat > ~/.ssh/apono-ar-1-cert.pub) <<'APONO' &&
        [certificate]
        APONO
        [the line with ssh]
        ```
        The block saves the certificate beside your key, readable only by you, and logs in. The certificate works for new logins until [time]: each one lasts at most 5 min (`certificate_for` in the config). To renew it, click Connect again and paste the new block. Open sessions keep running after that.
        This is shown once and stored nowhere. Do not share it: anything done with it is done in your name.
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_names_the_account_on_the_host() {
    front_door::run_test("5m", async |ctx| {
        ctx.waits_to_log_in("2h").await;
        let card = ctx.reads("omar", "AR-1 · Pending").await;
        let account = ssh_server::shared().unwrap().account();
        let gives = format!("Approving gives account {account} for 2 h: until ");
        assert!(card.contains(&gives), "{card}");
    })
    .await;
}
