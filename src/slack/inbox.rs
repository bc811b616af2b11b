//! From an envelope to its handler, by class: decisions are committed before they are acknowledged, forms are decided
//! before they are, questions are answered from memory.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tracing::{Instrument, Span, field};

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::people::Account;
use crate::audit::event::Actor;
use crate::chained::chained;
use crate::store::{InboxLease, Received};
use crate::usecases::refuse::{Attempt, Judged};
use crate::usecases::{UseCaseError, refuse};

use super::actions::FormKind;
use super::allowance;
use super::handlers::clicks::Click;
use super::handlers::commands::{Command, CommandWindow, Way, answer_at_once};
use super::handlers::form;
use super::handlers::windows::Window;
use super::handlers::{Bot, HandlerError, kept, once};
use super::incoming::{self, Act, Incoming, Sender, Unknown};
use super::socket::{Ack, Envelope, EnvelopeHandler, NoAck};
use super::views::answers;

/// How long one process may work on an envelope before another takes it over.
const LEASE: Duration = Duration::from_secs(30);

/// An act that was taken up this often, in about a day, is put aside: it may be what kills the process each time.
const MOST_ATTEMPTS: u32 = 2_000;

/// Pauses before an act that could not be carried out is tried again; together shorter than the lease.
const AGAIN_AFTER: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// How many abandoned envelopes are taken over at once.
const ADOPTED: u64 = 20;

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
        if let Some(ours) = &envelope.app_id
            && incoming.by.app_id.as_ref().is_some_and(|theirs| theirs != ours)
        {
            return self.refuse_for_another_app(&incoming, &key).await;
        }
        if let Some(answer) = allowance::too_much(&self.bot, &incoming) {
            return Ok(answer);
        }
        self.take(key, incoming).await
    }

    async fn unreadable(&self, length: usize) {
        tracing::error!(length, "Slack sent a frame that could not be read at all");
    }
}

impl Inbox {
    /// Does with an act what its class wants.
    async fn take(&self, key: String, incoming: Incoming) -> Result<Ack, NoAck> {
        let bot = Arc::clone(&self.bot);
        let Incoming { by, act } = incoming;
        match act {
            Act::Noise => Ok(Ack::bare()),
            Act::TokensRevoked => {
                // It may be the token of somebody else's installation; the answer to a call of our own says.
                Ok(Ack::bare().then(async move {
                    let _ = bot.web.auth_test().await;
                }))
            }
            Act::ChannelChanged => {
                bot.channel_changed.notify_one();
                Ok(Ack::bare())
            }
            Act::PersonChanged { user } => {
                bot.changed_people.note(user, key);
                Ok(Ack::bare())
            }
            Act::Suggest { action, query, form } => {
                Ok(Ack::with(bot.suggest(&by, &action, &query, &form).await))
            }
            Act::Choice(form) => Ok(Ack::bare().then(async move { bot.narrow(&by, &form).await })),
            Act::Submit(form) => {
                let answer = bot.submit(&by, &form, &key).await.map_err(NoAck::because)?;
                let ack = answer.map_or_else(Ack::bare, Ack::with);
                if form.kind != FormKind::RedButton {
                    return Ok(ack);
                }
                Ok(ack.then(async move { bot.after_red_button(&form, &key).await }))
            }
            Act::Shortcut { trigger_id, .. } => {
                Ok(Ack::bare().then(async move { bot.open_form(&by, &trigger_id, None, None).await }))
            }
            act @ Act::Command { .. } => self.command(key, Incoming { by, act }).await,
            Act::Click {
                action,
                value,
                place,
                trigger_id,
                response_url,
            } if action.opens_window() => Ok(Ack::bare().then(async move {
                let window = Window {
                    sender: &by,
                    action,
                    value: &value,
                    place: &place,
                    trigger_id: &trigger_id,
                    response_url: response_url.as_deref(),
                    tried: &Tried::Click,
                    key: &key,
                };
                bot.window(window).await;
            })),
            Act::Unknown { name, what } => Ok(self.unknown(&by, &name, what)),
            act @ (Act::Click { .. } | Act::Said { .. }) => self.keep(key, Incoming { by, act }).await,
        }
    }

    /// A command opens a window, is answered at once, or is kept and carried out.
    async fn command(&self, key: String, incoming: Incoming) -> Result<Ack, NoAck> {
        let Act::Command {
            text,
            trigger_id,
            response_url,
        } = &incoming.act
        else {
            return Ok(Ack::bare());
        };
        let command = Command::read(text);
        match command.way() {
            Way::Window => {
                let bot = Arc::clone(&self.bot);
                let (trigger_id, response_url) = (trigger_id.clone(), response_url.clone());
                Ok(Ack::bare().then(async move {
                    let from = CommandWindow {
                        sender: &incoming.by,
                        trigger_id: &trigger_id,
                        response_url: &response_url,
                        key: &key,
                    };
                    bot.window_for(&command, from).await;
                }))
            }
            Way::Acknowledgement => {
                let settled = refuse::settle(&self.bot.core, once(&key), "answered").await;
                settled.map_err(NoAck::because)?;
                Ok(Ack::with(answer_at_once(&command)))
            }
            Way::Inbox => self.keep(key, incoming).await,
        }
    }

    /// What another version made is answered, and nothing is kept of it.
    fn unknown(&self, by: &Sender, name: &str, what: Unknown) -> Ack {
        tracing::warn!(user = by.account.user, name, "an unknown button or form");
        let bot = Arc::clone(&self.bot);
        match what {
            Unknown::Choice => Ack::bare(),
            Unknown::Query => Ack::with(serde_json::json!({ "options": [] })),
            Unknown::Form => Ack::with(form::unknown()),
            Unknown::Button {
                response_url: Some(url),
                ..
            } => Ack::bare().then(async move { bot.respond(&url, answers::UNKNOWN).await }),
            Unknown::Button { trigger_id, .. } => Ack::bare().then(async move {
                if let Err(error) = bot.web.views_push(&trigger_id, &form::unknown_modal()).await {
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

    /// Only our own app's payloads count. The sockets' app is the one that Slack's greeting named.
    async fn refuse_for_another_app(&self, incoming: &Incoming, key: &str) -> Result<Ack, NoAck> {
        tracing::error!(app = incoming.by.app_id, "a payload is for another app");
        let account = &incoming.by.account;
        let judged = Judged {
            actor: Actor::Stranger {
                account: Account::slack(&account.user),
                home: account.team.clone(),
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

    /// Keeps what was not understood as such; it alarms and is never dropped.
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

/// Takes over what another process, or this one before a crash, left in the inbox. Returns how many.
pub async fn adopt(bot: &Arc<Bot>) -> Result<usize, crate::store::StoreError> {
    let rows = bot
        .core
        .store
        .adopt_inbox(&bot.core.owner, LEASE, ADOPTED)
        .await?;
    let found = rows.len();
    for row in rows {
        if row.attempt > MOST_ATTEMPTS {
            tracing::error!(
                inbox = row.lease.key,
                "an act failed again and again and is put aside"
            );
            bot.core
                .store
                .not_understood(&row.lease, "failed too often")
                .await?;
            continue;
        }
        match serde_json::from_str::<Incoming>(&row.body) {
            Ok(incoming) => {
                let span = tracing::error_span!(
                    "envelope",
                    inbox = row.lease.key,
                    attempt = row.attempt,
                    request = field::Empty
                );
                carry_out(bot, &incoming, &row.lease).instrument(span).await;
            }
            Err(error) => {
                tracing::error!(inbox = row.lease.key, %error, "a kept envelope cannot be read any more");
                bot.core.store.not_understood(&row.lease, "unreadable").await?;
            }
        }
    }
    Ok(found)
}

/// Carries out a kept act. One that cannot be carried out now is tried again soon, and then whenever its lease is over.
async fn carry_out(bot: &Arc<Bot>, incoming: &Incoming, lease: &InboxLease) {
    for pause in AGAIN_AFTER {
        // Each try names the request by itself.
        let span = tracing::error_span!("try", request = field::Empty);
        let tried = async {
            let done = try_once(bot, incoming, lease).await;
            if let Err(error) = &done {
                log_failure(error);
            }
            done
        };
        if tried.instrument(span).await.is_ok() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
    tracing::error!("an act stays in the inbox until it can be carried out");
    bot.core.wakes.inbox().notify_one();
}

/// The database is ours, and somebody may have to look after it.
fn log_failure(error: &HandlerError) {
    let cause = chained(error);
    match error {
        HandlerError::UseCase(UseCaseError::Store(_)) => {
            tracing::error!(error = %cause, "the database failed an act; it is tried again");
        }
        HandlerError::Refused(_) | HandlerError::Later(_) | HandlerError::UseCase(_) => {
            tracing::warn!(error = %cause, "an act could not be carried out; it is tried again");
        }
    }
}

async fn try_once(bot: &Arc<Bot>, incoming: &Incoming, lease: &InboxLease) -> Result<(), HandlerError> {
    let sender = &incoming.by;
    match &incoming.act {
        Act::Command {
            text, response_url, ..
        } => bot.command(sender, text, response_url, lease).await,
        Act::Click {
            action,
            value,
            place,
            response_url,
            ..
        } => {
            let click = Click {
                sender,
                action: *action,
                value,
                place,
                response_url: response_url.as_deref(),
            };
            bot.click(click, lease).await
        }
        Act::Said { channel } => bot.said(channel, lease).await,
        Act::Shortcut { .. }
        | Act::Choice(_)
        | Act::Suggest { .. }
        | Act::Submit(_)
        | Act::Unknown { .. }
        | Act::ChannelChanged
        | Act::TokensRevoked
        | Act::PersonChanged { .. }
        | Act::Noise => {
            refuse::settle(&bot.core, kept(lease), answers::CLICK_AGAIN).await?;
            Ok(())
        }
    }
}
