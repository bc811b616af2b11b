//! Holding up the end on a replica: while somebody reads there, what happened on the primary does not show.

use apono::integrations::{Integration, IntegrationError};
use secrecy::ExposeSecret;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};

use super::grantee::{READ, ends_on};
use crate::postgres_target::context::{PATIENCE, run};
use crate::postgres_target::replicas::{Replicated, run_test};
use crate::support::slow_login::SlowLogin;

async fn superuser(server: &apono::throwaway_postgres::ThrowawayPostgres, database: &str) -> PgConnection {
    let url = server.superuser_url(database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// Makes the replica wait for readers of `orders` there before it replays anything more.
pub(super) async fn hold_the_replay(it: &Replicated, database: &str) {
    let mut primary = superuser(&it.pair.primary, database).await;
    run(&mut primary, "ALTER TABLE orders ADD COLUMN held int")
        .await
        .unwrap();
    let written: String = sqlx::query_scalar("SELECT pg_current_wal_insert_lsn()::text")
        .fetch_one(&mut primary)
        .await
        .unwrap();
    let mut replica = superuser(&it.pair.replica, database).await;
    let began = std::time::Instant::now();
    loop {
        let (received, replayed): (bool, bool) = sqlx::query_as(
            "SELECT pg_last_wal_receive_lsn() >= $1::pg_lsn, pg_last_wal_replay_lsn() >= $1::pg_lsn",
        )
        .bind(&written)
        .fetch_one(&mut replica)
        .await
        .unwrap();
        assert!(!replayed, "nobody holds it");
        if received {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "the replica receives nothing");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_read_of_theirs_holds_up_no_end_on_a_replica() {
    run_test("adv_rep_own", async |it| {
        let granted = it.grant("advrepow", None).await;
        let password = it.password(&granted).await;
        let mut session = it.log_in_on_replica(&granted.principal, &password).await;
        run(&mut session, &format!("BEGIN; {READ}")).await.unwrap();
        hold_the_replay(it, "adv_rep_own").await;
        ends_on(&it.postgres, &granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
    })
    .await;
}

/// The lock is not visible there until Eve, who still has access, lets go. Dana's session ends anyway.
#[tokio::test(flavor = "multi_thread")]
async fn an_open_read_of_somebody_elses_keeps_no_session_on_a_replica() {
    run_test("adv_rep_other", async |it| {
        let dana = it.grant("advrepda", None).await;
        let eve = it.grant("advrepev", None).await;
        let mut danas = it
            .log_in_on_replica(&dana.principal, &it.password(&dana).await)
            .await;
        let mut eves = it
            .log_in_on_replica(&eve.principal, &it.password(&eve).await)
            .await;
        run(&mut danas, READ).await.unwrap();
        run(&mut eves, &format!("BEGIN; {READ}")).await.unwrap();
        hold_the_replay(it, "adv_rep_other").await;
        let waits = it.postgres.revoke(&dana).await.unwrap_err();
        assert!(matches!(waits, IntegrationError::Retry { .. }), "{waits}");
        assert_eq!(run(&mut danas, READ).await.unwrap_err(), "57P01");
        run(&mut eves, READ).await.unwrap();
        run(&mut eves, "COMMIT").await.unwrap();
        ends_on(&it.postgres, &dana).await;
        run(&mut eves, READ)
            .await
            .unwrap_or_else(|code| panic!("hers goes on: {code}"));
    })
    .await;
}

/// The lock is visible there only once Eve lets go, so the login can get in until then; each try ends its sessions.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_waits_with_its_password_has_no_session_on_a_replica_that_is_behind() {
    run_test("adv_rep_slow", async |it| {
        let dana = it.grant("advrepsl", None).await;
        let eve = it.grant("advrepse", None).await;
        let password = it.password(&dana).await;
        it.log_in_on_replica(&dana.principal, &password).await;
        let mut eves = it
            .log_in_on_replica(&eve.principal, &it.password(&eve).await)
            .await;
        let mut slow = SlowLogin::to(it.pair.replica.port()).await;
        let url = it.pair.replica.url(&dana.principal, &password, "adv_rep_slow");
        let options: PgConnectOptions = url.expose_secret().parse().unwrap();
        let options = options.port(slow.port).disable_statement_logging();
        let waiting = tokio::spawn(async move { options.connect().await });
        slow.challenged().await;
        run(&mut eves, &format!("BEGIN; {READ}")).await.unwrap();
        hold_the_replay(it, "adv_rep_slow").await;
        it.postgres.revoke(&dana).await.unwrap_err();
        slow.answer();
        let mut session = waiting.await.unwrap().unwrap();
        it.postgres.revoke(&dana).await.unwrap_err();
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        run(&mut eves, "COMMIT").await.unwrap();
        ends_on(&it.postgres, &dana).await;
    })
    .await;
}
