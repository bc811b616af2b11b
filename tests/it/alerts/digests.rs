//! Digests: a channel that is far behind catches up in few messages, with every event once and in order.

use std::time::Duration;

use apono::audit::event::{Actor, Event, Origin, Via, What};
use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::{Context, is_alarm, run_test};

/// Writes a trail of many lives like the one that there is, while nobody can post.
async fn burst(ctx: &Context, lives: usize) {
    let core = ctx.app().core();
    let events = core.store.events_after(0, 1_000).await.unwrap();
    let of_requests: Vec<_> = events
        .into_iter()
        .filter(|stored| stored.event.request.is_some())
        .collect();
    let again = (0..lives).flat_map(|_| of_requests.iter()).map(|stored| {
        let origin = Origin {
            via: Via::Worker,
            cause: "burst".to_owned(),
            actor: Actor::Apono,
        };
        let (request, what) = (stored.event.request.clone(), stored.event.what.clone());
        Event::new(core.now(), core.install.clone(), origin, request, what)
    });
    let again: Vec<Event> = again.collect();
    for page in again.chunks(500) {
        let tx = core.store.write().await.unwrap();
        tx.seal(page.to_vec()).await.unwrap();
    }
    core.wakes.all();
}

fn posts(ctx: &Context) -> usize {
    let mut posts = ctx.simulator.channel_messages("C0AUDIT");
    posts.retain(|post| !is_alarm(post));
    posts.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_far_behind_catches_up_in_few_messages() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.archive("permissions-audit"));
        ctx.sees("ada", "The audit channel").await;
        burst(ctx, 200).await;
        let before = posts(ctx);
        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
        ctx.settle().await;
        let events = 200 * 3;
        assert!(posts(ctx) - before < events / 17, "{} posts", posts(ctx) - before);
        let digests = ctx.simulator.channel_messages("C0AUDIT");
        let digest = digests
            .iter()
            .find(|post| post.text.contains(" EVENTS #"))
            .unwrap();
        let granted = digest.text.matches(" GRANTED ").count();
        assert_eq!(granted, 20, "{}", digest.text);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_digest_whose_answer_was_lost_is_found_again_and_not_doubled() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        let lost = Trouble::on("chat.postMessage", CallMishap::LostResponse)
            .about(" EVENTS #")
            .times(1);
        let lost = ctx.simulator.calls_meet(lost);
        burst(ctx, 30).await;
        ctx.until("a digest's answer is lost", async || lost.happened() == 1)
            .await;
        ctx.clock.advance(Duration::from_secs(11));
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_first_event_is_in_a_digest_is_told_to_the_whole_channel() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.archive("permissions-audit"));
        ctx.sees("ada", "The audit channel").await;
        for nth in 0..40 {
            let core = ctx.app().core();
            let origin = Origin {
                via: Via::Cli,
                cause: format!("{nth}"),
                actor: Actor::Apono,
            };
            let event = Event::new(core.now(), core.install.clone(), origin, None, What::Stopped);
            let tx = core.store.write().await.unwrap();
            tx.seal(vec![event]).await.unwrap();
        }
        ctx.asked().await;
        ctx.delivered().await;
        ctx.simulator
            .change_world(|world| world.unarchive("permissions-audit"));
        ctx.settle().await;
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        let posts = ctx.simulator.channel_messages("C0AUDIT");
        let granted = posts
            .iter()
            .find(|post| post.text.contains("GRANTED AR-1"))
            .unwrap();
        assert!(granted.thread_ts.is_none());
    })
    .await;
}
