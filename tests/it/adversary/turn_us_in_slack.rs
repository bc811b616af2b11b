//! Turning us on others: a grantee gives their login to an application, so that we end the application's sessions for them,
//! or so that it keeps what they had.

use std::time::Duration;

use apono::access::reconcile::Drift;
use secrecy::ExposeSecret;
use slack_simulator::SeenMessage;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::reconcile::{in_mode, login};
use crate::support::bot::{Context, is_alarm, run_test, run_test_with};
use crate::support::door::Door;
use crate::support::postgres_server;
use crate::support::steps::{forged_click, value_of};

async fn superuser(ctx: &Context) -> PgConnection {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(connection)
        .await
        .map(drop)
}

/// An application with an account of its own on the target, and one session of it.
async fn application(ctx: &Context) -> (String, PgConnection) {
    let app = format!("{}_app", ctx.target.database);
    let make = format!("CREATE ROLE {app} LOGIN PASSWORD 'its-own'");
    run(&mut superuser(ctx).await, make).await.unwrap();
    let session = session_of(ctx, &app).await;
    (app, session)
}

async fn session_of(ctx: &Context, account: &str) -> PgConnection {
    let server = postgres_server::shared().unwrap();
    let password = secrecy::SecretString::from("its-own");
    let url = server.url(account, &password, &ctx.target.database);
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// Dana gives her login to the application. From PostgreSQL 15 on nobody can do that with a login alone, so that somebody
/// who administers the server does it here.
async fn give_away(ctx: &Context, session: &mut PgConnection, app: &str) {
    let give = format!("GRANT {} TO {app}", login(ctx));
    if run(session, give.clone()).await.is_err() {
        // Not as another role: then even the bot can take it back, as it can from what a login gave before 15.
        let give = format!("SET ROLE {}_bot; {give}", ctx.target.database);
        run(&mut superuser(ctx).await, give).await.unwrap();
    }
}

/// The members of Dana's login, except its administrator.
async fn members(ctx: &Context) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT m.rolname::text FROM pg_auth_members e
         JOIN pg_roles m ON m.oid = e.member JOIN pg_roles r ON r.oid = e.roleid
         WHERE r.rolname = $1 AND m.rolname <> $2 ORDER BY 1",
    )
    .bind(login(ctx))
    .bind(format!("{}_bot", ctx.target.database))
    .fetch_all(&mut superuser(ctx).await)
    .await
    .unwrap()
}

async fn until_nobody_joined(ctx: &Context) {
    ctx.until("nobody has what nobody granted", async || {
        ctx.clock.advance(Duration::from_secs(30));
        members(ctx).await.is_empty()
    })
    .await;
}

async fn alarms(ctx: &Context) -> Vec<SeenMessage> {
    ctx.settle().await;
    let mut posts = ctx.simulator.channel_messages("permissions-audit");
    posts.retain(|post| is_alarm(post) && post.text.contains("UNGRANTED"));
    posts
}

async fn is_alive(session: &mut PgConnection) -> bool {
    run(session, "SELECT 1".to_owned()).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_is_given_to_an_application_is_taken_off_it_in_every_mode_and_the_application_goes_on() {
    for drift in Drift::ALL {
        run_test_with(
            || in_mode(drift),
            async |ctx| {
                ctx.granted("2h").await;
                let (app, mut its) = application(ctx).await;
                let mut hers = ctx.connect("dana").await.open().await.unwrap();
                give_away(ctx, &mut hers, &app).await;
                until_nobody_joined(ctx).await;
                let alarm = alarms(ctx).await.remove(0);
                assert!(alarm.text.ends_with(" <@U0ADA>"), "{}", alarm.text);
                let button = ctx.plain(&alarm.buttons.join(", "));
                assert_eq!(button, "End the sessions of orders_app, Open");
                assert!(is_alive(&mut its).await, "only an admin ends it");
                assert!(
                    is_alive(&mut hers).await,
                    "she had no more by it than was granted"
                );
            },
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_the_application_end_by_an_admins_button_alone_and_the_trail_says_how_many() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let (app, mut its) = application(ctx).await;
        let mut another = session_of(ctx, &app).await;
        let mut hers = ctx.connect("dana").await.open().await.unwrap();
        give_away(ctx, &mut hers, &app).await;
        // It has become the login, and stays that when it is a member no more.
        run(&mut its, format!("SET ROLE {}", login(ctx))).await.unwrap();
        until_nobody_joined(ctx).await;
        let alarm = alarms(ctx).await.remove(0);
        let button = alarm.buttons[0].clone();
        insta::assert_snapshot!(ctx.plain(&alarm.rendered), @"
        🚷 *UNGRANTED* AR-1 on orders-db the member orders_app was added: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Target account: apono_[install]_ar1_dana_ito
        On the target: the member orders_app was added
        What happens now: it is removed at once; if that fails, the access ends. Other people's sessions keep running until an admin ends them
        For @Ada Lind
        [End the sessions of orders_app] [Open]
        #8 · [head] · [time]
        ");

        // Dana saw the value, or guesses it, and clicks by hand; Sam reads the channel and is no admin.
        let value = value_of(&alarm, &button);
        let (dana, sam) = (ctx.person("dana"), ctx.person("sam"));
        dana.raw_interaction(forged_click(&alarm, "end_sessions", &value))
            .await
            .unwrap();
        let refused = ctx
            .answer_to("sam", async |sam| {
                sam.click_message("permissions-audit", &alarm.ts, &button).await
            })
            .await;
        insta::assert_snapshot!(refused, @"Only an admin may do that.");
        drop(sam);
        assert!(is_alive(&mut its).await && is_alive(&mut another).await);
        assert_eq!(ctx.audit_posts("REFUSED").await.len(), 2);

        // Even an admin ends nobody whom no alarm names.
        let other = value.replace("_app", "_bot");
        let ada = ctx.person("ada");
        ada.raw_interaction(forged_click(&alarm, "end_sessions", &other))
            .await
            .unwrap();
        assert_eq!(ctx.audit_posts("REFUSED").await.len(), 3);

        let answer = ctx
            .answer_to("ada", async |ada| {
                ada.click_message("permissions-audit", &alarm.ts, &button).await
            })
            .await;
        insta::assert_snapshot!(answer, @"The sessions of orders_app are being ended. The audit channel will say how many there were.");
        ctx.until_channel_says("*SESSIONS ENDED*").await;
        assert!(!is_alive(&mut its).await && !is_alive(&mut another).await);
        assert!(is_alive(&mut hers).await);
        assert!(
            is_alive(&mut session_of(ctx, &app).await).await,
            "it can log in again"
        );
        insta::assert_snapshot!(ctx.audit_posts("END SESSIONS").await.remove(0), @"
        🟥 *END SESSIONS* AR-1 of orders_app on orders-db, by Ada Lind (ada@example.com)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Account: orders_app
        [Open]
        #13 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.audit_posts("SESSIONS ENDED").await.remove(0), @"
        🔒 *SESSIONS ENDED* AR-1 of orders_app on orders-db, as Ada Lind ordered: 2
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Account: orders_app
        Sessions ended: 2
        Ordered by: Ada Lind
        [Open]
        #14 · [head] · [time]
        ");
        assert_eq!(ctx.audit_posts("END SESSIONS").await.len(), 1);
    })
    .await;
}

/// Ada orders the end of the application's session while its server does not answer; the door to that, and the session.
async fn ordered_while_nothing_answers(ctx: &mut Context) -> (Door, PgConnection) {
    let mut target = ctx.door_to_target().await;
    ctx.granted("2h").await;
    let (app, its) = application(ctx).await;
    let mut hers = ctx.connect("dana").await.open().await.unwrap();
    give_away(ctx, &mut hers, &app).await;
    until_nobody_joined(ctx).await;
    let alarm = alarms(ctx).await.remove(0);
    target.shut().await;
    let ada = ctx.person("ada");
    ada.click_message("permissions-audit", &alarm.ts, &alarm.buttons[0])
        .await
        .unwrap();
    (target, its)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_a_process_took_and_died_with_is_carried_out_by_the_next() {
    run_test(async |ctx| {
        let (mut target, mut its) = ordered_while_nothing_answers(ctx).await;
        ctx.until_channel_says("*END SESSIONS*").await;
        ctx.stop().await;
        assert!(is_alive(&mut its).await);
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        ctx.run().await;
        ctx.until_channel_says("*SESSIONS ENDED*").await;
        assert!(!is_alive(&mut its).await);
    })
    .await;
}

/// Hours later it would meet sessions that the admin never meant.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cannot_be_carried_out_soon_is_given_up_and_that_is_said() {
    run_test(async |ctx| {
        let (mut target, mut its) = ordered_while_nothing_answers(ctx).await;
        ctx.until("it is given up", async || {
            ctx.clock.advance(Duration::from_secs(50));
            ctx.audit_channel().contains("*SESSIONS NOT ENDED*")
        })
        .await;
        target.open();
        assert!(is_alive(&mut its).await);
    })
    .await;
}

/// The bot must not drown in what one of them does again and again.
#[tokio::test(flavor = "multi_thread")]
async fn giving_the_same_account_the_login_again_and_again_alarms_once_and_is_taken_off_each_time() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let (app, _its) = application(ctx).await;
        let mut hers = ctx.connect("dana").await.open().await.unwrap();
        for times in 1..=3 {
            give_away(ctx, &mut hers, &app).await;
            until_nobody_joined(ctx).await;
            ctx.until("that is told", async || {
                ctx.audit_channel().matches("*TAKEN OFF*").count() == times
            })
            .await;
        }
        assert_eq!(alarms(ctx).await.len(), 1);
        assert_eq!(ctx.audit_posts("UNGRANTED").await.len(), 1 + 3);
    })
    .await;
}

/// She had more by the group, and may have set its role: what she opened then ends with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_nobody_granted_goes_and_the_grantees_own_sessions_with_it() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let credentials = ctx.connect("dana").await;
        let mut hers = credentials.open().await.unwrap();
        let (app, mut its) = application(ctx).await;
        let pull = format!(
            "SET ROLE {}_bot; GRANT {}_write TO {}",
            ctx.target.database,
            ctx.target.database,
            login(ctx)
        );
        run(&mut superuser(ctx).await, pull).await.unwrap();
        run(&mut hers, format!("SET ROLE {}_write", ctx.target.database))
            .await
            .unwrap();
        ctx.until("it is taken off", async || {
            ctx.clock.advance(Duration::from_secs(30));
            ctx.audit_channel().contains("*TAKEN OFF*")
        })
        .await;
        assert!(!is_alive(&mut hers).await);
        let mut again = credentials.open().await.unwrap();
        let become_it = format!("SET ROLE {}_write", ctx.target.database);
        assert!(run(&mut again, become_it).await.is_err());
        let alarm = alarms(ctx).await.remove(0);
        assert_eq!(
            alarm.buttons,
            ["Open"],
            "nobody joined whose sessions could be ended"
        );
        assert!(is_alive(&mut its).await, "{app}");
    })
    .await;
}

/// From PostgreSQL 16 on nobody can take back what a superuser gave, but a superuser.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_bot_cannot_take_off_ends_the_access_and_the_alarm_says_what_to_type() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let (app, mut its) = application(ctx).await;
        let credentials = ctx.connect("dana").await;
        let give = format!("GRANT {} TO {app}", login(ctx));
        run(&mut superuser(ctx).await, give).await.unwrap();
        let knows_grantors: bool =
            sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 160000")
                .fetch_one(&mut superuser(ctx).await)
                .await
                .unwrap();
        ctx.until("it is dealt with", async || {
            ctx.clock.advance(Duration::from_secs(30));
            let told = ctx.audit_channel();
            told.contains("*TAKEN OFF*") || told.contains("*REVOKED*")
        })
        .await;
        assert!(is_alive(&mut its).await);
        if knows_grantors {
            assert!(credentials.open().await.is_err());
            let why = ctx.audit_posts("REVOKING").await.remove(0);
            let statement = format!("REVOKE \"{}\" FROM", ctx.plain(&login(ctx)));
            assert!(why.contains(&statement), "{why}");
        } else {
            assert!(credentials.open().await.is_ok());
        }
    })
    .await;
}
