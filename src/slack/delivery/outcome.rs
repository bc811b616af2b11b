//! The outcome of one message in a run, and what Slack's errors mean for it.

use std::time::Duration;

use crate::slack::handlers::Bot;
use crate::slack::lookup::SETTLE;
use crate::slack::web::WebError;
use crate::store::{Message, MessageState, Retry, Surface};
use crate::usecases::delivered::{Delivered, Next};
use crate::usecases::not_reached::Refused;

/// The outcome of a message, with its row as it is now.
pub(super) enum Outcome {
    /// It is there; the row says where.
    Shown(Message),
    /// It can never be shown or changed again.
    Dead { message: Message, replace: bool },
    /// Slack does not deliver messages to its person now.
    Refused(Refused),
    Later {
        message: Message,
        after: Duration,
        why: String,
    },
}

impl Outcome {
    /// The run has no time left for it.
    pub(super) fn too_late(message: Message) -> Self {
        Self::next_run(message, "the other messages took too long".to_owned())
    }

    /// Another run tries it at once.
    pub(super) fn next_run(message: Message, why: String) -> Self {
        Self::Later {
            message,
            after: Duration::ZERO,
            why,
        }
    }

    pub(super) fn later(message: Message, error: &WebError) -> Self {
        let after = match error {
            WebError::RateLimited { retry_after, .. } => *retry_after,
            WebError::Ambiguous { .. } => SETTLE,
            WebError::Unreachable { .. } => Duration::from_secs(5),
            // A missing scope or a bad token: an operator has to act first.
            WebError::Api { .. } | WebError::Refused(_) => Duration::from_mins(1),
        };
        Self::Later {
            message,
            after,
            why: error.to_string(),
        }
    }

    /// Slack does not accept it, and nothing we do changes that. An approver's card is retried for as long as it is wanted.
    pub(super) fn given_up(bot: &Bot, message: Message, error: &WebError) -> Self {
        match error.code() {
            Some(why) if message.surface == Surface::ApproverCard && is_about_the_person(error) => {
                tracing::warn!(%error, "an approver cannot be messaged");
                if let Some(channel) = &message.channel {
                    bot.web.forget_dm(channel);
                }
                Self::Refused(Refused {
                    why: why.to_owned(),
                    card: message,
                })
            }
            Some(_) | None => {
                tracing::error!(%error, "a message can never be posted");
                Self::Dead {
                    message,
                    replace: false,
                }
            }
        }
    }

    /// Adds what has to be recorded about it. `version` is the request version that was to be shown.
    pub(super) fn add_to(self, delivered: &mut Delivered, version: i64, new_id: impl FnOnce() -> String) {
        match self {
            Self::Shown(message) => {
                // It may be one that Slack did not accept before.
                if message.surface == Surface::ApproverCard && message.retry.is_some() {
                    delivered.reached.push(message.person.clone());
                }
                delivered.messages.push(Message {
                    retry: None,
                    ..message
                });
            }
            Self::Dead { message, replace } => {
                if replace {
                    delivered.anew.push(message.anew(new_id()));
                    delivered.again(Next {
                        at: delivered.begun_at,
                        why: "a message has to be posted again".to_owned(),
                    });
                }
                delivered.messages.push(Message {
                    state: MessageState::Dead,
                    ..message
                });
            }
            Self::Refused(refused) => delivered.refused.push(refused),
            Self::Later { message, after, why } => {
                let at = delivered.begun_at.plus(after);
                delivered.messages.push(Message {
                    retry: Some(Retry { at, version }),
                    ..message
                });
                delivered.again(Next { at, why });
            }
        }
    }
}

/// Slack does not deliver messages to its person.
pub(in crate::slack) fn is_about_the_person(error: &WebError) -> bool {
    matches!(
        error.code(),
        Some(
            "user_disabled"
                | "user_not_found"
                | "user_not_visible"
                | "cannot_dm_bot"
                | "channel_not_found"
                | "is_archived"
                | "messages_tab_disabled"
        )
    )
}

/// Slack will give the same answer for a long time, or forever.
pub(in crate::slack) fn is_final(error: &WebError) -> bool {
    is_about_the_person(error)
        || matches!(
            error.code(),
            Some(
                "invalid_blocks"
                    | "invalid_blocks_format"
                    | "msg_blocks_too_long"
                    | "msg_too_long"
                    | "invalid_arguments"
            )
        )
}
