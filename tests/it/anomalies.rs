//! What is unusual about how people ask and answer: each kind is noticed once, says what it rests on, and blocks nothing.

use std::time::Duration;

use apono::clock::Clock;
use insta::assert_snapshot;

use crate::support::bot::{Context, run_test, run_test_with};
use crate::support::steps::send_request_once_offered;
use crate::web::signing_in::signed_in;
use crate::web::with_portal;

/// The posts about anomalies, as one text.
fn anomalies(ctx: &Context) -> String {
    let channel = ctx.audit_channel();
    let posts = channel.lines().filter(|line| line.starts_with('🚩'));
    posts.collect::<Vec<_>>().join("\n")
}

async fn rejects(ctx: &Context, words: &str, number: u32) {
    let omar = ctx.person("omar");
    ctx.sees("omar", words).await;
    omar.click(words, "Reject").await.unwrap();
    omar.submit().await.unwrap();
    ctx.sees("dana", &format!("AR-{number} · Rejected")).await;
    ctx.settle().await;
}

/// Omar approves what Dana asks for in these words, and she gives it back.
async fn approves(ctx: &Context, words: &str, number: u32) {
    ctx.asks("dana", "read", "10m", words).await;
    ctx.sees("omar", words).await;
    ctx.person("omar").click(words, "Approve").await.unwrap();
    ctx.until_state(number.into(), "Granted").await;
    ctx.says("dana", &format!("revoke AR-{number}")).await;
    ctx.until_state(number.into(), "Revoked").await;
    ctx.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_in_a_row_an_approval_after_them_and_a_long_silence_are_noticed_once() {
    run_test(async |ctx| {
        for (number, words) in (1..).zip(["the report", "an audit", "a backup"]) {
            ctx.asks("dana", "read", "10m", words).await;
            rejects(ctx, words, number).await;
        }
        ctx.until_channel_says("3 requests of Dana Ito (dana@example.com) in a row were rejected")
            .await;
        approves(ctx, "an export", 4).await;
        ctx.until_channel_says("which asked for the same, was rejected")
            .await;
        ctx.clock.advance(Duration::from_hours(100 * 24));
        ctx.asks("dana", "read", "10m", "a migration").await;
        ctx.until_channel_says("is the first request of Dana Ito (dana@example.com) after 100 days")
            .await;
        ctx.settle().await;
        // A restart looks again, and says nothing again.
        ctx.stop().await;
        ctx.start_app().await;
        ctx.simulator.wait_for_sockets(2).await;
        ctx.says("dana", "cancel AR-5").await;
        ctx.clock.advance(Duration::from_hours(100 * 24));
        ctx.asks("dana", "read", "10m", "another migration").await;
        ctx.until_channel_says("*AFTER SILENCE* AR-6").await;
        assert_snapshot!(anomalies(ctx), @"
        🚩 *REFUSALS IN A ROW* 3 requests of Dana Ito (dana@example.com) in a row were rejected, the last is AR-3
        🚩 *APPROVED AFTER REJECTION* AR-4 was approved by Omar Khan (omar@example.com); AR-3, which asked for the same, was rejected
        🚩 *AFTER SILENCE* AR-5 is the first request of Dana Ito (dana@example.com) after 100 days
        🚩 *AFTER SILENCE* AR-6 is the first request of Dana Ito (dana@example.com) after 100 days
        ");
        let posts = ctx.audit_posts("REFUSALS IN A ROW").await;
        assert_snapshot!(posts[0], @"
        🚩 *REFUSALS IN A ROW* 3 requests of Dana Ito (dana@example.com) in a row were rejected, the last is AR-3
        Integration: orders-db
        Other requests: AR-2, AR-1
        Rests on events: #5, #7, #9
        #10 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_words_many_at_night_and_quick_approvals_are_noticed_at_each_multiple() {
    run_test(async |ctx| {
        // Eleven at night, UTC, which nobody here has another zone than.
        let now = ctx.clock.now().seconds().rem_euclid(86_400);
        let until_night = (23 * 3_600_i64 - now).rem_euclid(86_400);
        ctx.settle().await;
        ctx.clock.advance(Duration::from_secs(until_night.unsigned_abs()));
        for number in 1..=10 {
            approves(ctx, &format!("ticket OPS-{number}"), number).await;
        }
        ctx.until_channel_says("approved 10 requests in a row").await;
        ctx.asks("dana", "read", "10m", "4711").await;
        ctx.settle().await;
        assert_snapshot!(anomalies(ctx), @"
        🚩 *MANY AT NIGHT* Dana Ito (dana@example.com) made 5 requests at night within 7 days, the last is AR-5
        🚩 *SELF SIMILAR* Dana Ito (dana@example.com) made 5 requests with the same words within 1 d, the last is AR-5
        🚩 *MANY AT NIGHT* Dana Ito (dana@example.com) made 10 requests at night within 7 days, the last is AR-10
        🚩 *SELF SIMILAR* Dana Ito (dana@example.com) made 10 requests with the same words within 1 d, the last is AR-10
        🚩 *QUICK APPROVER* Omar Khan (omar@example.com) approved 10 requests in a row, each within 10 s, the last is AR-10
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_that_is_new_for_somebody_who_asks_often_is_noticed_and_auditors_list_it() {
    run_test_with(with_portal, async |ctx| {
        for number in 1..=20 {
            ctx.asks("dana", "read", "10m", &format!("need {}", "x".repeat(number)))
                .await;
            ctx.says("dana", &format!("cancel AR-{number}")).await;
        }
        ctx.edit_config(|config| {
            let second = |header: &str| {
                let rest = &config[config.find(header).unwrap()..];
                let end = rest[1..].find("\n[").map_or(rest.len(), |end| end + 1);
                let section = rest[..end].replace("\"orders-db\"", "\"billing-db\"");
                section.replace("name = \"Developers", "name = \"Billing developers")
            };
            format!(
                "{config}\n{}\n{}",
                second("[[integrations]]"),
                second("[[flows]]")
            )
        });
        ctx.app().reload().await.unwrap();
        ctx.settle().await;
        let wanted = ["billing-db", "Database", ctx.target.database.as_str()];
        send_request_once_offered(&ctx.person("dana"), wanted, "read", "10m", "an invoice").await;
        ctx.until_channel_says("asks for orders, which Dana Ito (dana@example.com) never asked for before")
            .await;
        let mut sam = signed_in(ctx, "sam").await;
        let page = sam
            .open("/log?kind=anomalies&event=new_resource&integration=billing-db&about=dana@example.com")
            .await;
        assert_eq!(
            page.text().matches("NEW RESOURCE AR-21").count(),
            1,
            "{}",
            page.text()
        );
        assert!(page.html.contains("href=\"/requests/AR-21\""), "{}", page.html);
        let none = sam.open("/log?kind=anomalies&event=after_silence").await;
        assert!(
            none.text().contains("No event fits this filter."),
            "{}",
            none.text()
        );
        // The requester does not read what was noticed about her.
        let mut dana = signed_in(ctx, "dana").await;
        let request = dana.open("/requests/AR-21").await;
        assert!(
            !request.text().contains("never asked for before"),
            "{}",
            request.text()
        );
        assert_eq!(dana.open("/log?kind=anomalies").await.status, 404);
    })
    .await;
}
