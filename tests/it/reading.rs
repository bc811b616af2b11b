//! What people read page by page: their requests, live access, a history; and what the bot thinks of them.

use slack_simulator::World;

use crate::support::bot::{Context, Setup, run_test, run_test_with};

/// Nobody is too fast for these tests.
fn patient() -> Setup {
    Setup {
        config: Setup::default().config + "\n[limits]\nacts_per_minute = 1000\nrequests_per_hour = 1000\n",
        ..Setup::default()
    }
}

/// Asks this often for access and withdraws the request each time.
async fn asked_and_withdrawn(ctx: &Context, count: usize) {
    for number in 1..=count {
        ctx.asks("dana", "read", "30m", "load test").await;
        ctx.says("dana", &format!("cancel AR-{number}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_go_on_in_a_window() {
    run_test_with(patient, async |ctx| {
        asked_and_withdrawn(ctx, 11).await;
        let list = ctx.says("dana", "list").await;
        assert!(list.contains("AR-11") && list.contains("AR-2*"), "{list}");
        assert!(!list.contains("AR-1*"), "{list}");
        let end: Vec<&str> = list.lines().rev().take(3).collect();
        insta::assert_snapshot!(format!("{end:?}"), @r#"["[Open]", "There is more.", "`/apono show AR-11` shows one with its history."]"#);
        let dana = ctx.person("dana");
        dana.click("Your latest requests", "Open").await.unwrap();
        let whole = ctx.window("dana", "*AR-1*").await;
        assert_eq!(whole.lines().filter(|line| line.contains("*AR-")).count(), 11);
        assert!(
            !whole.contains("[Older]") && !whole.contains("[Newer]"),
            "{whole}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn active_names_live_access_and_everybodys_to_admins_and_auditors() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("dana", "active").await, @"
        Your live access:
        *AR-1* read on orders (orders-db) until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
        [Connect] [Revoke]
        ");
        let all = ctx.says("ada", "active").await;
        insta::assert_snapshot!(all, @"
        Live access:
        *AR-1* Dana Ito (dana@example.com, U0DANA) has read on orders (orders-db) until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
        [Timeline] [Revoke]
        ");
        let auditors = all.replace("[Timeline] [Revoke]", "[Timeline]");
        assert_eq!(
            ctx.says("sam", "active").await,
            auditors,
            "auditors see it too, and end nothing"
        );
        insta::assert_snapshot!(ctx.says("eve", "active").await, @"You have no live access. Use `/apono request` to request some.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_turns_its_pages_there_and_back() {
    run_test_with(patient, async |ctx| {
        asked_and_withdrawn(ctx, 21).await;
        ctx.says("dana", "list").await;
        let dana = ctx.person("dana");
        dana.click("Your latest requests", "Open").await.unwrap();
        ctx.window("dana", "*AR-21*").await;
        dana.click_in_modal("Older").await.unwrap();
        insta::assert_snapshot!(ctx.window("dana", "*AR-1*").await, @"
        Your latest requests:
        *AR-1* Cancelled – read on orders (orders-db), 30 min
        `/apono show AR-1` shows one with its history.
        [Newer]
        ");
        dana.click_in_modal("Newer").await.unwrap();
        let first = ctx.window("dana", "*AR-21*").await;
        assert!(first.contains("[Older]") && !first.contains("[Newer]"), "{first}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_history_is_read_in_a_window_of_its_own() {
    run_test_with(patient, async |ctx| {
        ctx.granted("2h").await;
        for _ in 0..20 {
            ctx.connect("dana").await;
        }
        ctx.settle().await;
        let shown = ctx.says("dana", "show AR-1").await;
        assert!(shown.contains("Earlier events are not shown here."), "{shown}");
        let dana = ctx.person("dana");
        dana.click("Earlier events", "Full history").await.unwrap();
        ctx.window("dana", "Credentials shown to Dana Ito").await;
        dana.click_in_modal("Older").await.unwrap();
        insta::assert_snapshot!(ctx.window("dana", "Requested by").await, @"
        AR-1 · read on orders (orders-db), latest first:
        *[time]* Granted as apono_[install]_ar1_dana_ito until [time]
        *[time]* Approved by Omar Khan (omar@example.com), group:sre
        *[time]* Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        [Newer]
        ");
        let button = ctx.person("dana").ephemerals().pop().unwrap();
        let value = crate::support::steps::value_of(&button, "Full history");
        let forged = crate::support::steps::forged_click(&button, "read", &value);
        let answer = ctx
            .answer_to("eve", async |eve| {
                eve.raw_interaction(forged.clone()).await.map(|_| ())
            })
            .await;
        insta::assert_snapshot!(answer, @"This is somebody else's request, so you cannot do that.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoami_says_what_the_bot_thinks_of_somebody() {
    run_test(async |ctx| {
        insta::assert_snapshot!(ctx.says("dana", "whoami").await, @"
        You are Dana Ito (U0DANA), full member.
        Email: dana@example.com
        Roles: none
        Groups: developers
        *Developers read* you can request read on orders* (orders-db), at most 8 h; one of group:sre has to approve
        *Write at once* you can request write on every resource (orders-db), at most 1 h; nobody has to approve
        ");
        insta::assert_snapshot!(ctx.says("omar", "whoami").await, @r#"
        You are Omar Khan (U0OMAR), full member.
        Email: omar@example.com
        Roles: none
        Groups: developers, sre
        *Developers read* you can request read on orders* (orders-db), at most 8 h; one of group:sre has to approve
        *Developers read* you are in the group sre, which approves the flow "Developers read": read on orders* (orders-db)
        "#);
        insta::assert_snapshot!(ctx.says("ada", "whoami").await, @"
        You are Ada Lind (U0ADA), full member.
        Email: ada@example.com
        Roles: admin
        Groups: none
        No access flow includes you. You are an admin, so you can change the access flows in the config.
        ");
        insta::assert_snapshot!(ctx.says("eve", "whoami").await, @"
        You are Eve Moss (U0EVE), full member.
        Email: eve@example.com
        Roles: none
        Groups: developers
        *Developers read* you can request read on orders* (orders-db), at most 8 h; one of group:sre has to approve
        ");
    })
    .await;
}

/// Flows of which an earlier one does not fit, and one that only its requester could answer.
fn flows() -> Setup {
    Setup {
        world: World::example(),
        config: r#"
[[flows]]
name = "Payroll"
requesters = ["group:sre"]
integration = "orders-db"
resources = ["payroll*"]
max_duration = "1h"
approvers = ["group:sre"]

[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
permissions = ["read"]
max_duration = "8h"
extensions = { times = 2, each = "1h" }
approvers = ["group:sre"]

[[flows]]
name = "Dana alone"
requesters = ["dana@example.com"]
integration = "orders-db"
permissions = ["write"]
max_duration = "1h"
approvers = ["dana@example.com"]
contact = "the SRE team"
"#
        .to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_the_flow_that_decides_and_what_stands_against_the_others() {
    run_test_with(flows, async |ctx| {
        let orders = &ctx.target.database;
        let ask = async |who: &str, words: String| ctx.says(who, &words).await;
        insta::assert_snapshot!(ask("dana", format!("why read on {orders}")).await, @r#"
        read on orders:
        *orders-db* Allowed by "Developers read", at most 8 h; one of Omar Khan, Priya Shah has to approve.
        *1. Developers read* matches, so it decides
        Flows are tried in this order, and the first one that matches decides.
        "#);
        let by_path = ask("dana", format!("why read orders-db/{orders}")).await;
        assert!(by_path.contains("Allowed by"), "{by_path}");
        insta::assert_snapshot!(ask("dana", format!("why write on {orders}")).await, @r#"
        write on orders:
        *orders-db* Nobody can answer this under the flow "Dana alone": you are its only approver, and nobody can decide their own request. Ask the SRE team about it.
        *1. Developers read* does not match: it gives other permissions
        *2. Dana alone* matches, so it decides
        Flows are tried in this order, and the first one that matches decides.
        "#);
        insta::assert_snapshot!(ask("eve", format!("why write on {orders}")).await, @r#"
        write on orders:
        *orders-db* No access flow lets you request write on orders. The closest is "Developers read".
        *1. Developers read* does not match: it gives other permissions
        Flows are tried in this order, and the first one that matches decides.
        "#);
        insta::assert_snapshot!(ask("dana", "why read on nowhere".to_owned()).await, @r#"
        read on nowhere:
        *orders-db* There is no resource "nowhere" on it now, so nobody can request it.
        "#);
        insta::assert_snapshot!(ask("dana", "why read".to_owned()).await, @"`/apono why` needs a permission and a resource, for example `/apono why read on orders`.");

        let about_eve = format!("why <@U0EVE|eve> write on {orders}");
        insta::assert_snapshot!(ask("ada", about_eve.clone()).await, @r#"
        write on orders, for Eve Moss:
        *orders-db* Eve Moss is told: No access flow lets you request write on orders. The closest is "Developers read".
        *1. Payroll* does not match: it is not for them; it covers other resources
        *2. Developers read* does not match: it gives other permissions
        *3. Dana alone* does not match: it is not for them
        Flows are tried in this order, and the first one that matches decides.
        "#);
        insta::assert_snapshot!(ask("dana", about_eve).await, @"Only an admin may do that.");
        insta::assert_snapshot!(ask("ada", format!("why <@U0NOBODY> read on {orders}")).await, @"Slack has nobody by that name.");
    })
    .await;
}
