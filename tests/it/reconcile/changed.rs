//! Live access that somebody changed on the target, in each mode.

use std::time::Duration;

use apono::access::reconcile::Drift;
use apono::access::request::{RevokeCause, State};

use super::{by_hand, in_mode, later, login, look, role, state, superuser, told, until_posted};
use crate::support::bot::{Context, run_test, run_test_with};

/// What an administrator can do to a login, and how the channel tells it.
const CHANGES: [(&str, &str); 8] = [
    (
        "SET ROLE {db}_bot; GRANT {db}_write TO {login} {without_set}",
        "the group orders_write was added",
    ),
    (
        "SET ROLE {db}_bot; REVOKE {db}_read FROM {login}",
        "the group orders_read is missing",
    ),
    ("ALTER ROLE {login} VALID UNTIL 'infinity'", "it has no end"),
    (
        "ALTER ROLE {login} VALID UNTIL '2100-01-01 00:00:00Z'",
        "it ends at [time]",
    ),
    (
        "SET ROLE {db}_bot; GRANT {login} TO {db}_eve",
        "the member orders_eve was added",
    ),
    ("ALTER ROLE {login} CREATEDB", "CREATEDB was added"),
    (
        "COMMENT ON ROLE {login} IS 'apono AR-1 of install {install}, login, until 2100-01-01T00:00:00.000000Z'",
        "[time] is noted as its end",
    ),
    (
        "DROP OWNED BY {login}; DROP ROLE {login}",
        "it is gone, or was ended there",
    ),
];

/// Dana reads, and Eve has an account of her own on the target.
async fn reading(ctx: &Context) {
    ctx.granted("8h").await;
    by_hand(ctx, "CREATE ROLE {db}_eve LOGIN").await;
    ctx.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_by_hand_is_told_once_and_left_as_it_is() {
    run_test(async |ctx| {
        reading(ctx).await;
        by_hand(ctx, "SET ROLE {db}_bot; GRANT {db}_write TO {login} {without_set}").await;
        later(ctx);
        until_posted(ctx, "DRIFT", 1).await;
        insta::assert_snapshot!(ctx.audit_posts("DRIFT").await[0], @"
        🧭 *DRIFT* AR-1 on orders-db the group orders_write was added: Dana Ito, read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 8 h
        Target account: apono_[install]_ar1_dana_ito
        On the target: the group orders_write was added
        What follows: nothing is changed; somebody has to look at it
        [Open]
        #7 · [head] · [time]
        ");
        look(ctx, Drift::Warn).await;
        assert_eq!(role(ctx, &login(ctx)).await, "open orders_read, orders_write");

        // Neither a restart nor an extension of the time makes it new; another change does.
        ctx.quiet().await;
        ctx.stop().await;
        ctx.run().await;
        look(ctx, Drift::Warn).await;
        by_hand(ctx, "SET ROLE {db}_bot; GRANT {login} TO {db}_eve").await;
        look(ctx, Drift::Warn).await;
        // As it was granted again, and then the first change once more.
        by_hand(
            ctx,
            "SET ROLE {db}_bot; REVOKE {login} FROM {db}_eve; REVOKE {db}_write FROM {login}",
        )
        .await;
        look(ctx, Drift::Warn).await;
        by_hand(ctx, "SET ROLE {db}_bot; GRANT {db}_write TO {login} {without_set}").await;
        look(ctx, Drift::Warn).await;
        insta::assert_snapshot!(told(ctx).await, @"
        🧭 *DRIFT* AR-1 on orders-db the group orders_write was added: Dana Ito, read on orders (orders-db)
        🧭 *DRIFT* AR-1 on orders-db the group orders_write was added; the member orders_eve was added: Dana Ito, read on orders (orders-db)
        🧭 *DRIFT* AR-1 on orders-db the group orders_write was added: Dana Ito, read on orders (orders-db)
        ");

        let dana = ctx.person("dana");
        dana.command("/apono", "show AR-1").await.unwrap();
        ctx.clock.advance(Duration::from_hours(8));
        ctx.sees("dana", "AR-1 · Expired").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn observed_changes_stand_in_the_log_alone() {
    run_test_with(
        || in_mode(Drift::Observe),
        async |ctx| {
            reading(ctx).await;
            for (change, _) in CHANGES {
                by_hand(ctx, change).await;
                look(ctx, Drift::Observe).await;
            }
            assert_eq!(told(ctx).await, "");
            assert_eq!(role(ctx, &login(ctx)).await, "gone");
            // Told as soon as the config wants it told.
            look(ctx, Drift::Warn).await;
            assert_eq!(ctx.audit_posts("DRIFT").await.len(), 1);
            ctx.clock.advance(Duration::from_hours(8));
            ctx.sees("dana", "AR-1 · Expired").await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_changed_is_set_right_where_the_config_says_so() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            reading(ctx).await;
            // From PostgreSQL 16 on only whoever has a power takes it away, so that access ends.
            let keeps_powers = superuser(ctx).await.server_version_num().unwrap() >= 160_000;
            let changes = CHANGES.into_iter().filter(|(_, what)| !(keeps_powers && what.starts_with("CREATEDB")));
            for ((change, what), times) in changes.zip(1..) {
                by_hand(ctx, change).await;
                later(ctx);
                until_posted(ctx, "SET RIGHT", times).await;
                let drift = ctx.audit_posts("DRIFT").await.pop().unwrap();
                assert!(
                    drift.contains(&format!("On the target: {what}\n")),
                    "{change}: {drift}"
                );
                assert_eq!(role(ctx, &login(ctx)).await, "open orders_read", "{change}");
                // Exactly so: a look finds nothing more to say.
                look(ctx, Drift::Enforce).await;
                assert_eq!(ctx.audit_posts("DRIFT").await.len(), times, "{change}");
            }
            insta::assert_snapshot!(ctx.audit_posts("SET RIGHT").await[0], @"
            🧭 *SET RIGHT* AR-1 orders-db holds exactly what was granted again: Dana Ito, read on orders (orders-db)
            Requester: Dana Ito (dana@example.com, U0DANA)
            Permissions: read
            Resources: orders
            Integration: orders-db (postgres, Database)
            Duration: 8 h
            Target account: apono_[install]_ar1_dana_ito
            Until: [time]
            [Open]
            #8 · [head] · [time]
            ");
            assert_eq!(state(ctx).await, State::Granted);
            assert!(ctx.connect("dana").await.open().await.is_ok());
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_that_may_use_what_is_too_much_end_when_it_is_set_right() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            reading(ctx).await;
            by_hand(ctx, "SET ROLE {db}_bot; GRANT {db}_write TO {login}").await;
            let mut session = ctx.connect("dana").await.open().await.unwrap();
            let set_role = format!("SET ROLE {}_write", ctx.target.database);
            sqlx::raw_sql(sqlx::AssertSqlSafe(set_role))
                .execute(&mut session)
                .await
                .unwrap();
            later(ctx);
            until_posted(ctx, "SET RIGHT", 1).await;
            let ended = sqlx::raw_sql("SELECT 1").execute(&mut session).await;
            assert!(ended.is_err());
            assert!(ctx.connect("dana").await.open().await.is_ok());
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_locked_is_never_opened_again_but_ends_here_too() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            reading(ctx).await;
            by_hand(ctx, "ALTER ROLE {login} NOLOGIN").await;
            later(ctx);
            ctx.sees("dana", "AR-1 · Revoked").await;
            assert_eq!(state(ctx).await, State::Revoked(RevokeCause::Changed));
            insta::assert_snapshot!(ctx.audit_posts("REVOKED").await[0], @"
            🔒 *REVOKED* AR-1 changed on the target after 2 min of 8 h: Dana Ito, read on orders (orders-db)
            Requester: Dana Ito (dana@example.com, U0DANA)
            Permissions: read
            Resources: orders
            Integration: orders-db (postgres, Database)
            Duration: 8 h
            Why: changed on the target
            Confirmed gone at: [time]
            Lateness: on time ([late])
            Sessions ended: 0
            Proof: login locked, 0 sessions
            [Open]
            #9 · [head] · [time]
            ");
            insta::assert_snapshot!(ctx.reads("dana", "Ended").await, @"
            🏁 *Ended* AR-1: read on orders (orders-db)
            Approved by Omar Khan (group:sre). Ended early: somebody changed it on the target; confirmed gone at [time].
            ");
            insta::assert_snapshot!(told(ctx).await, @"🧭 *DRIFT* AR-1 on orders-db it is locked: Dana Ito, read on orders (orders-db)");
            assert_eq!(role(ctx, &login(ctx)).await, "gone");
        },
    )
    .await;
}
