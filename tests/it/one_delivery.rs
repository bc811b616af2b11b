//! One job brings all messages of a request to Slack: what one of them meets keeps no other waiting, and a kill in between loses
//! and doubles none.

use std::time::Duration;

use apono::store::{JobKind, MessageState, ReadMessages};
use slack_simulator::{ApiCall, CallMishap, Person, Trouble, World};

use crate::support::bot::{Context, Setup, run_test, run_test_with};
use crate::support::process::{Running, leases_are_over};

const ASKS: &str = "Dana Ito (dana@example.com) asks for read";

/// Dana asks, and any of so many others may answer.
fn many_approvers(many: usize) -> Setup {
    let mut world = World::example();
    let mut approvers = Vec::new();
    for number in 0..many {
        let (id, handle) = (format!("U0APP{number}"), handle(number));
        let (name, email) = (format!("Approver {number}"), format!("{handle}@example.com"));
        world.add_person(Person::member(&id, &handle, &name, &email));
        approvers.push(format!("\"{id}\""));
    }
    let config = format!(
        r#"
[[flows]]
name = "Developers read"
requesters = ["group:developers"]
integration = "orders-db"
permissions = ["read"]
max_duration = "8h"
approvers = [{}]
"#,
        approvers.join(", ")
    );
    Setup { world, config }
}

fn handle(number: usize) -> String {
    format!("approver{number}")
}

fn posts_to(ctx: &Context, channel: &str) -> usize {
    let calls = ctx.simulator.calls();
    let is_it = |call: &&ApiCall| call.method == "chat.postMessage" && call.arguments["channel"] == channel;
    calls.iter().filter(is_it).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_slack_does_not_take_keeps_no_other_of_its_request_waiting() {
    run_test(async |ctx| {
        let refused = CallMishap::Error("team_added_to_org".to_owned());
        ctx.simulator
            .calls_meet(Trouble::on("chat.postMessage", refused).about("\"D0OMAR\""));
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("priya", ASKS).await;
        ctx.sees("dana", "AR-1 · Pending").await;
        ctx.settle().await;
        let request = ctx.request(1).await;
        let store = &ctx.app().core().store;
        let messages = store.messages_of(&request.id).await.unwrap();
        let shown = messages
            .iter()
            .filter(|message| message.state == MessageState::Shown);
        assert_eq!(shown.count(), 2, "{messages:?}");
        assert_eq!(posts_to(ctx, "D0OMAR"), 1);

        // It has a time of its own, before which only a change has it tried again.
        ctx.clock.advance(Duration::from_secs(61));
        ctx.until("it was tried again", async || posts_to(ctx, "D0OMAR") == 2)
            .await;
        ctx.settle().await;
        assert_eq!(posts_to(ctx, "D0PRIYA"), 1);
        ctx.simulator.end_troubles();
        ctx.clicks("priya", ASKS, "Approve").await;
        ctx.sees("dana", "you have read").await;
        ctx.sees("omar", "Approved by Priya Shah").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", ASKS).len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_approvers_all_get_their_card_and_see_the_answer() {
    // More than one run shows.
    const MANY: usize = 24;
    run_test_with(
        || many_approvers(MANY),
        async |ctx| {
            ctx.everybody_is_known().await;
            ctx.asks("dana", "read", "2h", "incident 4711").await;
            ctx.sees("dana", "AR-1 · Pending").await;
            for number in 0..MANY {
                ctx.sees(&handle(number), ASKS).await;
            }
            let last = ctx.person(&handle(MANY - 1));
            last.click(ASKS, "Approve").await.unwrap();
            ctx.sees("dana", "you have read").await;
            ctx.settle().await;
            for number in 0..MANY {
                let cards = ctx.messages_to(&handle(number), ASKS);
                assert_eq!(cards.len(), 1, "{cards:#?}");
                assert!(cards[0].contains("AR-1 · Granted"), "{}", cards[0].rendered);
                assert!(cards[0].buttons.is_empty());
            }
        },
    )
    .await;
}

/// The first cards are there and no answer came yet; the process dies before it posts the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_two_posts_of_a_request_loses_and_doubles_none() {
    // More than a run has under way at once.
    const MANY: usize = 8;
    run_test_with(
        || many_approvers(MANY),
        async |ctx| {
            ctx.stop_when_quiet().await;
            ctx.until("the sockets of the one before are closed", async || {
                ctx.simulator.open_sockets() == 0
            })
            .await;
            let running = Running::start(&ctx.config_path());
            ctx.simulator.wait_for_sockets(2).await;
            // However long the machine takes until the kill, one of them is not there by then.
            let last = format!("\"D0APP{}\"", MANY - 1);
            ctx.simulator
                .calls_meet(Trouble::on("chat.postMessage", CallMishap::LostRequest).about(&last));
            let slow = CallMishap::SlowAnswer { seconds: 60 };
            ctx.simulator
                .calls_meet(Trouble::on("chat.postMessage", slow).about("asks for read"));
            ctx.asks("dana", "read", "2h", "incident 4711").await;
            let cards = |ctx: &Context| {
                (0..MANY)
                    .filter(|number| !ctx.messages_to(&handle(*number), ASKS).is_empty())
                    .count()
            };
            ctx.until("the first cards", async || cards(ctx) > 0).await;
            running.kill();
            ctx.was_killed = true;
            assert!(cards(ctx) < MANY, "the others were to come after the answers");

            ctx.simulator.end_troubles();
            leases_are_over(ctx).await;
            // Slack has had the time that it may need to store a post.
            ctx.clock.advance(Duration::from_secs(11));
            ctx.run().await;
            ctx.settle().await;
            ctx.clock.advance(Duration::from_secs(11));
            for number in 0..MANY {
                ctx.sees(&handle(number), ASKS).await;
            }
            ctx.settle().await;
            for number in 0..MANY {
                assert_eq!(ctx.messages_to(&handle(number), ASKS).len(), 1);
            }
            ctx.person(&handle(0)).click(ASKS, "Approve").await.unwrap();
            ctx.sees("dana", "you have read").await;
        },
    )
    .await;
}

/// Cards skip a state that passes at once, but people never wait long without seeing progress.
#[tokio::test(flavor = "multi_thread")]
async fn a_state_that_passes_slowly_is_shown() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.asked().await;
        target.say_nothing().await;
        ctx.clicks("omar", ASKS, "Approve").await;
        let request = ctx.request(1).await;
        let store = &ctx.app().core().store;
        ctx.until("the target is waited for", async || {
            let granting = store.is_any_leased([JobKind::Provision], request.id.as_str());
            granting.await.unwrap()
        })
        .await;
        ctx.clock.advance(Duration::from_secs(3));
        ctx.sees("dana", "AR-1 · Approved").await;
        target.shut().await;
        target.open();
        // The longest pause between two tries, however many there were by now.
        ctx.until_tried_again(Duration::from_secs(30), "it is granted", async || {
            !ctx.messages_to("dana", "you have read").is_empty()
        })
        .await;
    })
    .await;
}
