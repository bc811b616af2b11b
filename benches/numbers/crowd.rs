//! The requesters and the approver: each reacts to the bot's messages as soon as they come.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::slack::{Call, Slack, Socket, frame};

/// People who make one request after another, one at a time.
pub(crate) const PEOPLE: usize = 48;

/// They start one after the other within this time, so the stages do not run in lockstep.
const SPREAD: Duration = Duration::from_secs(3);

/// Nothing that is expected takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The channel for the trail.
const AUDIT_CHANNEL: &str = "C0AUDIT";

pub(crate) fn user(number: usize) -> String {
    format!("U0R{number:02}")
}

/// Sends what it is given, and reads the bot's answers so the bot can continue.
fn send_and_read(socket: Socket) -> tokio::sync::mpsc::UnboundedSender<Message> {
    let (messages, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let (mut out, mut acks) = socket.split();
    tokio::spawn(async move {
        while let Some(message) = waiting.recv().await {
            if out.send(message).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move { while acks.next().await.is_some() {} });
    messages
}

/// The requesters, and Omar, who approves.
pub(crate) struct Crowd {
    slack: Slack,
    sockets: Vec<tokio::sync::mpsc::UnboundedSender<Message>>,
    resource: String,
    sent: usize,
    /// Requests whose card was clicked.
    clicked: HashSet<String>,
    pub(crate) seen: Seen,
}

/// What the bot has said so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Seen {
    /// Requests whose people were told that they ended.
    pub(crate) ended: u64,
    /// Messages in the audit channel.
    pub(crate) posts: u64,
    /// Events that share a message with others.
    pub(crate) digested: u64,
    pub(crate) calls: u64,
}

impl Crowd {
    /// Opens two sockets, and everybody makes their first request.
    pub(crate) async fn start(mut slack: Slack, resource: String) -> Self {
        let mut sockets = Vec::new();
        for _ in 0..2 {
            sockets.push(send_and_read(slack.socket().await));
        }
        let mut crowd = Self {
            slack,
            sockets,
            resource,
            sent: 0,
            clicked: HashSet::new(),
            seen: Seen::default(),
        };
        let each = SPREAD / u32::try_from(PEOPLE).unwrap();
        for person in 0..PEOPLE {
            crowd.ask(&user(person));
            crowd.go_on(each).await;
        }
        crowd
    }

    /// Reacts to what the bot says, for that long.
    pub(crate) async fn go_on(&mut self, lasts: Duration) {
        let until = Instant::now() + lasts;
        while Instant::now() < until {
            let call = tokio::select! {
                call = timeout(PATIENCE, self.slack.calls.recv()) => call,
                () = sleep_until(until.into()) => return,
            };
            let call = call.expect("the bot has gone silent").unwrap();
            self.answer(&call);
        }
    }

    fn answer(&mut self, call: &Call) {
        self.seen.calls += 1;
        if call.method != "chat.postMessage" {
            return;
        }
        let channel = call.arguments["channel"].as_str().unwrap_or_default();
        if channel == AUDIT_CHANNEL {
            self.seen.posts += 1;
            self.seen.digested += digested(&call.arguments["metadata"]);
        }
        let Some(user) = channel.strip_prefix('D') else {
            return;
        };
        let text = call.arguments["text"].as_str().unwrap_or_default();
        if user == "U0OMAR" {
            if let Some(request) = approvable(&call.arguments["blocks"])
                && self.clicked.insert(request.clone())
            {
                self.approve(&request, channel, &call.answer["ts"]);
            }
        } else if text.contains(": you have ") {
            self.give_back(user, text);
        } else if text.contains("Ended") {
            self.seen.ended += 1;
            self.ask(user);
        }
    }

    fn send(&mut self, name: &str, kind: &str, payload: &Value) {
        let envelope = format!("{name}:{}", self.sent);
        let socket = &self.sockets[self.sent % self.sockets.len()];
        self.sent += 1;
        socket.send(frame(&envelope, kind, payload)).unwrap();
    }

    fn ask(&mut self, user: &str) {
        let one = |value: &str| json!({ "type": "static_select", "selected_option": { "value": value } });
        let many =
            |value: &str| json!({ "type": "multi_static_select", "selected_options": [{ "value": value }] });
        let text = |value: &str| json!({ "type": "plain_text_input", "value": value });
        let payload = json!({
            "type": "view_submission", "api_app_id": "A0APONO", "team": { "id": "T0TEAM" },
            "user": { "id": user, "team_id": "T0TEAM" }, "trigger_id": "1.2.a",
            "view": {
                "id": "V0VIEW", "hash": "1.a", "callback_id": "request_form",
                "private_metadata": format!("form-{}", self.sent),
                "state": { "values": {
                    "integration.1": { "integration": one("bastion") },
                    "resource_type.1": { "resource_type": one("Host") },
                    "resources.1": { "resources": many(&self.resource) },
                    "permissions.1": { "permissions": many("login") },
                    "duration": { "duration": text("1h") },
                    "justification": { "justification": text("a measurement") },
                } },
            },
        });
        self.send("ask", "interactive", &payload);
    }

    fn approve(&mut self, request: &str, channel: &str, ts: &Value) {
        let payload = json!({
            "type": "block_actions", "api_app_id": "A0APONO", "team": { "id": "T0TEAM" },
            "user": { "id": "U0OMAR", "team_id": "T0TEAM" }, "trigger_id": "1.2.a",
            "container": { "type": "message", "channel_id": channel, "message_ts": ts },
            "actions": [{ "type": "button", "action_id": "approve", "value": request }],
        });
        self.send("approve", "interactive", &payload);
    }

    fn give_back(&mut self, user: &str, text: &str) {
        let number = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .find(|word| word.starts_with("AR-"))
            .unwrap();
        let payload = json!({
            "team_id": "T0TEAM", "team_domain": "example", "channel_id": "C0GENERAL", "channel_name": "general",
            "user_id": user, "user_name": "dana", "command": "/apono", "text": format!("revoke {number}"),
            "api_app_id": "A0APONO", "is_enterprise_install": "false", "trigger_id": "1.2.a",
            "response_url": self.slack.response_url(),
        });
        self.send("revoke", "slash_commands", &payload);
    }
}

/// How many events a post of the trail covers, if more than one.
fn digested(metadata: &Value) -> u64 {
    let number = |name: &str| metadata["event_payload"][name].as_str()?.parse::<u64>().ok();
    match (number("first"), number("seq")) {
        (Some(first), Some(last)) => last + 1 - first,
        (_, _) => 0,
    }
}

/// The request that the reader of a card can approve.
fn approvable(blocks: &Value) -> Option<String> {
    let elements = blocks
        .as_array()?
        .iter()
        .filter_map(|block| block["elements"].as_array())
        .flatten();
    let mut buttons = elements.filter(|element| element["action_id"] == "approve");
    Some(buttons.next()?["value"].as_str()?.to_owned())
}
