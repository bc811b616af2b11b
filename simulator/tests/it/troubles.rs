//! Trouble on request, as the app and people see it.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::{Value, json};
use slack_simulator::{ACK_DEADLINE, ActError, CallMishap, EnvelopeMishap, SocketMishap, Trouble};

use crate::support::{Reply, Setup, TestApp, exchange, start, start_answering};

const POST: &str = "chat.postMessage";

/// Posts to #general: the status and the body, or None when the connection ended without an answer.
async fn post(app: &TestApp, text: &str) -> Option<(u16, Option<String>, String)> {
    let body = json!({"channel": "C0GENERAL", "text": text}).to_string();
    let url = format!("{}/{POST}", app.api_url);
    let answer = exchange(Method::POST, &url, Some(&app.bot_token), body).await?;
    Some((answer.status, answer.retry_after, answer.body))
}

fn texts(setup: &Setup) -> Vec<String> {
    let messages = setup.slack.channel_messages("general");
    messages.into_iter().map(|message| message.text).collect()
}

fn errors(setup: &Setup) -> Vec<Option<String>> {
    setup.slack.calls().into_iter().map(|call| call.error).collect()
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait_and_does_nothing() {
    let setup = start().await;
    let limited = CallMishap::RateLimited { retry_after: Some(7) };
    setup.slack.calls_meet(Trouble::on(POST, limited).times(1));
    let (status, retry_after, body) = post(&setup.app, "one").await.unwrap();
    assert_eq!((status, retry_after.as_deref()), (429, Some("7")));
    assert_eq!(body, r#"{"error":"ratelimited","ok":false}"#);
    assert!(texts(&setup).is_empty());
    assert_eq!(post(&setup.app, "two").await.unwrap().0, 200);
    assert_eq!(errors(&setup), [Some("ratelimited".to_owned()), None]);
}

#[tokio::test]
async fn a_lost_request_is_not_done_and_a_lost_response_is() {
    let setup = start().await;
    let lost = setup
        .slack
        .calls_meet(Trouble::everywhere(CallMishap::LostRequest).times(1));
    assert_eq!(post(&setup.app, "one").await, None);
    assert_eq!(lost.happened(), 1);
    assert!(texts(&setup).is_empty() && setup.slack.calls().is_empty());
    setup
        .slack
        .calls_meet(Trouble::on(POST, CallMishap::LostResponse).times(1));
    assert_eq!(post(&setup.app, "two").await, None);
    assert_eq!(texts(&setup), ["two"]);
    assert_eq!(post(&setup.app, "three").await.unwrap().0, 200);
}

#[tokio::test]
async fn a_trouble_meets_what_it_is_about_and_each_so_many_th_of_them() {
    let setup = start().await;
    let trouble = Trouble::on(POST, CallMishap::Status(503)).about("AR-1").every(2);
    let ongoing = setup.slack.calls_meet(trouble);
    let mut statuses = Vec::new();
    for text in ["AR-1", "AR-2", "AR-1", "AR-2", "AR-1", "AR-1"] {
        statuses.push(post(&setup.app, text).await.unwrap().0);
    }
    assert_eq!(statuses, [200, 200, 503, 200, 200, 503]);
    ongoing.wait_for(2).await;
    ongoing.end();
    for _ in 0..2 {
        assert_eq!(post(&setup.app, "AR-1").await.unwrap().0, 200);
    }
}

#[tokio::test]
async fn an_answer_can_be_a_page_half_or_enormous_though_the_call_is_done() {
    let setup = start().await;
    for (mishap, shows) in [
        (CallMishap::HtmlPage, "<html>"),
        (CallMishap::HalfAnswer, r#"{"channel":"C0GENERAL","#),
    ] {
        setup.slack.calls_meet(Trouble::everywhere(mishap).times(1));
        let (status, _, body) = post(&setup.app, "hello").await.unwrap();
        assert_eq!(status, 200);
        assert!(body.starts_with(shows), "{body}");
        assert!(serde_json::from_str::<Value>(&body).is_err());
    }
    setup
        .slack
        .calls_meet(Trouble::everywhere(CallMishap::CutAnswer).times(1));
    assert_eq!(post(&setup.app, "hello").await, None, "it breaks off");
    let enormous = CallMishap::Enormous { megabytes: 3 };
    setup.slack.calls_meet(Trouble::everywhere(enormous).times(1));
    assert!(post(&setup.app, "hello").await.unwrap().2.len() > 3 << 20);
    assert_eq!(texts(&setup), ["hello"; 4]);
}

#[tokio::test]
async fn a_slow_answer_is_done_at_once_and_what_is_kept_back_later() {
    let setup = start().await;
    for (mishap, done_at_once) in [
        (CallMishap::SlowAnswer { seconds: 60 }, true),
        (CallMishap::KeptBack { seconds: 60 }, false),
    ] {
        let before = texts(&setup).len();
        let ongoing = setup.slack.calls_meet(Trouble::everywhere(mishap).times(1));
        let app = setup.app.clone();
        let call = tokio::spawn(async move { post(&app, "hello").await });
        ongoing.wait_for(1).await;
        if done_at_once {
            setup
                .slack
                .person("dana")
                .wait_for("#general", "hello")
                .await
                .unwrap();
        } else {
            assert_eq!(texts(&setup).len(), before);
        }
        assert!(!call.is_finished());
        setup.slack.advance(Duration::from_mins(1));
        assert_eq!(call.await.unwrap().unwrap().0, 200);
        assert_eq!(texts(&setup).len(), before + 1);
    }
}

#[tokio::test]
async fn enforced_limits_turn_away_what_comes_too_fast_and_let_it_in_again() {
    let setup = start().await;
    setup.slack.enforce_limits(true);
    let mut taken = 0;
    let retry_after = loop {
        let (status, retry_after, _) = post(&setup.app, "hello").await.unwrap();
        if status == 429 {
            break retry_after.unwrap();
        }
        taken += 1;
    };
    assert_eq!(
        (taken, retry_after.as_str()),
        (5, "1"),
        "a short burst, then one a second"
    );
    setup.slack.advance(Duration::from_secs(1));
    assert_eq!(post(&setup.app, "hello").await.unwrap().0, 200);

    let mut listed = 0;
    while setup.app.get("conversations.list", "").await["ok"] == true {
        listed += 1;
    }
    assert_eq!(listed, 20);
    setup.slack.advance(Duration::from_mins(1));
    assert_eq!(setup.app.get("conversations.list", "").await["ok"], true);
}

#[tokio::test]
async fn an_outage_cuts_the_sockets_and_every_call_until_it_ends() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.begin_outage();
    socket.wait_until_closed().await;
    assert_eq!(post(&setup.app, "one").await, None);
    let dana = setup.slack.person("dana");
    assert_eq!(dana.command("/apono", "list").await, Err(ActError::NotConnected));
    dana.say_to_bot("hello").await.unwrap();
    setup.slack.end_outage();
    assert!(texts(&setup).is_empty());

    let mut socket = setup.app.connect(|_, _| Reply::Ack).await;
    setup.slack.advance(Duration::from_mins(1));
    let event = socket.wait_for(|frame| frame["type"] == "events_api").await;
    assert_eq!(event["payload"]["event"]["text"], "hello");
}

#[tokio::test]
async fn what_goes_into_a_silent_socket_is_lost_and_slack_notices_after_half_a_minute() {
    let (setup, socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.silence_sockets();
    assert_eq!(setup.slack.open_sockets(), 1);
    let dana = setup.slack.person("dana");
    let command = tokio::spawn(async move { dana.command("/apono", "list").await });
    let began = Instant::now();
    while setup.slack.envelopes().is_empty() && began.elapsed() < ACK_DEADLINE {
        tokio::task::yield_now().await;
    }
    setup.slack.advance(ACK_DEADLINE);
    assert_eq!(command.await.unwrap(), Err(ActError::TimedOut));
    assert!(setup.slack.envelopes()[0].is_lost());
    assert!(socket.of_type("slash_commands").is_empty());
    setup.slack.advance(Duration::from_secs(30));
    let dana = setup.slack.person("dana");
    while dana.command("/apono", "list").await != Err(ActError::NotConnected) {
        setup.slack.advance(ACK_DEADLINE);
    }
}

#[tokio::test]
async fn an_envelope_that_comes_twice_has_one_id_and_takes_two_sockets() {
    let setup = start().await;
    let first = setup.app.connect(|_, _| Reply::Ack).await;
    let mut second = setup.app.connect(|_, _| Reply::Ack).await;
    setup
        .slack
        .envelopes_meet(Trouble::on("slash_commands", EnvelopeMishap::Twice));
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    second.wait_for(|frame| frame["type"] == "slash_commands").await;
    let ids = [&first, &second].map(|socket| socket.of_type("slash_commands")[0]["envelope_id"].clone());
    assert_eq!(ids[0], ids[1]);
    assert_eq!(setup.slack.envelopes().len(), 1);
}

#[tokio::test]
async fn a_late_envelope_comes_with_a_trigger_that_is_dead() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let late = Trouble::everywhere(EnvelopeMishap::Late { seconds: 4 });
    let ongoing = setup.slack.envelopes_meet(late);
    let dana = setup.slack.person("dana");
    let command = tokio::spawn(async move { dana.command("/apono", "request").await });
    ongoing.wait_for(1).await;
    assert!(socket.of_type("slash_commands").is_empty());
    setup.slack.advance(Duration::from_secs(4));
    let envelope = socket.wait_for(|frame| frame["type"] == "slash_commands").await;
    command.await.unwrap().unwrap();
    let view = crate::support::modal("Ask", &json!([crate::support::text_input("why", "Why")]));
    let trigger = &envelope["payload"]["trigger_id"];
    let answer = setup
        .app
        .call("views.open", json!({"trigger_id": trigger, "view": view}))
        .await;
    assert_eq!(answer["error"], "expired_trigger_id");
}

#[tokio::test]
async fn an_event_that_is_lost_or_whose_ack_is_lost_comes_again() {
    for mishap in [EnvelopeMishap::Lost, EnvelopeMishap::AckLost] {
        let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
        let ongoing = setup
            .slack
            .envelopes_meet(Trouble::on("events_api", mishap).times(1));
        setup.slack.person("dana").say_to_bot("hello").await.unwrap();
        ongoing.wait_for(1).await;
        // The retry is timed from the deadline of the first try, which stands once that is recorded.
        while setup.slack.envelopes().is_empty() {
            tokio::task::yield_now().await;
        }
        setup.slack.advance(ACK_DEADLINE);
        let again = socket.wait_for(|frame| frame["retry_attempt"] == 1).await;
        assert_eq!(again["retry_reason"], "timeout");
        let seen = socket.of_type("events_api").len();
        assert_eq!(seen, if mishap == EnvelopeMishap::Lost { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_socket_can_be_refused_left_ungreeted_or_turned_away() {
    let setup = start().await;
    setup
        .slack
        .sockets_meet(Trouble::everywhere(SocketMishap::TooManyWebsockets).times(1));
    let refused = setup.app.connect(|_, _| Reply::Ack).await;
    assert_eq!(refused.of_type("disconnect")[0]["reason"], "too_many_websockets");
    setup
        .slack
        .sockets_meet(Trouble::everywhere(SocketMishap::TicketRefused).times(1));
    let url = setup.app.open_url().await;
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
    setup
        .slack
        .sockets_meet(Trouble::everywhere(SocketMishap::NoHello).times(1));
    let url = setup.app.open_url().await;
    let (_ungreeted, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert_eq!(setup.slack.open_sockets(), 0);
    let mut greeted = setup.app.connect(|_, _| Reply::Ack).await;
    setup.slack.drop_sockets();
    greeted.wait_until_closed().await;
}
