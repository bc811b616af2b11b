//! Hiding from an end: sessions that do not show, and those that do not listen.

use apono::integrations::{Integration, KeepsState};
use sqlx::{ConnectOptions, PgConnection};
use tokio::task::JoinHandle;

use super::grantee::{Grantee, READ, ends_in_time, version};
use crate::postgres_target::context::{Context, run, run_alone, sqlstate, until};
use crate::support::slow_login::SlowLogin;

/// Starts a session that is authenticated and then sleeps for long before it shows its user; what it says when it wakes.
pub(super) fn hide(
    dana: &Grantee,
    settings: &[(&str, &str)],
) -> JoinHandle<Result<PgConnection, sqlx::Error>> {
    let mut all = vec![("post_auth_delay", "2000")];
    all.extend(settings);
    let options = dana.options(&all);
    tokio::spawn(async move { options.connect().await })
}

/// It was not let in, or it dies before its first command.
pub(super) async fn is_over(hidden: JoinHandle<Result<PgConnection, sqlx::Error>>) {
    if let Ok(mut session) = hidden.await.unwrap() {
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01", "it woke");
    }
}

/// Before its end a session in its start holds the database, which it takes once it is authenticated.
pub(super) async fn until_hidden(ctx: &Context, many: u32) {
    until(
        ctx,
        &format!(
            "SELECT count(DISTINCT l.pid) >= {many}
             FROM pg_locks l JOIN pg_locks d ON d.pid = l.pid AND d.classid = 'pg_database'::regclass AND d.mode = 'RowExclusiveLock'
             LEFT JOIN pg_stat_activity a ON a.pid = l.pid
             WHERE l.locktype = 'virtualxid' AND a.usesysid IS NULL
               AND d.objid = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_hides_in_its_start_ends_with_the_access() {
    run_alone("adv_hidden", async |ctx| {
        let dana = Grantee::with_login(ctx, "advhidde", "write").await;
        let hidden = hide(&dana, &[]);
        until_hidden(ctx, 1).await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        is_over(hidden).await;
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
    })
    .await;
}

/// The group's rights would outlive the login itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_becomes_the_group_while_it_hides_ends_with_the_access() {
    run_alone("adv_hidden_group", async |ctx| {
        let dana = Grantee::with_login(ctx, "advhidgr", "write").await;
        let hidden = hide(&dana, &[("role", "adv_hidden_group_write")]);
        if version(ctx).await < 160_000 {
            until_hidden(ctx, 1).await;
        }
        ends_in_time(ctx, &dana.granted).await;
        is_over(hidden).await;
        let left = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                    AND usename <> 'adv_hidden_group_bot'";
        assert_eq!(ctx.ask(left).await, "0");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accounts_session_that_hides_in_its_start_ends_with_the_access() {
    run_alone("adv_hidden_own", async |ctx| {
        let dana = Grantee::with_account(ctx, "advhidow", "write").await;
        let hidden = hide(&dana, &[]);
        until_hidden(ctx, 1).await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        is_over(hidden).await;
        let mut after = dana.session().await;
        assert_eq!(run(&mut after, READ).await.unwrap_err(), "42501");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_hidden_sessions_all_end() {
    run_alone("adv_hidden_many", async |ctx| {
        let dana = Grantee::with_login(ctx, "advhidma", "read").await;
        let hidden: Vec<_> = (0..15).map(|_| hide(&dana, &[])).collect();
        until_hidden(ctx, 15).await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 15);
        for hidden in hidden {
            is_over(hidden).await;
        }
    })
    .await;
}

/// The server looked up its password while it was open; whether it may log in is asked at the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_waits_with_its_password_until_after_the_end_is_not_let_in() {
    run_alone("adv_slow_login", async |ctx| {
        let dana = Grantee::with_login(ctx, "advslowl", "read").await;
        let mut slow = SlowLogin::to(ctx.server.port()).await;
        let options = dana.options(&[]).port(slow.port);
        let waiting = tokio::spawn(async move { options.connect().await });
        slow.challenged().await;
        // It is not authenticated, so it is nobody's session and holds up nothing for long.
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 0);
        slow.answer();
        let refused = waiting.await.unwrap().unwrap_err();
        assert!(
            ["28000", "57P01"].contains(&sqlstate(&refused).as_str()),
            "{refused}"
        );
        assert!(!dana.can_read().await);
    })
    .await;
}

#[tokio::test]
async fn a_session_whose_role_is_gone_ends_too() {
    run_alone("adv_orphan", async |ctx| {
        let dana = Grantee::with_login(ctx, "advorpha", "read").await;
        let mut session = dana.session().await;
        let drop = format!("DROP OWNED BY {0}; DROP ROLE {0}", dana.user);
        ctx.as_superuser("adv_orphan", &drop).await;
        run(&mut session, "SELECT 1").await.unwrap();
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(
            (revoked.sessions_ended, revoked.proof.as_str()),
            (1, "no such login")
        );
        assert_eq!(run(&mut session, "SELECT 1").await.unwrap_err(), "57P01");
    })
    .await;
}

/// One of their sessions, in code that never checks for a termination request.
pub(super) async fn stick(ctx: &Context, dana: &Grantee) -> JoinHandle<Result<(), String>> {
    let mut session = dana.session().await;
    let stuck = tokio::spawn(async move {
        run(
            &mut session,
            "BEGIN; SELECT * FROM orders;
             SELECT xpath('count(//a[count(//a[count(//a) > 0]) > 0])', ('<r>' || repeat('<a/>', 800) || '</r>')::xml)",
        )
        .await
    });
    until(
        ctx,
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE '%xpath%' AND state = 'active' AND pid <> pg_backend_pid()",
    )
    .await;
    stuck
}

/// Such code never checks for a termination request, but the server still reports that it sent one.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_stuck_in_code_that_never_listens_is_never_reported_as_gone() {
    run_alone("adv_stuck", async |ctx| {
        let dana = Grantee::with_login(ctx, "advstuck", "read").await;
        let stuck = stick(ctx, &dana).await;
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err().to_string();
        assert!(
            error.starts_with("sessions were told to terminate but keep running: process "),
            "{error}"
        );
        assert!(
            error.contains(" holds the locks AccessShareLock on relation "),
            "{error}"
        );
        assert!(
            error.ends_with("only a restart of the server ends them"),
            "{error}"
        );
        assert!(ctx.role_exists(&dana.granted).await);
        assert!(!dana.can_read().await, "nobody logs in any more");
        // Once the code is through, it listens.
        ends_in_time(ctx, &dana.granted).await;
        stuck.await.unwrap().unwrap_err();
    })
    .await;
}
