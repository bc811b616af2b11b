//! Messages that Slack itself posts later.
//!
//! Invariant: a scheduled message is in no channel before its time, and is posted or deleted once.

use std::time::Duration;

use super::messages::Draft;
use super::{Refused, World};
use crate::clock::{Micros, micros};

/// How far ahead a message can be scheduled. Source: docs.slack.dev, chat.scheduleMessage.
const FARTHEST: Duration = Duration::from_hours(120 * 24);
/// How many messages can be scheduled into one channel within five minutes. Source: the same page.
const AT_MOST: usize = 30;
const WINDOW_S: u64 = 5 * 60;
/// A message that will be posted sooner than this can no longer be deleted. Source: docs.slack.dev,
/// chat.deleteScheduledMessage.
const TOO_LATE: Duration = Duration::from_mins(1);

#[derive(Debug, Clone)]
pub(crate) struct Scheduled {
    pub(crate) id: String,
    pub(crate) channel: String,
    /// Both in seconds.
    pub(crate) post_at: u64,
    pub(crate) created: u64,
    pub(crate) draft: Draft,
}

impl World {
    pub(crate) fn schedule(
        &mut self,
        channel: &str,
        draft: Draft,
        post_at: u64,
        now: Micros,
    ) -> Result<Scheduled, Refused> {
        let at = post_at.saturating_mul(1_000_000);
        if at <= now {
            return Err(Refused("time_in_past"));
        }
        if at > now + micros(FARTHEST) {
            return Err(Refused("time_too_far"));
        }
        if self.is_crowded(channel, post_at) {
            return Err(Refused("restricted_too_many"));
        }
        let scheduled = Scheduled {
            id: self.ids.next("Q"),
            channel: channel.to_owned(),
            post_at,
            created: now / 1_000_000,
            draft,
        };
        self.scheduled.push(scheduled.clone());
        Ok(scheduled)
    }

    /// Whether one more message at `post_at` is too many for any five minutes around it.
    fn is_crowded(&self, channel: &str, post_at: u64) -> bool {
        let times = || self.scheduled_in(Some(channel)).map(|other| other.post_at);
        times()
            .chain([post_at])
            .filter(|start| (post_at.saturating_sub(WINDOW_S - 1)..=post_at).contains(start))
            .any(|start| {
                times()
                    .filter(|at| (start..start + WINDOW_S).contains(at))
                    .count()
                    >= AT_MOST
            })
    }

    pub(crate) fn unschedule(&mut self, channel: &str, id: &str, now: Micros) -> Result<(), Refused> {
        let soonest = now + micros(TOO_LATE);
        let before = self.scheduled.len();
        self.scheduled.retain(|other| {
            other.channel != channel || other.id != id || other.post_at * 1_000_000 < soonest
        });
        if self.scheduled.len() == before {
            return Err(Refused("invalid_scheduled_message_id"));
        }
        Ok(())
    }

    /// The scheduled messages, in one channel or in all, oldest first.
    pub(crate) fn scheduled_in<'a>(
        &'a self,
        channel: Option<&'a str>,
    ) -> impl Iterator<Item = &'a Scheduled> + 'a {
        self.scheduled
            .iter()
            .filter(move |other| channel.is_none_or(|channel| other.channel == channel))
    }

    /// Posts what is due, if the app may still write there. Messages with metadata are not posted: Slack's page on
    /// chat.scheduleMessage says so, as a known bug.
    pub(crate) fn post_scheduled(&mut self, now: Micros) {
        let is_due = |other: &Scheduled| other.post_at * 1_000_000 <= now;
        let (due, later) = std::mem::take(&mut self.scheduled)
            .into_iter()
            .partition::<Vec<_>, _>(is_due);
        self.scheduled = later;
        let bot = self.app.bot_user.clone();
        for scheduled in due {
            let channel = self.channel(&scheduled.channel);
            let is_open = channel.is_some_and(|channel| !channel.archived && channel.members.contains(&bot));
            if is_open && scheduled.draft.metadata.is_none() {
                // A thread that is gone cannot be replied to.
                let _ = self.post(&scheduled.channel, &bot, scheduled.draft, now);
            }
        }
    }
}
