//! Losing sockets, and getting new ones.

use std::time::Duration;

use apono::slack::socket::{SocketSettings, Trouble};
use serde_json::{Value, json};

use super::{Bot, hasty, start, wait_until};
use crate::tiny_slack::{Answer, TinySlack};

const OPEN: &str = "/api/apps.connections.open";

#[tokio::test]
async fn a_new_socket_is_open_before_the_old_one_is_given_up() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;

    slack.send_click(0, "slow");
    slack.send(
        0,
        &json!({ "type": "disconnect", "reason": "warning", "debug_info": { "host": "h" } }),
    );
    slack.wait_for_sockets(2).await;
    // Both are served now, and neither loses anything.
    slack.send_click(0, "E-old");
    slack.send_click(1, "E-new");
    assert_eq!(slack.wait_for_ack("E-old").await.0, 0);
    assert_eq!(slack.wait_for_ack("E-new").await.0, 1);
    // The old one closes only after it has acknowledged what it received.
    bot.go.add_permits(1);
    assert_eq!(slack.wait_for_ack("slow").await.0, 0);
    slack
        .wait_for("a close frame on the old socket", |state| {
            state.sockets[0].said_goodbye.then_some(())
        })
        .await;
    let status = wait_until(&handle, |status| status.open == 1).await;
    assert_eq!(status.counts.unacked, 0);
    assert_eq!(slack.sockets_opened(), 2);
}

#[tokio::test]
async fn the_old_socket_is_served_while_no_new_one_can_be_opened() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    for _ in 0..3 {
        slack.answer_next(OPEN, Answer::Http(503, "", String::new()));
    }
    slack.send(0, &json!({ "type": "disconnect", "reason": "refresh_requested" }));
    wait_until(&handle, |status| {
        matches!(status.trouble, Some(Trouble::Unreachable(_)))
    })
    .await;
    slack.send_click(0, "E1");
    assert_eq!(slack.wait_for_ack("E1").await.0, 0);
    let status = wait_until(&handle, |status| status.counts.opened == 2).await;
    assert_eq!(status.trouble, None);
}

#[tokio::test]
async fn an_ack_whose_socket_is_gone_goes_by_another() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(
        &slack,
        &bot,
        SocketSettings {
            sockets: 2,
            ..hasty()
        },
    );
    wait_until(&handle, |status| status.open == 2).await;
    slack.send_click(0, "slow");
    wait_until(&handle, |status| status.counts.envelopes == 1).await;
    slack.close(0);
    wait_until(&handle, |status| status.counts.opened == 3).await;
    bot.go.add_permits(1);
    let (acked_by, _) = slack.wait_for_ack("slow").await;
    assert_ne!(acked_by, 0);
}

#[tokio::test]
async fn an_ack_that_finds_no_socket_goes_by_the_next_one() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(
        &slack,
        &bot,
        SocketSettings {
            backoff_base: Duration::from_secs(1),
            ..hasty()
        },
    );
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_click(0, "slow");
    wait_until(&handle, |status| status.counts.envelopes == 1).await;
    slack.close(0);
    wait_until(&handle, |status| status.open == 0).await;
    bot.go.add_permits(1);
    assert!(!slack.is_acked("slow"));
    assert_eq!(slack.wait_for_ack("slow").await.0, 1);
}

async fn reconnects_after(frame: Value) {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send(0, &frame);
    slack.wait_for_sockets(2).await;
    slack.send_click(1, "E1");
    slack.wait_for_ack("E1").await;
}

#[tokio::test]
async fn an_unknown_disconnect_reason_reconnects() {
    reconnects_after(json!({ "type": "disconnect", "reason": "moon_phase", "debug_info": { "host": "h" } }))
        .await;
}

#[tokio::test]
async fn a_disconnect_without_debug_info_or_reason_reconnects() {
    reconnects_after(json!({ "type": "disconnect" })).await;
}

#[tokio::test]
async fn a_half_open_socket_is_noticed_and_replaced() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let settings = SocketSettings {
        ping_every: Duration::from_millis(50),
        idle_after: Duration::from_millis(400),
        ..hasty()
    };
    let handle = start(&slack, &bot, settings);
    wait_until(&handle, |status| status.open == 1).await;
    // Pongs keep a quiet socket alive beyond the deadline.
    slack
        .wait_for("20 pings", |state| (state.sockets[0].pings >= 20).then_some(()))
        .await;
    assert_eq!(slack.sockets_opened(), 1);
    slack.freeze(0);
    slack.wait_for_sockets(2).await;
    slack.send_click(1, "E1");
    slack.wait_for_ack("E1").await;
}

#[tokio::test]
async fn a_switched_off_socket_mode_is_trouble_for_an_operator_and_retried_slowly() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(
        &slack,
        &bot,
        SocketSettings {
            slow_retry: Duration::from_millis(500),
            ..hasty()
        },
    );
    wait_until(&handle, |status| status.open == 1).await;
    slack.send(0, &json!({ "type": "disconnect", "reason": "link_disabled" }));
    let status = wait_until(&handle, |status| status.trouble == Some(Trouble::LinkDisabled)).await;
    assert!(status.trouble.unwrap().needs_an_operator());
    assert_eq!(slack.requests(OPEN).len(), 1);
    wait_until(&handle, |status| {
        status.counts.opened == 2 && status.trouble.is_none()
    })
    .await;
}

#[tokio::test]
async fn too_many_sockets_is_retried_slowly() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(
        &slack,
        &bot,
        SocketSettings {
            slow_retry: Duration::from_millis(500),
            ..hasty()
        },
    );
    wait_until(&handle, |status| status.open == 1).await;
    slack.send(
        0,
        &json!({ "type": "disconnect", "reason": "too_many_websockets", "num_connections": 11 }),
    );
    wait_until(&handle, |status| status.trouble == Some(Trouble::TooManySockets)).await;
    assert_eq!(slack.requests(OPEN).len(), 1);
    wait_until(&handle, |status| status.counts.opened == 2).await;
}

#[tokio::test]
async fn a_bad_token_is_told_and_retried_slowly() {
    for code in ["invalid_auth", "account_inactive", "token_revoked"] {
        let slack = TinySlack::start().await;
        slack.answer_json(OPEN, &json!({ "ok": false, "error": code }));
        let bot = Bot::new();
        let handle = start(
            &slack,
            &bot,
            SocketSettings {
                slow_retry: Duration::from_millis(300),
                ..hasty()
            },
        );
        let status = wait_until(&handle, |status| status.trouble.is_some()).await;
        assert_eq!(status.trouble, Some(Trouble::Refused(code.to_owned())));
        assert_eq!(slack.requests(OPEN).len(), 1);
        assert_eq!(
            slack.requests(OPEN)[0].authorization.as_deref(),
            Some("Bearer xapp-very-secret")
        );
        wait_until(&handle, |status| status.open == 1).await;
    }
}

#[tokio::test]
async fn an_address_in_plain_text_to_elsewhere_is_not_dialled() {
    let slack = TinySlack::start().await;
    slack.answer_json(
        OPEN,
        &json!({ "ok": true, "url": "ws://slack.example/link/?ticket=hush" }),
    );
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    let status = wait_until(&handle, |status| status.trouble.is_some()).await;
    insta::assert_snapshot!(status.trouble.unwrap(), @"Slack refuses to open a socket: the socket's address is plain ws:// to another machine");
}
