//! Live access that somebody changed on the target, in each mode.

use std::time::Duration;

use apono::access::reconcile::Drift;
use apono::access::request::{RevokeCause, State};
use apono::clock::Clock;
use apono::store::{JobKind, JobSpec};
use secrecy::ExposeSecret;
use url::Url;

use super::{AR_1, by_hand, in_mode, later, login, look, role, state, superuser, told, until_posted};
use crate::support::bot::{Context, run_test, run_test_with};
use crate::support::door::Door;

/// What an administrator can do to a login, and how the channel tells it.
const CHANGES: [(&str, &str); 6] = [
    (
        "SET ROLE {db}_bot; REVOKE {db}_read FROM {login}",
        "the group orders_read is missing",
    ),
    ("ALTER ROLE {login} VALID UNTIL 'infinity'", "it never ends"),
    (
        "ALTER ROLE {login} VALID UNTIL '2100-01-01 00:00:00Z'",
        "it ends at [time]",
    ),
    ("ALTER ROLE {login} CREATEDB", "CREATEDB was added"),
    (
        "COMMENT ON ROLE {login} IS 'apono AR-1 of install {install}, login, until 2100-01-01T00:00:00.000000Z'",
        "its recorded end is [time]",
    ),
    (
        "DROP OWNED BY {login}; DROP ROLE {login}",
        "it is gone or was ended there",
    ),
];

/// The same for what goes at once in every mode; as the bot's role gives it, which can take that back on every version.
const MEMBERSHIPS: [(&str, &str); 2] = [
    (
        "SET ROLE {db}_bot; GRANT {db}_write TO {login}",
        "the group orders_write was added",
    ),
    (
        "SET ROLE {db}_bot; GRANT {login} TO {db}_eve",
        "the member orders_eve was added",
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
        by_hand(ctx, "ALTER ROLE {login} CREATEDB").await;
        later(ctx);
        until_posted(ctx, "DRIFT", 1).await;
        insta::assert_snapshot!(ctx.audit_posts("DRIFT").await[0], @"
        🧭 *DRIFT* AR-1 on orders-db CREATEDB was added: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 8 h
        Target account: apono_[install]_ar1_dana_ito
        On the target: CREATEDB was added
        What happens now: nothing is changed; somebody has to check it
        [Open]
        #7 · [head] · [time]
        ");
        look(ctx, Drift::Warn).await;
        assert_eq!(role(ctx, &login(ctx)).await, "open orders_read");

        // Neither a restart nor an extension of the time makes it new; another change does.
        ctx.quiet().await;
        ctx.stop().await;
        ctx.run().await;
        look(ctx, Drift::Warn).await;
        by_hand(ctx, "SET ROLE {db}_bot; REVOKE {db}_read FROM {login}").await;
        look(ctx, Drift::Warn).await;
        // As it was granted again, and then the first change once more.
        by_hand(
            ctx,
            "ALTER ROLE {login} NOCREATEDB; SET ROLE {db}_bot; GRANT {db}_read TO {login} {without_set}",
        )
        .await;
        look(ctx, Drift::Warn).await;
        by_hand(ctx, "ALTER ROLE {login} CREATEDB").await;
        look(ctx, Drift::Warn).await;
        insta::assert_snapshot!(told(ctx).await, @"
        🧭 *DRIFT* AR-1 on orders-db CREATEDB was added: Dana Ito (dana@example.com), read on orders (orders-db)
        🧭 *DRIFT* AR-1 on orders-db CREATEDB was added; the group orders_read is missing: Dana Ito (dana@example.com), read on orders (orders-db)
        🧭 *DRIFT* AR-1 on orders-db CREATEDB was added: Dana Ito (dana@example.com), read on orders (orders-db)
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
            let ungranted = MEMBERSHIPS.map(|(change, what)| ("UNGRANTED", change, what));
            // From PostgreSQL 16 on only a role with a power can take it away, so access ends.
            let keeps_powers = superuser(ctx).await.server_version_num().unwrap() >= 160_000;
            let drifts = CHANGES
                .map(|(change, what)| ("DRIFT", change, what))
                .into_iter()
                .filter(|(_, _, what)| !(keeps_powers && what.starts_with("CREATEDB")));
            for ((word, change, what), times) in ungranted.into_iter().chain(drifts).zip(1..) {
                by_hand(ctx, change).await;
                later(ctx);
                until_posted(ctx, "SET RIGHT", times).await;
                let drift = ctx.audit_posts(word).await.pop().unwrap();
                assert!(
                    drift.contains(&format!("On the target: {what}\n")),
                    "{change}: {drift}"
                );
                assert_eq!(role(ctx, &login(ctx)).await, "open orders_read", "{change}");
                // Exactly so: a look finds nothing more to say.
                look(ctx, Drift::Enforce).await;
                let told = [ctx.audit_posts("DRIFT").await, ctx.audit_posts("UNGRANTED").await];
                // Of each membership there is an alarm too.
                let alarms = times.min(MEMBERSHIPS.len());
                assert_eq!(told.concat().len(), times + alarms, "{change}");
            }
            insta::assert_snapshot!(ctx.audit_posts("SET RIGHT").await[0], @"
            🧭 *SET RIGHT* AR-1 orders-db again has exactly what was granted: Dana Ito (dana@example.com), read on orders (orders-db)
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
            🔒 *REVOKED* AR-1 changed on the target after 2 min of 8 h: Dana Ito (dana@example.com), read on orders (orders-db)
            Requester: Dana Ito (dana@example.com, U0DANA)
            Permissions: read
            Resources: orders
            Integration: orders-db (postgres, Database)
            Duration: 8 h
            Why: changed on the target
            Confirmed gone at: [time]
            Sessions ended: 0
            Proof: login locked, 0 sessions
            Used: never: no credentials were shown
            [Open]
            #9 · [head] · [time]
            ");
            insta::assert_snapshot!(ctx.reads("dana", "Ended").await, @"
            🏁 *Ended* AR-1: read on orders (orders-db)
            Approved by Omar Khan (omar@example.com), group:sre. Ended early: somebody changed it on the target; confirmed gone at [time].
            `/apono again AR-1` asks for the same again.
            Open the card (https://example.slack.com/archives/D0DANA/p[ts])
            ");
            insta::assert_snapshot!(told(ctx).await, @"🧭 *DRIFT* AR-1 on orders-db it is locked: Dana Ito (dana@example.com), read on orders (orders-db)");
            assert_eq!(role(ctx, &login(ctx)).await, "gone");
        },
    )
    .await;
}

/// A process that died between taking away and ending sessions, or a server that failed there, forgets who lost something.
#[tokio::test(flavor = "multi_thread")]
async fn a_try_that_failed_half_way_ends_the_sessions_at_the_next_one_also_after_a_restart() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            reading(ctx).await;
            let credentials = ctx.connect("dana").await;
            by_hand(ctx, "SET ROLE {db}_bot; GRANT {db}_write TO {login}").await;
            // The look found it, and the process dies before it is set right.
            ctx.quiet().await;
            ctx.stop().await;
            schedule_restore(ctx).await;
            // As far as anybody can tell a replica, which does not answer.
            let mut door = Door::to(port(ctx));
            replica(ctx, &door);
            door.shut().await;
            ctx.start_app().await;
            ctx.until("the group is taken away", async || {
                role(ctx, &login(ctx)).await == "open orders_read"
            })
            .await;
            let failed = async |ctx: &Context| {
                let store = &ctx.app().core().store;
                let request = store.request_by_number(AR_1).await.unwrap().unwrap();
                let job = store.job(JobKind::Restore, request.id.as_str()).await.unwrap();
                job.is_some_and(|job| job.last_error.is_some())
            };
            ctx.until("the try has failed", async || failed(ctx).await).await;
            // It opened before the job was through, so that nobody knows with which rights.
            let mut session = credentials.open().await.unwrap();
            ctx.stop().await;
            door.open();
            ctx.clock.advance(Duration::from_mins(1));
            ctx.run().await;
            until_posted(ctx, "SET RIGHT", 1).await;
            assert!(sqlx::raw_sql("SELECT 1").execute(&mut session).await.is_err());
            assert!(credentials.open().await.is_ok());
        },
    )
    .await;
}

async fn schedule_restore(ctx: &Context) {
    let store = ctx.stopped_store().await;
    let request = store.request_by_number(AR_1).await.unwrap().unwrap();
    let mut tx = store.write().await.unwrap();
    let now = ctx.clock.now();
    tx.schedule(&JobSpec::at(JobKind::Restore, request.id.as_str(), now))
        .await
        .unwrap();
    tx.seal(Vec::new()).await.unwrap();
    store.close().await.unwrap();
}

fn target_url(ctx: &Context) -> Url {
    ctx.target.admin_url.expose_secret().parse().unwrap()
}

fn port(ctx: &Context) -> u16 {
    target_url(ctx).port().unwrap()
}

/// Has the config name what is behind the door as a replica.
fn replica(ctx: &Context, door: &Door) {
    let mut url = target_url(ctx);
    url.set_port(Some(door.port())).unwrap();
    std::fs::write(ctx.folder.path().join("replica"), url.as_str()).unwrap();
    ctx.edit_config(|text| {
        let named = "kind = \"postgres\"\nreplicas = [{ file = \"replica\" }]";
        text.replace("kind = \"postgres\"", named)
    });
}
