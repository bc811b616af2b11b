//! Holding up an end: no lock, row, transaction or connection of theirs keeps us from it.

use apono::integrations::{Integration, IntegrationError, KeepsState};
use insta::assert_snapshot;
use secrecy::ExposeSecret;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::io::AsyncWriteExt;

use super::grantee::{Grantee, READ, ends_in_time, version};
use crate::postgres_target::context::{Context, run, run_alone, run_test, sqlstate, until};

#[tokio::test]
async fn an_advisory_lock_on_the_logins_name_holds_up_nothing() {
    run_test("adv_advisory", async |ctx| {
        let dana = Grantee::with_login(ctx, "advadvis", "read").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "SELECT pg_advisory_lock(hashtextextended(current_user::text, 0))",
        )
        .await
        .unwrap();
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
    })
    .await;
}

#[tokio::test]
async fn an_advisory_lock_on_the_leases_name_holds_up_nothing() {
    run_test("adv_advisory_own", async |ctx| {
        let dana = Grantee::with_account(ctx, "advadvow", "read").await;
        let mut session = dana.session().await;
        run(
            &mut session,
            "SELECT pg_advisory_lock(hashtextextended('apono_advadvow_ar7_dana_ito', 0))",
        )
        .await
        .unwrap();
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
    })
    .await;
}

const TAKE_THE_ROW: &str = "BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine'";

#[tokio::test]
async fn an_open_transaction_on_the_logins_row_holds_up_no_end() {
    run_test("adv_row", async |ctx| {
        let dana = Grantee::with_login(ctx, "advrowxx", "read").await;
        let mut session = dana.session().await;
        run(&mut session, TAKE_THE_ROW).await.unwrap();
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        assert!(!dana.can_read().await);
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
    })
    .await;
}

/// Before 16 a member can become its lease, and then change the lease's own row.
#[tokio::test]
async fn an_open_transaction_on_the_leases_row_holds_up_no_end() {
    run_test("adv_row_own", async |ctx| {
        let dana = Grantee::with_account(ctx, "advrowow", "read").await;
        let mut session = dana.session().await;
        let as_lease = format!("SET ROLE apono_advrowow_ar7_dana_ito; {TAKE_THE_ROW}");
        let became = run(&mut session, &as_lease).await;
        assert_eq!(became.is_ok(), version(ctx).await < 160_000, "{became:?}");
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        assert!(!dana.can_read().await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_come_back_and_take_the_row_again_hold_up_no_end() {
    run_test("adv_loop", async |ctx| {
        let dana = Grantee::with_login(ctx, "advloopx", "read").await;
        let attackers: Vec<_> = (0..10)
            .map(|_| {
                let options = dana.options(&[]);
                tokio::spawn(async move {
                    loop {
                        match PgConnection::connect_with(&options).await {
                            // Until it is put out.
                            Ok(mut session) => while run(&mut session, TAKE_THE_ROW).await.is_ok() {},
                            Err(error) if ["28000", "28P01"].contains(&sqlstate(&error).as_str()) => return,
                            Err(_) => {}
                        }
                    }
                })
            })
            .collect();
        let holds =
            "SELECT count(*) >= 3 FROM pg_stat_activity WHERE usename = 'apono_advloopx_ar7_dana_ito'";
        until(ctx, holds).await;
        ends_in_time(ctx, &dana.granted).await;
        for attacker in attackers {
            attacker.await.unwrap();
        }
    })
    .await;
}

async fn prepare(session: &mut PgConnection, before: &str) -> Result<(), String> {
    run(session, before).await?;
    run(session, "PREPARE TRANSACTION 'hold-it'").await
}

async fn prepared(ctx: &Context) -> String {
    let question = "SELECT count(*)::text FROM pg_prepared_xacts WHERE database = current_database()";
    ctx.ask(question).await
}

#[tokio::test]
async fn a_prepared_transaction_of_the_login_is_rolled_back() {
    run_alone("adv_prep", async |ctx| {
        let dana = Grantee::with_login(ctx, "advprepx", "read").await;
        let mut session = dana.session().await;
        prepare(&mut session, TAKE_THE_ROW).await.unwrap();
        drop(session);
        assert_eq!(prepared(ctx).await, "1");
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(prepared(ctx).await, "0");
        assert!(!dana.can_read().await);
        let lent = "SELECT coalesce(string_agg(row_to_json(e)::text, ' '), '') FROM pg_auth_members e WHERE e.member = 'adv_prep_bot'::regrole
                    AND e.roleid = 'apono_advprepx_ar7_dana_ito'::regrole AND NOT e.admin_option";
        assert_eq!(ctx.ask(lent).await, "", "what the bot lent itself is taken back");
    })
    .await;
}

/// Before 15 a login can grant itself to others, and block the grant that is needed for the rollback.
#[tokio::test]
async fn a_prepared_gift_of_their_login_to_the_bot_holds_up_no_end() {
    run_alone("adv_prep_gift", async |ctx| {
        let dana = Grantee::with_login(ctx, "advprepy", "read").await;
        let mut session = dana.session().await;
        let gift = format!(
            "BEGIN; GRANT {} TO adv_prep_gift_bot; ALTER ROLE CURRENT_USER PASSWORD 'mine'",
            dana.user
        );
        let gives = prepare(&mut session, &gift).await.is_ok();
        assert_eq!(gives, version(ctx).await < 150_000);
        drop(session);
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(prepared(ctx).await, "0");
        assert!(!dana.can_read().await);
        let left = "SELECT count(*)::text FROM pg_roles WHERE rolname LIKE 'apono_lend_%'";
        assert_eq!(ctx.ask(left).await, "0");
    })
    .await;
}

/// A name of bytes that are no text in the bot's own database.
#[tokio::test]
async fn a_prepared_transaction_with_a_name_that_is_no_text_holds_up_no_end() {
    run_alone("adv_prep_bytes", async |ctx| {
        let make = "CREATE DATABASE adv_prep_raw TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'";
        ctx.as_superuser("postgres", make).await;
        let dana = Grantee::with_login(ctx, "advprepr", "read").await;
        let mut session = dana.options(&[]).database("adv_prep_raw").connect().await.unwrap();
        run(&mut session, "BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine'").await.unwrap();
        run(&mut session, r"PREPARE TRANSACTION E'it\\\'s \xff\n'").await.unwrap();
        drop(session);
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(ctx.ask("SELECT count(*)::text FROM pg_prepared_xacts WHERE database = 'adv_prep_raw'").await, "0");
        assert!(!dana.can_read().await);
    })
    .await;
}

/// It holds up no end, and would outlive its owner with whatever it locked.
#[tokio::test]
async fn a_prepared_transaction_that_takes_no_row_goes_with_its_login() {
    run_alone("adv_prep_idle", async |ctx| {
        let dana = Grantee::with_login(ctx, "advprepi", "write").await;
        let mut session = dana.session().await;
        prepare(&mut session, "BEGIN; LOCK TABLE orders IN SHARE MODE")
            .await
            .unwrap();
        drop(session);
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(prepared(ctx).await, "0");
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert!(!ctx.role_exists(&dana.granted).await);
    })
    .await;
}

#[tokio::test]
async fn a_login_whose_prepared_transaction_cannot_be_rolled_back_stays_and_that_is_told() {
    run_alone("adv_prep_closed", async |ctx| {
        ctx.as_superuser("postgres", "CREATE DATABASE adv_prep_shut").await;
        let dana = Grantee::with_login(ctx, "advprepc", "write").await;
        let mut session = dana.options(&[]).database("adv_prep_shut").connect().await.unwrap();
        prepare(&mut session, "BEGIN").await.unwrap();
        drop(session);
        ctx.as_superuser("postgres", "REVOKE CONNECT ON DATABASE adv_prep_shut FROM PUBLIC").await;
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_snapshot!(revoked.proof, @"login locked, 0 sessions; a prepared transaction is left: as a superuser in the database adv_prep_shut: ROLLBACK PREPARED 'hold-it'");
        let cleaned = ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert_snapshot!(cleaned.summary, @"the login stays, locked, because it owns 1 prepared transaction; it will be dropped once it owns nothing, or after REASSIGN OWNED BY apono_advprepc_ar7_dana_ito there; as a superuser in the database adv_prep_shut: ROLLBACK PREPARED 'hold-it'");
        assert!(cleaned.kept && ctx.role_exists(&dana.granted).await);
        let role = &dana.user;
        ctx.as_superuser("adv_prep_shut", "ROLLBACK PREPARED 'hold-it'").await;
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert!(!ctx.has_role(role).await);
    })
    .await;
}

/// `SET ROLE` in the transaction makes the group its owner, where a member may do that.
#[tokio::test]
async fn a_prepared_transaction_in_the_groups_name_is_rolled_back() {
    run_alone("adv_prep_group", async |ctx| {
        let dana = Grantee::with_login(ctx, "advprepg", "read").await;
        let mut session = dana.session().await;
        let before = format!("{TAKE_THE_ROW}; SET ROLE adv_prep_group_read");
        let done = prepare(&mut session, &before).await;
        assert_eq!(done.is_ok(), version(ctx).await < 160_000);
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(prepared(ctx).await, "0");
        assert!(!dana.can_read().await);
    })
    .await;
}

#[tokio::test]
async fn a_prepared_transaction_of_somebody_else_is_named_and_left_alone() {
    run_alone("adv_prep_other", async |ctx| {
        let dana = Grantee::with_login(ctx, "advprepo", "read").await;
        let mut session = dana.session().await;
        let url = ctx.server.superuser_url("adv_prep_other");
        let mut other = PgConnection::connect(url.expose_secret()).await.unwrap();
        let before = "BEGIN; ALTER ROLE apono_advprepo_ar7_dana_ito CONNECTION LIMIT 5";
        prepare(&mut other, before).await.unwrap();
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err();
        assert_snapshot!(error, @"while locking the access: a prepared transaction of superuser has locked its row; as a superuser in the database adv_prep_other: ROLLBACK PREPARED 'hold-it'");
        assert_eq!(prepared(ctx).await, "1");
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01", "its session is gone all the same");
        let mut again = dana.session().await;
        assert_eq!(run(&mut again, READ).await.unwrap_err(), "42501", "and its rights");
        run(&mut other, "ROLLBACK PREPARED 'hold-it'").await.unwrap();
        ends_in_time(ctx, &dana.granted).await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_set_read_only_and_impatient_holds_up_no_end() {
    run_test("adv_readonly", async |ctx| {
        let dana = Grantee::with_login(ctx, "advreado", "read").await;
        let mut session = dana.session().await;
        ctx.as_superuser(
            "postgres",
            "ALTER DATABASE adv_readonly SET default_transaction_read_only = on;
             ALTER ROLE adv_readonly_bot SET default_transaction_isolation = 'serializable';
             ALTER ROLE adv_readonly_bot SET lock_timeout = '1ms';
             ALTER ROLE adv_readonly_bot SET idle_session_timeout = '1ms';
             GRANT adv_readonly_read TO adv_readonly_bot;
             ALTER ROLE adv_readonly_bot SET role = 'adv_readonly_read';
             ALTER ROLE adv_readonly_bot SET local_preload_libraries = 'gone'",
        )
        .await;
        if version(ctx).await >= 170_000 {
            let impatient = "ALTER ROLE adv_readonly_bot SET transaction_timeout = '250ms'";
            ctx.as_superuser("postgres", impatient).await;
        }
        ctx.reopen();
        ends_in_time(ctx, &dana.granted).await;
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        ctx.postgres.clean_up(&dana.granted).await.unwrap();
        assert!(!ctx.role_exists(&dana.granted).await);
    })
    .await;
}

/// A role that can give the group can lock its membership; before 15 a login can lock memberships in itself.
#[tokio::test]
async fn a_membership_that_somebody_holds_keeps_neither_session_nor_login() {
    run_test("adv_member", async |ctx| {
        let dana = Grantee::with_login(ctx, "advmembe", "write").await;
        let mut session = dana.session().await;
        let url = ctx.server.superuser_url("adv_member");
        let mut holder = PgConnection::connect(url.expose_secret()).await.unwrap();
        let hold = format!(
            "BEGIN; SET LOCAL ROLE adv_member_bot; REVOKE adv_member_write FROM {}",
            dana.user
        );
        run(&mut holder, &hold).await.unwrap();
        let error = ctx.postgres.revoke(&dana.granted).await.unwrap_err();
        assert!(matches!(error, IntegrationError::Retry { .. }), "{error}");
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        assert!(!dana.can_read().await, "the login is locked");
        run(&mut holder, "ROLLBACK").await.unwrap();
        ends_in_time(ctx, &dana.granted).await;
        let left = format!(
            "SELECT count(*)::text FROM pg_auth_members WHERE member = '{}'::regrole",
            dana.user
        );
        assert_eq!(ctx.ask(&left).await, "0");
    })
    .await;
}

/// Before 15 a login gives itself away, and can hold that up in the same breath.
#[tokio::test]
async fn a_gift_of_their_own_login_that_they_hold_keeps_no_session() {
    run_test("adv_gift", async |ctx| {
        if version(ctx).await >= 150_000 {
            return;
        }
        ctx.as_superuser("postgres", "CREATE ROLE adv_gift_app LOGIN")
            .await;
        let dana = Grantee::with_login(ctx, "advgiftx", "write").await;
        let mut session = dana.session().await;
        run(&mut session, &format!("GRANT {} TO adv_gift_app", dana.user))
            .await
            .unwrap();
        run(
            &mut session,
            &format!("BEGIN; REVOKE {} FROM adv_gift_app", dana.user),
        )
        .await
        .unwrap();
        let revoked = ends_in_time(ctx, &dana.granted).await;
        assert_eq!(revoked.sessions_ended, 1);
        assert!(!dana.can_read().await);
        let members = format!(
            "SELECT count(*)::text FROM pg_auth_members WHERE roleid = '{}'::regrole",
            dana.user
        );
        assert_eq!(ctx.ask(&members).await, "0");
    })
    .await;
}

/// A connection that says whom it wants to be and nothing more takes a place until the server tires of it.
#[tokio::test]
async fn half_open_connections_that_take_every_place_hold_up_no_end() {
    run_alone("adv_places", async |ctx| {
        let dana = Grantee::with_login(ctx, "advplace", "read").await;
        let mut session = dana.session().await;
        let mut startup = vec![0, 3, 0, 0];
        startup.extend(format!("user\0{}\0database\0adv_places\0\0", dana.user).bytes());
        let length = u32::try_from(startup.len() + 4).unwrap().to_be_bytes();
        let mut places = Vec::new();
        for _ in 0..260 {
            let mut place = tokio::net::TcpStream::connect(("127.0.0.1", ctx.server.port()))
                .await
                .unwrap();
            place.write_all(&length).await.unwrap();
            place.write_all(&startup).await.unwrap();
            places.push(place);
        }
        let url = ctx.server.superuser_url("postgres");
        let began = std::time::Instant::now();
        while let Ok(connection) = PgConnection::connect(url.expose_secret()).await {
            drop(connection);
            assert!(
                began.elapsed() < crate::postgres_target::context::PATIENCE,
                "there are places left"
            );
        }
        let end = ctx.postgres.revoke(&dana.granted).await;
        assert!(
            matches!(end, Ok(_) | Err(IntegrationError::Retry { .. })),
            "{end:?}"
        );
        assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
        drop(places);
        ends_in_time(ctx, &dana.granted).await;
    })
    .await;
}
