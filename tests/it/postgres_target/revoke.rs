//! The end of a login, whatever its sessions are doing and wherever the admin URL leads by then.

use apono::access::grant::Granted;
use apono::access::ids::InstallId;
use apono::integrations::postgres::Postgres;
use apono::integrations::{Discovers, Integration, IntegrationError, KeepsState, Revoked};
use apono::secrets::SecretRef;
use insta::assert_snapshot;
use secrecy::ExposeSecret;

use super::context::{in_seconds, in_the_end, password_of, run, run_test, sqlstate};

#[tokio::test]
async fn a_revoke_ends_sessions_whatever_they_did() {
    run_test("revoke_ends", async |ctx| {
        let granted = ctx.grant("revokeen", "read").await;
        let password = password_of(&ctx.connect(&granted).await.unwrap());
        let mut sessions = Vec::new();
        for before in [
            "SELECT 1",
            "SELECT * FROM orders",
            "BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE c CURSOR FOR SELECT * FROM orders; FETCH 1 FROM c",
        ] {
            let mut session = ctx
                .try_log_in(&granted, &password, "revoke_ends")
                .await
                .unwrap();
            run(&mut session, before).await.unwrap();
            sessions.push(session);
        }
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 3);
        assert_snapshot!(revoked.proof, @"login locked, 0 sessions");
        for (mut session, next) in sessions
            .into_iter()
            .zip(["SELECT 1", "SELECT * FROM orders", "FETCH 1 FROM c"])
        {
            assert_eq!(run(&mut session, next).await.unwrap_err(), "57P01");
        }
        let refused = ctx.try_log_in(&granted, &password, "revoke_ends").await;
        assert_eq!(sqlstate(&refused.unwrap_err()), "28P01");
        let comment = ctx
            .ask(&format!(
                "SELECT shobj_description('{}'::regrole, 'pg_authid')",
                granted.principal
            ))
            .await;
        assert_snapshot!(comment, @"apono AR-7 of install revokeen, login, revoked");
    })
    .await;
}

#[tokio::test]
async fn calls_that_race_for_one_login_wait_for_each_other_and_a_revoke_wins() {
    run_test("revoke_race", async |ctx| {
        let granted = ctx.grant("revokera", "read").await;
        let until = in_seconds(120);
        for _ in 0..3 {
            let (grant, connect, revoke, again, late) = tokio::join!(
                ctx.postgres.grant(&granted, until),
                ctx.connect(&granted),
                in_the_end(async || ctx.postgres.revoke(&granted).await),
                in_the_end(async || ctx.postgres.revoke(&granted).await),
                ctx.postgres.grant(&granted, until),
            );
            for outcome in [grant.err(), connect.err(), late.err()].into_iter().flatten() {
                // PostgreSQL's own answer to a race is an error of its catalogs.
                assert!(!outcome.to_string().contains("reported an error"), "{outcome}");
            }
            assert_eq!(revoke.proof, again.proof);
        }
        let live = ctx.postgres.inspect(&InstallId::new("revokera")).await;
        assert_eq!(live.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn revoking_twice_or_what_never_was_succeeds() {
    run_test("revoke_again", async |ctx| {
        let granted = ctx.prepare("revokeag", "read");
        let nothing = ctx.postgres.revoke(&granted).await.unwrap();
        let expected = Revoked {
            sessions_ended: 0,
            proof: "no such login".to_owned(),
            last_look: None,
        };
        assert_eq!(nothing, expected);
        ctx.grant("revokeag", "read").await;
        for _ in 0..2 {
            let revoked = ctx.postgres.revoke(&granted).await.unwrap();
            assert_eq!(revoked.proof, "login locked, 0 sessions");
        }
    })
    .await;
}

#[tokio::test]
async fn the_stored_grant_alone_suffices_to_revoke_and_clean_up() {
    run_test("revoke_alone", async |ctx| {
        let granted = ctx.grant("revokeal", "read").await;
        let mut session = ctx.log_in(&granted).await;
        let stored = serde_json::to_string(&granted).unwrap();
        assert!(!stored.contains("postgres://"), "{stored}");
        let granted: Granted = serde_json::from_str(&stored).unwrap();
        let orphan = Postgres::from_granted(&granted).unwrap();
        let revoked = orphan.revoke(&granted).await.unwrap();
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
        orphan.clean_up(&granted).await.unwrap();
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}

#[tokio::test]
async fn a_membership_that_the_bot_cannot_take_does_not_keep_the_login_open() {
    run_test("revoke_extra", async |ctx| {
        let granted = ctx.grant("revokeex", "read").await;
        let role = &granted.principal;
        ctx.as_superuser(
            "postgres",
            &format!("CREATE ROLE revoke_extra_super SUPERUSER; GRANT revoke_extra_super TO {role}"),
        )
        .await;
        let revoked = ctx.postgres.revoke(&granted).await.unwrap();
        assert_eq!(revoked.proof, "login locked, 0 sessions");
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_down_or_silent_is_tried_again() {
    run_test("revoke_down", async |ctx| {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        ctx.change_secret(&format!("postgres://bot:hunter2@127.0.0.1:{port}/orders"));
        ctx.reopen();
        let granted = ctx.prepare("revokedo", "read");
        // The kernel takes the connection and nobody ever answers on it.
        let silent = ctx.postgres.revoke(&granted).await.unwrap_err();
        drop(listener);
        let down = ctx.postgres.revoke(&granted).await.unwrap_err();
        assert!(matches!(down, IntegrationError::Retry { .. }));
        assert!(matches!(silent, IntegrationError::Retry { .. }));
        let down = down.to_string().replace(&port.to_string(), "PORT");
        assert_snapshot!(down, @"while connecting: 127.0.0.1:PORT refused the connection");
        assert_snapshot!(silent, @"while connecting: no connection to the server in time");
    })
    .await;
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_changed_one_is_used_at_once() {
    run_test("revoke_secret", async |ctx| {
        let url = ctx.target.admin_url.expose_secret().to_owned();
        ctx.discover_names().await;
        let wrong = url.replacen("_bot:", "_bot:x", 1);
        ctx.change_secret(&wrong);
        let error = ctx.postgres.discover().await.unwrap_err();
        assert!(matches!(error, IntegrationError::Refuse { .. }));
        assert_snapshot!(error, @"while connecting: the password is wrong, or there is no such user: run the SQL of `apono integrations setup-sql` again, or correct the secret (28P01)");
        ctx.change_secret(&url);
        ctx.discover_names().await;
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_leads_to_another_host_is_not_used_for_a_grant_made_here() {
    run_test("revoke_moved", async |ctx| {
        let granted = ctx.grant("revokemo", "read").await;
        ctx.change_secret("postgres://bot:hunter2@db.example.com:5432/orders");
        let error = ctx.postgres.revoke(&granted).await.unwrap_err();
        assert!(matches!(error, IntegrationError::Retry { .. }));
        let text = error
            .to_string()
            .replace(&ctx.server.port().to_string(), "PORT");
        let (_, told) = text.split_once(" now points").unwrap();
        assert_snapshot!(told, @" to db.example.com:5432, but this was granted on 127.0.0.1:PORT; its password is not sent there");
        // The same after a restart with the new URL.
        ctx.reopen();
        let error = ctx.postgres.revoke(&granted).await.unwrap_err();
        assert!(error.to_string().contains("now points to"));
    })
    .await;
}

#[tokio::test]
async fn an_admin_url_that_stands_elsewhere_since_is_used_for_what_was_granted_before() {
    run_test("revoke_place", async |ctx| {
        let granted = ctx.grant("revokepl", "read").await;
        let SecretRef::File(before) = ctx.settings.url.clone() else {
            panic!("the tests' secrets are files");
        };
        let now = before.with_file_name("url-elsewhere");
        std::fs::rename(&before, &now).unwrap();
        ctx.settings.url = SecretRef::File(now);
        ctx.reopen();
        ctx.postgres.revoke(&granted).await.unwrap();
        ctx.postgres.clean_up(&granted).await.unwrap();
        assert!(!ctx.role_exists(&granted).await);
    })
    .await;
}
