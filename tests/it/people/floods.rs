//! Nobody drowns the others: acts are limited, equal refusals are counted, and what is there already is shown.

use std::time::Duration;

use slack_simulator::Submitted;

use crate::support::bot::{Context, Setup, run_test, run_test_with};

#[tokio::test(flavor = "multi_thread")]
async fn who_does_too_much_within_a_minute_is_asked_to_wait_and_others_are_not() {
    run_test_with(
        || limited("acts_per_minute = 4"),
        async |ctx| {
            for _ in 0..4 {
                ctx.says("nils", "list").await;
            }
            insta::assert_snapshot!(ctx.says("nils", "list").await, @"That was too much within a minute, so I ignored this. Please wait a little and try again.");
            assert!(
                ctx.says("eve", "list")
                    .await
                    .starts_with("You have made no requests yet.")
            );
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_too_much_can_still_give_back_what_they_have() {
    run_test_with(
        || limited("acts_per_minute = 4"),
        async |ctx| {
            ctx.granted("2h").await;
            for _ in 0..5 {
                ctx.says("dana", "list").await;
            }
            let refused = ctx.says("dana", "list").await;
            assert!(
                refused.starts_with("That was too much within a minute"),
                "{refused}"
            );
            ctx.says("dana", "revoke AR-1").await;
            ctx.until_state(1, "Revoked").await;
        },
    )
    .await;
}

/// Four times as many as other acts, and apart from those.
#[tokio::test(flavor = "multi_thread")]
async fn give_backs_have_a_limit_too() {
    run_test_with(
        || limited("acts_per_minute = 4"),
        async |ctx| {
            ctx.granted("2h").await;
            let too_many = async |ctx: &Context| {
                let answer = ctx.says("nils", "revoke AR-1").await;
                answer.starts_with("That was too much within a minute")
            };
            let mut given_back = 0;
            while !too_many(ctx).await {
                given_back += 1;
                assert!(given_back < 300, "there is no limit");
            }
            assert!(given_back >= 16, "{given_back} are too few");
            assert_eq!(ctx.state_of(1).await, "Granted");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_refusals_are_counted_and_the_count_is_recorded_once() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.asks("eve", "read", "1h", "another").await;
        for number in [1, 2, 1, 1, 2] {
            ctx.says("nils", &format!("show AR-{number}")).await;
        }
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.join("\n\n"), @"
        ⛔ *REFUSED* /apono show on AR-1 by Nils Berg (nils@example.com): This is somebody else's request, so you cannot do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Nils Berg (nils@example.com, U0NILS)
        Standing: member
        [Open]
        #6 · [head] · [time]
        ");
        ctx.clock.advance(Duration::from_mins(11));
        ctx.until("the count is posted", async || {
            ctx.audit_posts("REFUSED").await.len() == 2
        })
        .await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await[1], @"
        ⛔ *REFUSED* x4, /apono show by Nils Berg (nils@example.com): This is somebody else's request, so you cannot do that.
        Tried by: Nils Berg (nils@example.com, U0NILS)
        Standing: member
        Times: 4, after the first at [time]
        Requests: AR-2, AR-1
        #7 · [head] · [time]
        ");
        ctx.says("nils", "show AR-1").await;
        assert_eq!(ctx.audit_posts("REFUSED").await.len(), 3, "it is news again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_only_so_many_open_requests_of_one_person_and_so_many_in_an_hour() {
    let limits = || limited("open_requests = 1\nrequests_per_hour = 2");
    run_test_with(limits, async |ctx| {
        ctx.asked().await;
        let Submitted::Errors(errors) = ctx.ask("dana", "read", "3h", "more").await else {
            panic!("one is the most");
        };
        insta::assert_snapshot!(errors["Resources"], @"You have reached the limit of open requests at once (1). Give one back, or wait for one to end.");
        ctx.person("dana").close_modal().await.unwrap();
        for again in 2..=3 {
            ctx.says("dana", &format!("cancel AR-{}", again - 1)).await;
            let sent = ctx.ask("dana", "read", "3h", "more").await;
            assert_eq!(sent == Submitted::Closed, again == 2);
        }
        ctx.person("dana").close_modal().await.unwrap();
        ctx.clock.advance(Duration::from_mins(61));
        ctx.asks("dana", "read", "3h", "more").await;
        ctx.sees("omar", "AR-3").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_on_its_way_or_there_already_is_shown_instead_of_asked_for_again() {
    run_test(async |ctx| {
        ctx.asked().await;
        assert_eq!(
            ctx.ask("dana", "read", "1h", "impatient").await,
            Submitted::Updated
        );
        let dana = ctx.person("dana");
        insta::assert_snapshot!(ctx.plain(&dana.modal().await.unwrap().rendered), @"
        You already requested that: AR-1 is in progress. To request it again, withdraw that one first: `/apono cancel AR-1`.
        📝 *AR-1 · Pending* read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db (postgres, Database)
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Dana Ito wrote:
        > incident 4711
        Waiting for an answer until [time].
        [time] Requested by Dana Ito (dana@example.com); asked: Omar Khan, Priya Shah
        ");
        dana.close_modal().await.unwrap();
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        assert_eq!(
            ctx.ask("dana", "read", "1h", "forgetful").await,
            Submitted::Updated
        );
        let shown = ctx.plain(&dana.modal().await.unwrap().rendered);
        insta::assert_snapshot!(shown.lines().next().unwrap(), @"You already have that: AR-1 is live and lasts at least as long.");
        dana.close_modal().await.unwrap();
        ctx.asks("dana", "read", "3h", "for longer than that").await;
        ctx.sees("omar", "AR-2").await;
        assert_eq!(ctx.state_of(2).await, "Pending");
        // What waits changes nothing about what is there.
        assert_eq!(
            ctx.ask("dana", "read", "1h", "forgetful again").await,
            Submitted::Updated
        );
        let shown = ctx.plain(&dana.modal().await.unwrap().rendered);
        insta::assert_snapshot!(shown.lines().next().unwrap(), @"You already have that: AR-1 is live and lasts at least as long.");
        dana.close_modal().await.unwrap();
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REQUESTED"), @"
        📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h
        ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        📝 *REQUESTED* AR-2 Dana Ito (dana@example.com) asks for read on orders (orders-db), 3 h
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_what_waits_and_the_sum_of_what_is_live_are_not_asked_for_again() {
    let setup = || Setup {
        config: r#"
[[flows]]
name = "Everything"
requesters = ["dana@example.com"]
integration = "orders-db"
max_duration = "8h"
approvers = ["group:sre"]
"#
        .to_owned(),
        ..Setup::default()
    };
    run_test_with(setup, async |ctx| {
        ctx.asks("dana", "read, write", "2h", "ticket 1").await;
        assert_eq!(ctx.ask("dana", "write", "1h", "impatient").await, Submitted::Updated);
        let dana = ctx.person("dana");
        let shown = ctx.plain(&dana.modal().await.unwrap().rendered);
        insta::assert_snapshot!(shown.lines().next().unwrap(), @"You already requested that: AR-1 is in progress. To request it again, withdraw that one first: `/apono cancel AR-1`.");
        dana.close_modal().await.unwrap();
        ctx.says("dana", "cancel AR-1").await;

        for (permission, request) in [("read", "AR-2"), ("write", "AR-3")] {
            ctx.asks("dana", permission, "2h", "ticket 2").await;
            ctx.sees("omar", request).await;
            ctx.clicks("omar", request, "Approve").await;
            ctx.sees("dana", &format!("{request}: you have")).await;
        }
        assert_eq!(
            ctx.ask("dana", "read, write", "1h", "forgetful").await,
            Submitted::Updated
        );
        let shown = ctx.plain(&dana.modal().await.unwrap().rendered);
        insta::assert_snapshot!(shown.lines().next().unwrap(), @"You already have that: AR-2 is live and lasts at least as long.");
    })
    .await;
}

fn limited(limits: &str) -> Setup {
    let usual = Setup::default();
    Setup {
        config: format!("{}\n[limits]\n{limits}\n", usual.config),
        ..usual
    }
}
