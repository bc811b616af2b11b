//! Several requests of one account: each ends at its own time, and what another one still covers stays.

use std::collections::BTreeSet;
use std::time::Duration;

use apono::access::ids::InstallId;
use apono::integrations::{Integration, KeepsState};
use insta::assert_snapshot;

use super::context::{in_seconds, in_the_end, run, run_test};

const READ: &str = "SELECT * FROM orders";

#[tokio::test]
async fn the_end_of_one_request_leaves_what_another_one_covers() {
    run_test("over_two", async |ctx| {
        ctx.with_account("over_two_dana").await;
        let long = ctx.plan("overtwox", "over_two_dana", 1, &["read"]);
        let short = ctx.plan("overtwox", "over_two_dana", 2, &["read"]);
        ctx.give(&long).await;
        ctx.give(&short).await;
        let mut session = ctx.session_of("over_two_dana").await;
        let ended = ctx.postgres.revoke(&short).await.unwrap();
        assert_snapshot!(ended.proof, @"membership gone; over_two_dana still has over_two_read by AR-1");
        assert_eq!(ended.sessions_ended, 0);
        ctx.postgres.clean_up(&short).await.unwrap();
        run(&mut session, READ).await.unwrap();
        let ended = ctx.postgres.revoke(&long).await.unwrap();
        assert_snapshot!(ended.proof, @"membership gone, 0 sessions from before");
        assert_eq!(ended.sessions_ended, 1);
    })
    .await;
}

#[tokio::test]
async fn two_that_end_at_the_same_time_leave_nothing() {
    run_test("over_same", async |ctx| {
        ctx.with_account("over_same_dana").await;
        for round in 0..5 {
            let one = ctx.plan("oversame", "over_same_dana", 2 * round + 1, &["read"]);
            let two = ctx.plan("oversame", "over_same_dana", 2 * round + 2, &["read"]);
            ctx.give(&one).await;
            ctx.give(&two).await;
            let mut session = ctx.session_of("over_same_dana").await;
            ctx.set_role(&mut session, "over_same_read").await;
            let (first, second) = tokio::join!(ctx.postgres.revoke(&one), ctx.postgres.revoke(&two));
            assert!(first.unwrap().sessions_ended + second.unwrap().sessions_ended >= 1);
            assert_eq!(run(&mut session, READ).await.unwrap_err(), "57P01");
            let (one, two) = tokio::join!(ctx.postgres.clean_up(&one), ctx.postgres.clean_up(&two));
            one.unwrap();
            two.unwrap();
        }
        let live = ctx.postgres.inspect(&InstallId::new("oversame")).await.unwrap();
        assert_eq!(live, []);
    })
    .await;
}

#[tokio::test]
async fn a_request_that_begins_where_another_ends_has_no_gap() {
    run_test("over_next", async |ctx| {
        ctx.with_account("over_next_dana").await;
        let first = ctx.plan("overnext", "over_next_dana", 1, &["read"]);
        let next = ctx.plan("overnext", "over_next_dana", 2, &["read"]);
        ctx.give(&first).await;
        let (given, ended) = tokio::join!(
            ctx.postgres.grant(&next, in_seconds(60)),
            ctx.postgres.revoke(&first)
        );
        given.unwrap();
        ended.unwrap();
        let mut session = ctx.session_of("over_next_dana").await;
        run(&mut session, READ).await.unwrap();
        ctx.postgres.clean_up(&first).await.unwrap();
        run(&mut session, READ).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_extension_moves_the_end_of_its_own_request_to_the_second() {
    run_test("over_extend", async |ctx| {
        ctx.with_account("over_extend_dana").await;
        let extended = ctx.plan("overexte", "over_extend_dana", 1, &["read"]);
        let other = ctx.plan("overexte", "over_extend_dana", 2, &["read"]);
        let (soon, late) = (in_seconds(60), in_seconds(600));
        ctx.postgres.grant(&extended, soon).await.unwrap();
        ctx.postgres.grant(&other, soon).await.unwrap();
        let (more, ended) = tokio::join!(ctx.postgres.grant(&extended, late), ctx.postgres.revoke(&other));
        more.unwrap();
        ended.unwrap();
        // An earlier end does not shorten.
        ctx.postgres
            .grant(&extended, soon.plus(Duration::from_secs(1)))
            .await
            .unwrap();
        let live = ctx.postgres.inspect(&InstallId::new("overexte")).await.unwrap();
        let ends: Vec<_> = live
            .iter()
            .map(|grant| (grant.held.request.unwrap().0, grant.held.until))
            .collect();
        assert_eq!(ends, [(1, Some(late))]);
    })
    .await;
}

/// Small and repeatable: each step is a number that says which request, and what is done to it.
fn steps(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed), |last| {
        Some(
            last.wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    })
    .map(|number| number >> 33)
}

#[tokio::test]
async fn whatever_order_requests_come_and_go_in_the_account_has_what_the_live_ones_say() {
    run_test("over_any", async |ctx| {
        ctx.with_account("over_any_dana").await;
        let wants: [&[&str]; 4] = [&["read"], &["write"], &["read", "write"], &["read"]];
        let mut number = 0;
        let mut open: Vec<Option<(apono::access::grant::Granted, usize)>> = vec![None; wants.len()];
        for step in steps(4711).take(60) {
            let slot = usize::try_from(step % 4).unwrap();
            match (open[slot].take(), step / 4 % 3) {
                (None, _) => {
                    number += 1;
                    let granted = ctx.plan("overanyx", "over_any_dana", number, wants[slot]);
                    ctx.give(&granted).await;
                    open[slot] = Some((granted, slot));
                }
                (Some((granted, kind)), 0) => {
                    in_the_end(async || ctx.postgres.grant(&granted, in_seconds(600)).await).await;
                    open[slot] = Some((granted, kind));
                }
                (Some((granted, _)), cleaned) => {
                    in_the_end(async || ctx.postgres.revoke(&granted).await).await;
                    if cleaned == 1 {
                        in_the_end(async || ctx.postgres.clean_up(&granted).await).await;
                    }
                }
            }
            let model: BTreeSet<&str> = open
                .iter()
                .flatten()
                .flat_map(|(_, kind)| wants[*kind].iter().copied())
                .collect();
            let has = ctx
                .ask(
                    "SELECT coalesce(string_agg(p, ' ' ORDER BY p), '') FROM unnest(ARRAY['read', 'write']) p
                     WHERE pg_has_role('over_any_dana', 'over_any_' || p, 'USAGE')",
                )
                .await;
            assert_eq!(
                has,
                model.into_iter().collect::<Vec<_>>().join(" "),
                "after {number} requests"
            );
        }
        assert!(number > 10);
    })
    .await;
}
