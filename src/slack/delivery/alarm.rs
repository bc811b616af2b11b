//! Where alarms are posted (the alerts channel, and the alarm's thread) and what they say.

use std::time::Duration;

use crate::audit::event::What;
use crate::lasting::Matter;
use crate::slack::channel::ChannelError;
use crate::slack::views::alarm::{self as views, Late};
use crate::slack::views::kit::Post;
use crate::slack::web::WebError;
use crate::store::{JobKind, Message, MessageState, StoreError, StoredEvent, Surface};
use crate::usecases::reconcile::ungranted::finding;

use super::outcome::Outcome;
use super::run::Run;

/// How long until the next check for an alarm that can be replied to.
const ALARM_FIRST: Duration = Duration::from_secs(1);

/// How long until a channel that cannot be posted to is checked again.
const CHANNEL_AGAIN: Duration = Duration::from_secs(15);

/// Where a message of an alarm is posted.
pub(super) struct Destination {
    pub(super) channel: String,
    /// The alarm it replies to.
    pub(super) thread: Option<String>,
}

/// Where `message` belongs, or what happens to it if that cannot be said now.
pub(super) async fn place(
    run: &Run<'_>,
    message: Message,
) -> Result<Result<Destination, Outcome>, StoreError> {
    match message.surface {
        Surface::OverdueAlarm => return in_the_channel(run, message, &OVERDUE).await,
        Surface::UngrantedAlarm => return in_the_channel(run, message, &UNGRANTED).await,
        Surface::NotReachedAlarm => return in_the_channel(run, message, &NOT_REACHED).await,
        _ => {}
    }
    let alarm = run
        .messages
        .iter()
        .rfind(|other| other.surface == Surface::OverdueAlarm && other.state != MessageState::Dead);
    let Some(alarm) = alarm else {
        return Ok(Err(Outcome::Dead {
            message,
            replace: false,
        }));
    };
    Ok(match alarm.channel.clone().zip(alarm.ts.clone()) {
        Some((channel, ts)) => Ok(Destination {
            channel,
            thread: Some(ts),
        }),
        None => Err(Outcome::Later {
            message,
            after: ALARM_FIRST,
            why: "its alarm is not posted yet".to_owned(),
        }),
    })
}

/// What the admins are told about an alarm that has no channel: the person who fixes the channel may not know what is waiting
/// for it.
struct Waiting {
    alarm: &'static str,
    sentence: &'static str,
}

const OVERDUE: Waiting = Waiting {
    alarm: "overdue",
    sentence: "Some access should be gone but could not be revoked yet, and I cannot post to the channel for such alarms. `/apono active` lists it; I keep trying.",
};

const UNGRANTED: Waiting = Waiting {
    alarm: "ungranted",
    sentence: "Somebody has live access on a target that nobody granted, and I cannot post to the channel for such alarms. I am removing it; the audit trail says who it is.",
};

const NOT_REACHED: Waiting = Waiting {
    alarm: "not reached",
    sentence: "A request reached nobody who could answer it, and I cannot post to the channel for such alarms. The audit trail says who it did not reach.",
};

async fn in_the_channel(
    run: &Run<'_>,
    message: Message,
    waiting: &Waiting,
) -> Result<Result<Destination, Outcome>, StoreError> {
    let bot = run.bot;
    match bot.alerts.id(bot).await {
        Ok(channel) => {
            bot.calm(&Matter::Waiting(waiting.alarm)).await;
            Ok(Ok(Destination {
                channel,
                thread: None,
            }))
        }
        Err(ChannelError::Unfit(why)) => {
            let Waiting { alarm, sentence } = waiting;
            bot.raise(Matter::Waiting(alarm), sentence).await;
            Ok(Err(Outcome::Later {
                message,
                after: CHANNEL_AGAIN,
                why,
            }))
        }
        Err(ChannelError::Slack(error)) => Ok(Err(Outcome::later(message, &error))),
        Err(ChannelError::Store(error)) => Err(error),
    }
}

/// What `message` says now. `events` are all events of the request.
pub(super) async fn render(
    run: &Run<'_>,
    events: &[StoredEvent],
    message: &Message,
) -> Result<Post, StoreError> {
    let Run { bot, view, .. } = run;
    if message.surface == Surface::UngrantedAlarm {
        let found = finding(events, message.extension).ok_or_else(|| unknown(message))?;
        let request = &message.request;
        return Ok(views::ungranted(request, found, &bot.mentioned().await));
    }
    if message.surface == Surface::NotReachedAlarm {
        if !view.not_reached.nobody_else {
            return Ok(views::reached(view));
        }
        let is_it = |stored: &&StoredEvent| matches!(stored.event.what, What::NotReached { others: 0, .. });
        let found = events.iter().find(is_it).ok_or_else(|| unknown(message))?;
        return Ok(views::not_reached(found, &bot.mentioned().await));
    }
    let raised = events.iter().find_map(|stored| match &stored.event.what {
        What::Overdue(overdue) => Some((stored, overdue)),
        _ => None,
    });
    let (stored, overdue) = raised.ok_or_else(|| unknown(message))?;
    let late = Late {
        view,
        due: overdue.due,
        now: bot.core.now(),
    };
    let is_gone = view.grant.as_ref().is_none_or(|grant| grant.ended_at.is_some());
    Ok(match message.surface {
        Surface::OverdueReminder => {
            let revoke = bot
                .core
                .store
                .job(JobKind::Revoke, message.request.as_str())
                .await?;
            views::still(&late, revoke.as_ref(), &bot.mentioned().await)
        }
        Surface::OverdueGone => views::said_gone(&late),
        _ if is_gone => views::over(&late),
        _ => views::overdue(stored, overdue.others, &bot.mentioned().await),
    })
}

fn unknown(message: &Message) -> StoreError {
    StoreError::Inconsistent {
        table: "message",
        id: message.id.clone(),
        what: "an alarm without an event in the trail".to_owned(),
    }
}

/// The post was refused because of its destination: that is checked again, and the alarm is still wanted.
pub(super) fn is_about_the_channel(error: &WebError) -> bool {
    matches!(
        error.code(),
        Some("channel_not_found" | "is_archived" | "not_in_channel" | "restricted_action")
    )
}
