//! `account = "personal"` from the form to the end: people's own accounts on the target get the access, for a time.

use std::time::Duration;

use secrecy::ExposeSecret;
use slack_simulator::Submitted;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::support::bot::{Context, Setup, run_test_with};

const PASSWORD: &str = "their-own";

/// Dana has an account on the target, Eve has none.
fn own_accounts() -> Setup {
    let usual = Setup::default();
    // This continues the integration's section, with which the common part ends.
    let accounts = "account = \"personal\"\naccounts = { \"dana@example.com\" = \"{db}_dana\" }\n";
    Setup {
        config: format!("{accounts}{}", usual.config),
        ..usual
    }
}

async fn make_account(ctx: &Context) {
    let url = ctx.target.admin_url.expose_secret();
    let mut bot = PgConnection::connect(url).await.unwrap();
    let create = format!(
        "CREATE ROLE {}_dana LOGIN PASSWORD '{PASSWORD}'",
        ctx.target.database
    );
    sqlx::raw_sql(AssertSqlSafe(create))
        .execute(&mut bot)
        .await
        .unwrap();
}

/// What Dana reads with her own login at this moment.
async fn reads(ctx: &Context) -> bool {
    let database = &ctx.target.database;
    let url = ctx.target.admin_url.expose_secret();
    let (_, place) = url.split_once('@').unwrap();
    let url = format!("postgres://{database}_dana:{PASSWORD}@{place}");
    let mut session = PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql("SELECT * FROM orders")
        .execute(&mut session)
        .await
        .is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_own_account_gets_the_access_and_loses_it_with_the_last_request() {
    run_test_with(own_accounts, async |ctx| {
        make_account(ctx).await;
        ctx.granted("2h").await;
        ctx.clock.advance(Duration::from_mins(30));
        let more = ctx.ask("dana", "write", "30m", "incident 4712").await;
        assert_eq!(more, Submitted::Closed, "{:?}", ctx.person("dana").top_modal());
        ctx.sees("dana", "AR-2: you have write").await;
        assert!(reads(ctx).await);
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "AR-2 · Expired").await;
        assert!(reads(ctx).await, "the longer request still reads");
        ctx.clock.advance(Duration::from_hours(1));
        ctx.sees("dana", "AR-1 · Expired").await;
        assert!(!reads(ctx).await);
        ctx.settle().await;
        let granted = &ctx.audit_posts("GRANTED").await[0];
        assert!(
            granted.contains("Target account: orders_dana through apono_[install]_ar1_dana_ito"),
            "{granted}"
        );
        assert!(granted.contains("Deadline on target: no"), "{granted}");
        let expired = ctx.audit_posts("EXPIRED").await;
        assert_eq!(expired.len(), 2);
        for post in &expired {
            assert!(
                post.contains("Proof: membership gone, 0 sessions from before"),
                "{post}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_says_how_to_log_in_with_ones_own_account_and_the_card_what_holds() {
    run_test_with(own_accounts, async |ctx| {
        make_account(ctx).await;
        ctx.granted("2h").await;
        let card = ctx.sees("dana", "AR-1 · Granted").await;
        insta::assert_snapshot!(ctx.plain(&card.rendered), @"
        🔓 *AR-1 · Granted* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        [Connect] [Revoke]
        Approved by Omar Khan (omar@example.com), group:sre. Live until [time] (2 h).
        At the end, open sessions are ended; the target has no deadline of its own; an early revoke takes effect at once.
        ");
        let dana = ctx.person("dana");
        dana.click("AR-1 · Granted", "Connect").await.unwrap();
        let modal = ctx
            .eventually("it is said how to log in", async || {
                dana.top_modal().filter(|modal| modal.rendered.contains("User: "))
            })
            .await;
        let port = modal
            .rendered
            .lines()
            .find_map(|line| line.strip_prefix("Port: "));
        let text = modal.rendered.replace(port.unwrap(), "[port]");
        insta::assert_snapshot!(ctx.plain(&text), @r#"
        ```
        Host: 127.0.0.1
        Port: [port]
        Database: orders
        User: orders_dana
        ```
        ```
        psql "host=127.0.0.1 port=[port] dbname=orders user=orders_dana"
        ```
        Log in with your own password, as usual: the account orders_dana has this access until [time]. All its sessions end then, including those opened earlier.
        "#);
        dana.close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("CREDENTIALS SHOWN").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_is_refused_when_they_ask() {
    run_test_with(own_accounts, async |ctx| {
        let Submitted::Errors(errors) = ctx.ask("eve", "read", "1h", "incident 4711").await else {
            panic!("the form was taken");
        };
        insta::assert_debug_snapshot!(errors, @r#"
        {
            "Resources": "orders-db gives access to people's own accounts, and none is set up for you there. Ask the SRE team to add yours.",
        }
        "#);
        ctx.person("eve").close_modal().await.unwrap();
        assert_eq!(ctx.audit_posts("REQUESTED").await.len(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_missing_on_the_target_fails_the_request_and_says_so() {
    run_test_with(own_accounts, async |ctx| {
        assert_eq!(
            ctx.ask("dana", "read", "1h", "incident 4711").await,
            Submitted::Closed
        );
        let card = ctx.sees("omar", "AR-1 · Pending").await;
        ctx.person("omar").stale_click(&card, "Approve").await.unwrap();
        ctx.sees("dana", "AR-1 · Failed").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("FAILED").await[0], @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 1 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Step: granting
        Cause: the account orders_dana does not exist
        Tries: 1
        Undo confirmed at: [time]
        Next step: an admin needs to check the integration's setup
        [Open]
        #7 · [head] · [time]
        ");
    })
    .await;
}
