//! Both directions against the simulator, which was written from Slack's documentation and not from our code.

use std::sync::Arc;
use std::time::Duration;

use apono::network::{Network, install_crypto_provider};
use apono::slack::socket::{Ack, Envelope, EnvelopeHandler, NoAck, SocketHandle, SocketMode, SocketSettings};
use apono::slack::web::{
    ApiUrl, HistoryQuery, Lane, MessageUpdate, NewMessage, Pacing, Tokens, WebApi, WebSettings,
};
use async_trait::async_trait;
use serde_json::{Value, json};
use slack_simulator::{Simulator, World};

use super::wait_until;

fn web(simulator: &Simulator) -> WebApi {
    install_crypto_provider();
    WebApi::new(WebSettings {
        api_url: ApiUrl::parse(&simulator.api_url(), false).unwrap(),
        tokens: Some(Tokens::new(
            &simulator.bot_token().into(),
            &simulator.app_token().into(),
        )),
        network: Network::default(),
        pacing: Pacing::Off,
    })
    .unwrap()
}

/// Sockets of the same app that the bot under test knows nothing of; whatever they get is acknowledged.
pub(crate) fn held_by_somebody_else(simulator: &Simulator, settings: SocketSettings) -> SocketHandle {
    SocketMode::start(web(simulator), super::Bot::new(), settings)
}

fn message<'a>(channel: &'a str, text: &'a str) -> NewMessage<'a> {
    NewMessage {
        channel,
        text,
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: None,
    }
}

fn all_of(channel: &str) -> HistoryQuery<'_> {
    HistoryQuery {
        channel,
        oldest: None,
    }
}

#[tokio::test]
async fn people_and_channels_are_read_as_they_are() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let web = web(&simulator);

    let installation = web.auth_test().await.unwrap();
    assert_eq!(installation.team_id, simulator.team_id());
    assert_eq!(installation.enterprise_id, None);

    let dana = web.user_info(Lane::Interactive, "U0DANA").await.unwrap();
    assert_eq!(dana.team_id, Some(simulator.team_id()));
    assert_eq!(dana.real_name.as_deref(), Some("Dana Ito"));
    assert_eq!(dana.is_email_confirmed, Some(true));
    let found = web.lookup_user_by_email(Lane::Bulk, "dana@example.com").await;
    assert_eq!(found, Ok(Some(dana)));
    let nobody = web.lookup_user_by_email(Lane::Bulk, "nobody@example.com").await;
    assert_eq!(nobody, Ok(None));

    let wanda = web.user_info(Lane::Interactive, "U0WANDA").await.unwrap();
    assert_eq!(
        (wanda.team_id.as_deref(), wanda.is_stranger),
        (Some("T0OTHER"), true)
    );
    let gus = web.user_info(Lane::Interactive, "U0GUS").await.unwrap();
    assert!(gus.is_restricted && gus.is_ultra_restricted);
    assert!(web.user_info(Lane::Interactive, "U0DEL").await.unwrap().deleted);

    let audit = web
        .find_channel_by_name("#permissions-audit")
        .await
        .unwrap()
        .unwrap();
    assert_eq!((audit.id.as_str(), audit.is_member), ("C0AUDIT", true));
    assert!(!audit.is_externally_shared());
    let shared = web.find_channel_by_name("shared").await.unwrap().unwrap();
    let shared = web.channel_info(Lane::Bulk, &shared.id).await.unwrap();
    assert!(shared.is_externally_shared());
    assert_eq!(web.find_channel_by_name("nowhere").await, Ok(None));
}

#[tokio::test]
async fn messages_are_posted_changed_and_found_again() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let web = web(&simulator);
    let metadata = json!({ "event_type": "apono", "event_payload": { "seq": 7, "head": "9f3a" } });

    let first = NewMessage {
        metadata: Some(&metadata),
        ..message("C0AUDIT", "requested")
    };
    let first = web.post_message(first).await.unwrap();
    let reply = NewMessage {
        thread_ts: Some(&first.ts),
        reply_broadcast: true,
        ..message("C0AUDIT", "granted")
    };
    web.post_message(reply).await.unwrap();

    let history = web.history(all_of("C0AUDIT"), |_| true).await.unwrap();
    let texts: Vec<&str> = history.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["granted", "requested"]);
    assert_eq!(history[1].metadata, metadata);
    let replies = web.replies(&first.ts, all_of("C0AUDIT"), |_| true).await.unwrap();
    let texts: Vec<&str> = replies.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, ["requested", "granted"]);

    let card = web.post_message(message("U0DANA", "your request")).await.unwrap();
    assert_eq!(card.channel, web.open_dm("U0DANA").await.unwrap());
    let update = MessageUpdate {
        channel: &card.channel,
        ts: &card.ts,
        text: "your access",
        blocks: None,
        metadata: None,
    };
    assert_eq!(web.update_message(update).await.unwrap(), card);
    simulator
        .person("dana")
        .wait_for("@bot", "your access")
        .await
        .unwrap();

    let refusal = web.post_message(message("C0NOWHERE", "x")).await.unwrap_err();
    assert_eq!(refusal.code(), Some("channel_not_found"));
}

/// Opens a modal for `/apono form` and fills it later, answers `/apono later` by the response URL, and acknowledges all else.
struct Bot {
    web: WebApi,
}

fn view(text: &str) -> Value {
    json!({
        "type": "modal",
        "title": { "type": "plain_text", "text": "Request access" },
        "blocks": [{ "type": "section", "text": { "type": "plain_text", "text": text } }],
    })
}

#[async_trait]
impl EnvelopeHandler for Bot {
    async fn handle(&self, envelope: Envelope) -> Result<Ack, NoAck> {
        let web = self.web.clone();
        let payload = envelope.payload;
        Ok(match payload["text"].as_str() {
            Some("form") => {
                let trigger = payload["trigger_id"].as_str().unwrap();
                let opened = web.views_open(trigger, &view("one moment")).await.unwrap();
                Ack::bare().then(async move {
                    web.views_update(&opened.id, Some(&opened.hash), &view("here it is"))
                        .await
                        .unwrap();
                    let stale = web
                        .views_update(&opened.id, Some(&opened.hash), &view("too late"))
                        .await;
                    assert_eq!(stale.unwrap_err().code(), Some("hash_conflict"));
                })
            }
            Some("later") => Ack::bare().then(async move {
                let url = payload["response_url"].as_str().unwrap();
                web.respond(url, &json!({ "text": "here you are" }))
                    .await
                    .unwrap();
            }),
            _ => Ack::with(json!({ "text": "got it" })),
        })
    }

    fn acknowledged(&self, _kind: &str, _took: Duration) {}

    async fn unreadable(&self, length: usize) {
        panic!("a frame of {length} bytes could not be read");
    }
}

#[tokio::test]
async fn a_command_opens_a_modal_that_is_filled_later_and_an_answer_comes_by_its_url() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let bot = Arc::new(Bot { web: web(&simulator) });
    let handle = SocketMode::start(web(&simulator), bot, SocketSettings::default());
    simulator.wait_for_sockets(2).await;
    let dana = simulator.person("dana");

    let answer = dana.command("/apono", "list").await.unwrap();
    assert_eq!(answer.text, "got it");
    dana.command("/apono", "later").await.unwrap();
    dana.wait_for_ephemeral("here you are").await.unwrap();
    dana.command("/apono", "form").await.unwrap();
    assert_eq!(dana.modal().await.unwrap().title, "Request access");

    let status = handle.watch();
    assert_eq!(status.borrow().app_id, Some(simulator.app_id()));
    assert_eq!(handle.shutdown(Duration::from_secs(10)).await.unfinished, 0);
    assert_eq!(status.borrow().counts.panics, 0);
    assert!(dana.modal().await.unwrap().rendered.contains("here it is"));
    assert_eq!(simulator.open_sockets(), 0);
    simulator.stop().await;
}

#[tokio::test]
async fn nothing_is_lost_while_all_sockets_are_replaced() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let bot = Arc::new(Bot { web: web(&simulator) });
    let settings = SocketSettings {
        backoff_base: Duration::from_millis(20),
        ..SocketSettings::default()
    };
    let handle = SocketMode::start(web(&simulator), bot, settings);
    simulator.wait_for_sockets(2).await;
    let dana = simulator.person("dana");

    for (round, reason) in ["warning", "refresh_requested", "warning"]
        .into_iter()
        .enumerate()
    {
        simulator.disconnect_sockets(reason);
        for _ in 0..20 {
            assert_eq!(dana.command("/apono", "list").await.unwrap().text, "got it");
        }
        let opened = 2 * (round as u64 + 2);
        wait_until(&handle, |status| status.counts.opened >= opened).await;
    }
    assert!(
        simulator
            .envelopes()
            .iter()
            .all(slack_simulator::EnvelopeRecord::acked_in_time)
    );
    assert_eq!(handle.status().counts.unacked, 0);
}
