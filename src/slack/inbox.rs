//! From an envelope to its handler, by class: decisions are committed before they are acknowledged, forms are decided
//! before they are acknowledged, questions are answered from memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracing::Span;

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::people::Account;
use crate::audit::event::Actor;
use crate::store::Received;
use crate::usecases::refuse::{self, Attempt, Judged};

use super::act::{Act, Form, Incoming, Pressed, Sender, Typed, Unknown};
use super::carry_out::{LEASE, carry_out};
use super::handlers::buttons::Window;
use super::handlers::commands::{Command, CommandWindow, Way};
use super::handlers::filling::Filling;
use super::handlers::{Bot, once};
use super::socket::{Ack, Envelope, EnvelopeHandler, NoAck};
use super::views::answers;
use super::views::in_window::{unknown_form, unknown_modal};
use super::{allowance, incoming};

/// The bot's side of the sockets.
pub struct Inbox {
    bot: Arc<Bot>,
}

impl Inbox {
    pub fn new(bot: Arc<Bot>) -> Self {
        Self { bot }
    }
}

#[async_trait]
impl EnvelopeHandler for Inbox {
    async fn handle(&self, envelope: Envelope) -> Result<Ack, NoAck> {
        let key = incoming::key(&envelope.id, &envelope.payload);
        Span::current().record("inbox", key.as_str());
        let incoming = match incoming::read(&envelope.kind, &envelope.payload) {
            Ok(incoming) => incoming,
            Err(error) => return self.keep_unread(&key, &envelope, &error.to_string()).await,
        };
        if is_for_another_app(&envelope, &incoming) {
            return self.refuse_for_another_app(&incoming, &key).await;
        }
        if let Some(answer) = allowance::too_much(&self.bot, &incoming) {
            return Ok(answer);
        }
        self.take(key, incoming).await
    }

    fn acknowledged(&self, kind: &str, took: Duration) {
        // Slack may send any word.
        let known = ["slash_commands", "interactive", "events_api"];
        let kind = if known.contains(&kind) { kind } else { "other" };
        self.bot.core.counted.acks.took([("kind", kind)], took);
    }

    async fn unreadable(&self, length: usize) {
        tracing::error!(length, "Slack sent a frame that could not be read at all");
    }
}

impl Inbox {
    /// Handles an act according to its class.
    async fn take(&self, key: String, incoming: Incoming) -> Result<Ack, NoAck> {
        let Incoming { by, act } = incoming;
        match act {
            Act::Noise => Ok(Ack::bare()),
            Act::TokensRevoked => Ok(self.look_at_our_token()),
            Act::ChannelChanged => {
                self.bot.channel_changed.notify_one();
                Ok(Ack::bare())
            }
            Act::PersonChanged { user } => {
                self.bot.changed_people.note(user, key);
                Ok(Ack::bare())
            }
            Act::Shortcut { trigger_id, .. } => Ok(self.then(move |bot| async move {
                bot.open_form(&by, &trigger_id, None, None, Filling::Nothing)
                    .await;
            })),
            Act::Choice(form) => Ok(self.then(move |bot| async move { bot.narrow(&by, &form).await })),
            Act::Suggest { action, query, form } => {
                Ok(Ack::with(self.bot.suggest(&by, &action, &query, &form).await))
            }
            Act::Submit(form) => self.submit(key, &by, form).await,
            Act::Command(typed) => self.command(key, by, typed).await,
            Act::Click(pressed) if pressed.action.opens_window() => Ok(self.open_window(key, by, pressed)),
            act @ (Act::Click(_) | Act::Said { .. }) => self.keep(key, Incoming { by, act }).await,
            Act::Unknown { name, what } => Ok(self.unknown(&by, &name, what)),
        }
    }

    /// Acknowledges, and does `work` afterwards.
    fn then<F>(&self, work: impl FnOnce(Arc<Bot>) -> F) -> Ack
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Ack::bare().then(work(Arc::clone(&self.bot)))
    }

    /// It may be the token of somebody else's installation; a call of our own will tell.
    fn look_at_our_token(&self) -> Ack {
        self.then(move |bot| async move {
            let _ = bot.web.auth_test().await;
        })
    }

    /// A form is decided before it is acknowledged.
    async fn submit(&self, key: String, by: &Sender, form: Form) -> Result<Ack, NoAck> {
        let answer = self.bot.submit(by, &form, &key).await;
        let ack = answer.map_err(NoAck::because)?.map_or_else(Ack::bare, Ack::with);
        if !form.kind.continues_after_its_acknowledgement() {
            return Ok(ack);
        }
        let (bot, by) = (Arc::clone(&self.bot), by.clone());
        Ok(ack.then(async move { bot.after_red_button(&by, &form, &key).await }))
    }

    fn open_window(&self, key: String, by: Sender, pressed: Pressed) -> Ack {
        self.then(move |bot| async move {
            let window = Window {
                sender: &by,
                action: pressed.action,
                value: &pressed.value,
                place: Some(&pressed.place),
                trigger_id: &pressed.trigger_id,
                response_url: pressed.response_url.as_deref(),
                tried: &Tried::Click,
                key: &key,
            };
            bot.window(window).await;
        })
    }

    /// A command opens a window, is answered at once, or is stored and carried out.
    async fn command(&self, key: String, by: Sender, typed: Typed) -> Result<Ack, NoAck> {
        let command = Command::read(&typed.text);
        match command.way() {
            Way::Window => Ok(self.then(move |bot| async move {
                let from = CommandWindow {
                    sender: &by,
                    trigger_id: &typed.trigger_id,
                    response_url: &typed.response_url,
                    key: &key,
                };
                bot.window_for(&command, from).await;
            })),
            Way::Acknowledgement => {
                let settled = refuse::settle(&self.bot.core, once(&key), "answered").await;
                settled.map_err(NoAck::because)?;
                Ok(Ack::with(self.bot.answer_at_once(&by, &command)))
            }
            Way::Inbox => {
                let act = Act::Command(typed);
                self.keep(key, Incoming { by, act }).await
            }
        }
    }

    /// Answers an act on something another version made; nothing is stored.
    fn unknown(&self, by: &Sender, name: &str, what: Unknown) -> Ack {
        tracing::warn!(user = by.account.user, name, "an unknown button or form");
        let bot = Arc::clone(&self.bot);
        match what {
            Unknown::Choice => Ack::bare(),
            Unknown::Query => Ack::with(serde_json::json!({ "options": [] })),
            Unknown::Form => Ack::with(unknown_form()),
            Unknown::Button {
                response_url: Some(url),
                ..
            } => Ack::bare().then(async move { bot.respond(&url, answers::UNKNOWN).await }),
            Unknown::Button { trigger_id, .. } => Ack::bare().then(async move {
                if let Err(error) = bot.web.views_push(&trigger_id, &unknown_modal()).await {
                    tracing::warn!(%error, "an unknown button could not be answered");
                }
            }),
        }
    }

    /// Commits a decision, acknowledges it, and carries it out.
    async fn keep(&self, key: String, incoming: Incoming) -> Result<Ack, NoAck> {
        let body = serde_json::to_string(&incoming).map_err(NoAck::because)?;
        let core = &self.bot.core;
        let received = core
            .store
            .receive(&key, "decision", &body, core.now(), &core.owner, LEASE)
            .await;
        match received {
            Ok(Received::New(lease)) => {
                let bot = Arc::clone(&self.bot);
                Ok(Ack::bare().then(async move {
                    carry_out(&bot, &incoming, &lease).await;
                }))
            }
            Ok(Received::Known { .. }) => Ok(Ack::bare()),
            Err(error) => Err(NoAck::because(error)),
        }
    }

    async fn refuse_for_another_app(&self, incoming: &Incoming, key: &str) -> Result<Ack, NoAck> {
        tracing::error!(app = incoming.by.app_id, "a payload is for another app");
        let account = &incoming.by.account;
        let judged = Judged {
            actor: Actor::Stranger {
                account: Account::slack(&account.user),
                home: account.team.clone().unwrap_or_default(),
            },
            why: Forbidden::AnotherApp,
            standing: None,
        };
        let attempt = Attempt {
            tried: &incoming.act.tried(),
            request: None,
        };
        refuse::not_done(&self.bot.core, Some(&judged), attempt, once(key))
            .await
            .map_err(NoAck::because)?;
        Ok(Ack::bare())
    }

    /// Stores an envelope that was not understood as such; it is logged as an error and never dropped.
    async fn keep_unread(&self, key: &str, envelope: &Envelope, why: &str) -> Result<Ack, NoAck> {
        tracing::error!(why, "an envelope was not understood");
        let core = &self.bot.core;
        let body = incoming::skeleton(&envelope.kind, &envelope.payload);
        let received = core
            .store
            .receive(key, "unread", &body, core.now(), &core.owner, LEASE)
            .await;
        match received {
            Ok(Received::New(lease)) => {
                let noted = core.store.not_understood(&lease, why).await;
                noted.map_err(NoAck::because)?;
            }
            Ok(Received::Known { .. }) => {}
            Err(error) => return Err(NoAck::because(error)),
        }
        Ok(Ack::bare())
    }
}

/// Only our own app's payloads count. The sockets' app is the one named in Slack's greeting.
fn is_for_another_app(envelope: &Envelope, incoming: &Incoming) -> bool {
    let (ours, theirs) = (&envelope.app_id, &incoming.by.app_id);
    ours.as_ref()
        .zip(theirs.as_ref())
        .is_some_and(|(ours, theirs)| ours != theirs)
}
