//! The line of the day: once, complete, and also after a stop that missed it.

use std::time::Duration;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn the_day_is_summed_up_once_and_says_what_stands() {
    run_test(async |ctx| {
        ctx.granted("8h").await;
        ctx.asks("eve", "read", "2h", "one more").await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(20));
        ctx.sees("dana", "AR-1 · Expired").await;
        assert_eq!(ctx.audit_posts("DAY").await.len(), 0);
        ctx.clock.advance(Duration::from_hours(3));
        ctx.sees("eve", "Lapsed").await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_hours(1));
        ctx.until("the day is summed up", async || {
            ctx.audit_posts("DAY").await.len() == 1
        })
        .await;
        let said = &ctx.audit_posts("DAY").await[0];
        let facts: Vec<&str> = said
            .lines()
            .filter(|line| {
                ["Not granted", "Ended", "Live now", "Longest live"]
                    .iter()
                    .any(|f| line.starts_with(f))
            })
            .collect();
        insta::assert_snapshot!(facts.join("\n"), @"
        Not granted: 0 rejected, 1 lapsed, 0 closed, 0 failed
        Ended: 1 expired, 0 revoked
        Live now: 0
        Longest live: none
        ");
        assert!(said.contains(": 2 requests, 1 granted, 0 overdue"), "{said}");
        assert!(said.contains("Trail: fits, verified from #1 to #"), "{said}");
        ctx.stop().await;
        ctx.run().await;
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("DAY").await.len(), 1, "once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_ended_while_nothing_ran_is_summed_up_at_the_start() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.stop().await;
        ctx.clock.advance(Duration::from_hours(72));
        ctx.run().await;
        ctx.until("the day is summed up", async || {
            ctx.audit_posts("DAY").await.len() == 1
        })
        .await;
        ctx.settle().await;
        let said = &ctx.audit_posts("DAY").await[0];
        assert!(said.contains(" to ") && said.contains(": 0 requests"), "{said}");
    })
    .await;
}
