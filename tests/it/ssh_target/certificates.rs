//! What certificates open, for whom, for how long, and what they do not.

use std::time::Duration;

use apono::access::target::Trouble;
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::ssh::{Forwarding, SshResource};
use apono::integrations::{EarlyRevoke, Integration, IntegrationError};

use super::context::run_test;
use crate::support::ssh_server::Laptop;

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_certificate_opens_the_account_for_keys_of_every_usual_kind() {
    run_test(async |ctx| {
        for kind in ["ed25519", "ecdsa", "rsa"] {
            let laptop = Laptop::with_key(kind);
            let shown = ctx.connect(&laptop, HOUR).await.unwrap();
            assert!(shown.lets_in(&laptop).await, "{kind}");
            let other = Laptop::with_key("ed25519");
            assert!(
                !shown.lets_in(&other).await,
                "a certificate alone is worth nothing"
            );
        }
        let log = ctx.server.log().unwrap();
        assert!(
            log.contains("ID \"AR-7 Dana Ito apono-abcdefgh\" (serial 7)"),
            "{log}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_certificate_says_who_as_whom_and_for_how_long() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.settings.source_address = vec!["127.0.0.0/8".to_owned()];
        let shown = ctx.connect(&laptop, HOUR).await.unwrap();
        let text = laptop.explain(&shown.certificate);
        let text = text
            .replace(&laptop.fingerprint(), "[key]")
            .replace(&ctx.found(), "[ca]")
            .replace(ctx.server.account(), "[account]");
        let valid = text.lines().find(|line| line.contains("Valid:")).unwrap();
        insta::assert_snapshot!(text.replace(valid, "        Valid: [times]"), @r#"
        Type: ssh-ed25519-cert-v01@openssh.com user certificate
        Public key: ED25519-CERT [key]
        Signing CA: ED25519 [ca] (using ssh-ed25519)
        Key ID: "AR-7 Dana Ito apono-abcdefgh"
        Serial: 7
        Valid: [times]
        Principals: 
                [account]
        Critical Options: 
                source-address 127.0.0.0/8
        Extensions: 
                permit-pty
        "#);
        let lasts = shown.until.since(SystemClock.now());
        assert!(
            lasts <= Duration::from_mins(5) && lasts > Duration::from_secs(290),
            "{lasts:?}"
        );
        assert!(shown.lets_in(&laptop).await);
    })
    .await;
}

#[tokio::test]
async fn a_certificate_is_valid_before_it_was_made_for_as_long_as_the_config_says() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        for skew in [Duration::from_secs(1), Duration::from_mins(10)] {
            ctx.settings.clock_skew = skew;
            let before = SystemClock.now();
            let shown = ctx.connect(&laptop, HOUR).await.unwrap();
            let certificate = ssh_key::Certificate::from_openssh(&shown.certificate).unwrap();
            let from = i64::try_from(certificate.valid_after()).unwrap();
            let late = from - before.minus(skew).seconds();
            assert!((0..30).contains(&late), "{late} s");
            assert!(
                shown.until.since(before) < Duration::from_secs(330),
                "it lives no longer"
            );
            assert!(shown.lets_in(&laptop).await);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_logs_in_once_the_certificate_is_over_and_connect_renews_it_while_the_access_lives() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.settings.certificate_for = Duration::from_secs(4);
        let granted = ctx.prepare("bastion", "login");
        let until = SystemClock.now().plus(HOUR);
        let first = ctx.connect_with(&granted, &laptop, until).await.unwrap();
        assert!(first.lets_in(&laptop).await);
        let refused = first.until_refused(&laptop).await;
        assert!(refused >= first.until, "it was refused before its end");
        assert!(ctx.server.log().unwrap().contains("Certificate invalid: expired"));
        let second = ctx.connect_with(&granted, &laptop, until).await.unwrap();
        assert!(second.lets_in(&laptop).await);
    })
    .await;
}

#[tokio::test]
async fn no_certificate_outlives_its_access_and_none_is_made_after_it() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let granted = ctx.prepare("bastion", "login");
        let until = SystemClock.now().plus(Duration::from_secs(100));
        let shown = ctx.connect_with(&granted, &laptop, until).await.unwrap();
        assert_eq!(shown.until, Timestamp::from_seconds(until.seconds()));
        let over = ctx.connect_with(&granted, &laptop, SystemClock.now()).await;
        assert_eq!(
            over.err(),
            Some(IntegrationError::refuse(Trouble::Over, "this access has ended"))
        );
    })
    .await;
}

#[tokio::test]
async fn access_to_one_resource_opens_no_other_and_one_account_no_other() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let elsewhere = SshResource {
            name: "payroll".to_owned(),
            ..ctx.settings.resources[0].clone()
        };
        ctx.settings.resources.push(elsewhere);
        ctx.settings
            .permissions
            .push(("other".to_owned(), "other".to_owned()));
        ctx.settings.principal = "{account}@{resource}".to_owned();
        let until = SystemClock.now().plus(HOUR);
        let own = ctx.prepare("bastion", "login");
        assert_eq!(own.principal, format!("{}@bastion (AR-7)", ctx.server.account()));
        let own = ctx.connect_with(&own, &laptop, until).await.unwrap();
        assert!(own.lets_in(&laptop).await);
        // The server is the bastion: what names another resource or account is no good there.
        let payroll = ctx.prepare("payroll", "login");
        let payroll = ctx.connect_with(&payroll, &laptop, until).await.unwrap();
        assert!(!payroll.lets_in(&laptop).await);
        let other = ctx.prepare("bastion", "other");
        let other = ctx.connect_with(&other, &laptop, until).await.unwrap();
        assert!(!laptop.gets_in(&own.line, &other.certificate).await);
        assert!(!laptop.gets_in(&other.line, &own.certificate).await);
    })
    .await;
}

#[tokio::test]
async fn nothing_is_forwarded_unless_it_is_listed() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        let forward = "-o ExitOnForwardFailure=yes -R 127.0.0.1:0:127.0.0.1:9";
        let shown = ctx.connect(&laptop, HOUR).await.unwrap();
        let refused = laptop
            .runs(&shown.line, &shown.certificate, forward, "echo in")
            .await;
        assert!(!refused.status.success(), "{refused:?}");
        assert!(shown.lets_in(&laptop).await, "without it they get in");
        ctx.settings.allow = vec![Forwarding::Port];
        let shown = ctx.connect(&laptop, HOUR).await.unwrap();
        let forwarded = laptop
            .runs(&shown.line, &shown.certificate, forward, "echo in")
            .await;
        assert_eq!(forwarded.stdout, b"in\n", "{forwarded:?}");
    })
    .await;
}

#[tokio::test]
async fn a_certificate_for_other_addresses_does_not_work_from_here() {
    run_test(async |ctx| {
        let laptop = Laptop::with_key("ed25519");
        ctx.settings.source_address = vec!["192.0.2.0/24".to_owned()];
        let shown = ctx.connect(&laptop, HOUR).await.unwrap();
        assert!(!shown.lets_in(&laptop).await);
    })
    .await;
}

#[tokio::test]
async fn the_proof_of_the_end_is_when_the_last_certificate_ended() {
    run_test(async |ctx| {
        let ssh = ctx.ssh();
        let guarantees = ssh.guarantees();
        assert_eq!(
            guarantees.early_revoke,
            EarlyRevoke::AtLatest(Duration::from_mins(5))
        );
        assert!(!guarantees.ends_sessions && guarantees.target_deadline && !guarantees.reads_back);
        let mut granted = ctx.prepare("bastion", "login");
        insta::assert_snapshot!(ssh.revoke(&granted).await.unwrap().proof, @"no certificate was ever issued");
        granted.credentials_until = Some(Timestamp::from_seconds(1_800_000_000));
        insta::assert_snapshot!(ssh.revoke(&granted).await.unwrap().proof, @"no more certificates are issued, and the last one expired at 2027-01-15 08:00:00 UTC");
    })
    .await;
}
