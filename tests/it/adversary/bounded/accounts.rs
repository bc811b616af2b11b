//! Attacks on passwords and on sessions.

use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use super::{Thief, VERIFIER, session_of};
use crate::postgres_target::context::{run, run_bounded};

async fn pid_of(session: &mut PgConnection) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(session)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_password_is_set_as_a_verifier_or_not_at_all() {
    run_bounded("bnd_password", async |ctx| {
        let mut thief = Thief::of(ctx, "bndpassw").await;
        let role = thief.makes(7, true).await;
        let lease = thief.makes(8, false).await;
        for password in [
            "hunter2",
            "",
            "md5d41d8cd98f00b204e9800998ecf8427e",
            "SCRAM-SHA-256$1:MDEyMzQ1Njc4OWFiY2RlZg==$x:y",
            &VERIFIER.replace("4096", "1"),
            &VERIFIER.replace("Zg==", "Zg="),
            &format!("{VERIFIER}\nx"),
            &VERIFIER.replace("SCRAM-SHA-256", "SCRAM-SHA-1"),
        ] {
            thief
                .may_not(&[&format!("SELECT apono.verifier('{role}', '{password}')")])
                .await;
        }
        thief
            .may_not(&[
                &format!("SELECT apono.verifier('{role}', NULL)"),
                &format!("SELECT apono.verifier('{lease}', '{VERIFIER}')"),
            ])
            .await;
        let set = format!("SELECT (rolpassword IS NULL)::text FROM pg_authid WHERE rolname = '{role}'");
        assert_eq!(ctx.ask(&set).await, "true");
        thief
            .does(&format!("SELECT apono.verifier('{role}', '{VERIFIER}')"))
            .await;
        let stored = format!("SELECT rolpassword FROM pg_authid WHERE rolname = '{role}'");
        assert_eq!(
            ctx.ask(&stored).await,
            VERIFIER,
            "the server took it for a verifier too"
        );
    })
    .await;
}

#[tokio::test]
async fn no_session_ends_but_those_of_grants_and_of_the_accounts() {
    run_bounded("bnd_sessions", async |ctx| {
        let mut app = session_of(ctx, "bnd_sessions_app").await;
        let url = ctx.server.superuser_url(&ctx.target.database);
        let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
        let mut dana = session_of(ctx, "bnd_sessions_dana").await;
        let mut thief = Thief::of(ctx, "bndsessi").await;
        for session in [&mut app, &mut superuser] {
            let pid = pid_of(session).await;
            thief
                .may_not(&[
                    &format!("SELECT apono.end_session({pid})"),
                    &format!("SELECT pg_terminate_backend({pid})"),
                    &format!("SELECT pg_cancel_backend({pid})"),
                ])
                .await;
            run(session, "SELECT 1").await.unwrap();
        }
        // The server's own processes, those that show among them, are no sessions.
        let own: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity WHERE usesysid IS NULL")
            .fetch_all(&mut superuser)
            .await
            .unwrap();
        for pid in own {
            let ended: Result<bool, _> = sqlx::query_scalar("SELECT apono.end_session($1)")
                .bind(pid)
                .fetch_one(&mut thief.bot)
                .await;
            assert!(!ended.unwrap_or(false), "{pid}");
        }
        let pid = pid_of(&mut dana).await;
        thief.does(&format!("SELECT apono.end_session({pid})")).await;
        assert_eq!(run(&mut dana, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}
