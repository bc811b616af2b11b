//! Slack makes trouble, one sort at a time, while a request lives its whole life: nothing is lost, doubled, late or out of order.

mod answers;
mod envelopes;
mod history;
mod limits;
mod outage;
mod sockets;

use std::collections::BTreeSet;
use std::time::Duration;

use slack_simulator::SeenMessage;

use crate::support::bot::Context;
use crate::support::login::Login;

/// What the security team reads about one life, whatever went wrong.
const LIFE: [&str; 7] = [
    "REQUESTED",
    "APPROVED",
    "GRANTED",
    "CREDENTIALS SHOWN",
    "REVOKING",
    "EXPIRED",
    "CLEANED UP",
];

/// Lets the bot's clock run fast while something is done, so that nobody waits for its pauses.
async fn in_a_hurry<T>(ctx: &Context, act: impl Future<Output = T>) -> T {
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    tokio::pin!(act);
    loop {
        tokio::select! {
            done = &mut act => return done,
            _ = ticks.tick() => ctx.clock.advance(Duration::from_secs(1)),
        }
    }
}

/// Dana asks, Omar approves, Dana connects, and two hours later it is over.
async fn whole_life(ctx: &Context) {
    ctx.granted("2h").await;
    let login = connects(ctx).await;
    assert!(login.open().await.is_ok(), "what Connect showed works");
    ctx.clock.advance(Duration::from_hours(2));
    ctx.sees("dana", "Ended").await;
    assert!(login.open().await.is_err(), "and not for longer");
    ctx.settle().await;
}

/// Clicks Connect until the window has a login: nobody can be shown one while Slack does not say who they are.
async fn connects(ctx: &Context) -> Login {
    let dana = ctx.person("dana");
    loop {
        dana.click("Granted", "Connect").await.unwrap();
        let window = ctx
            .eventually("the window is filled", async || {
                let window = dana.top_modal()?.rendered;
                (window.contains("Password: ") || window.contains("Connect again")).then_some(window)
            })
            .await;
        dana.close_modal().await.unwrap();
        if window.contains("Password: ") {
            return Login::read(&window);
        }
        assert!(window.contains("I could not look you up in Slack"), "{window}");
    }
}

/// The trail has each step of one life once and in order; so has the channel, which the harness checks. No card or notice stands twice.
fn assert_one_life(ctx: &Context) {
    let headlines = ctx.audit_channel();
    let words: Vec<&str> = headlines
        .lines()
        .filter(|line| line.contains("AR-1"))
        .map(|line| line.split('*').nth(1).unwrap())
        .collect();
    assert_eq!(words, LIFE, "{headlines}");
    assert_no_doubles(ctx);
}

fn assert_no_doubles(ctx: &Context) {
    for who in ["dana", "omar", "priya", "eve"] {
        let messages = ctx.person(who).reads("@bot");
        let ids: Vec<String> = messages.iter().filter_map(id_of).collect();
        let distinct: BTreeSet<&String> = ids.iter().collect();
        assert_eq!(
            distinct.len(),
            ids.len(),
            "{who} reads something twice: {messages:#?}"
        );
    }
}

fn id_of(message: &SeenMessage) -> Option<String> {
    let id = message.metadata.as_ref()?["event_payload"]["message"].as_str()?;
    Some(id.to_owned())
}
