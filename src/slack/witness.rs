//! The audit channel as a witness: what it shows of this install's trail is compared with the database before anything is
//! posted or granted.
//!
//! Invariant: a database that was restored from a backup is never trusted as complete. It is detected when the process
//! starts, and when the trail becomes shorter while the process runs.

use parking_lot::Mutex;
use serde::Deserialize;

use crate::access::ids::RequestNumber;
use crate::lasting::Matter;
use crate::store::{Ahead, StoreError};
use crate::usecases::restored;

use super::actions;
use super::audit_channel::Stopped;
use super::channel::Channel;
use super::handlers::Bot;
use super::lookup::{SKEW, slack_ts};
use super::web::{HistoryMessage, HistoryQuery, WebError};

/// How many of the channel's latest messages are always read, for replies in the threads of old ones.
const LATEST: usize = 200;

const ALARM: Matter = Matter::Witness;

/// Remembers how far the trail was when it last matched.
#[derive(Default)]
pub(super) struct Witness {
    seen: Mutex<Option<u64>>,
}

/// What a post says about its place in the trail.
#[derive(Deserialize)]
struct Said {
    install: String,
    seq: String,
    head: String,
    /// The highest request number in it; missing if it is about none.
    #[serde(default)]
    request: String,
}

impl Witness {
    /// Compares the trail with the channel, unless that was done and the trail has only grown since: up to `seq` now.
    pub(super) async fn hear(&self, bot: &Bot, audit_channel: &Channel, seq: u64) -> Result<(), Stopped> {
        let core = &bot.core;
        if self.seen().is_some_and(|seen| seq >= seen) {
            self.remember(seq);
            return Ok(());
        }
        match ahead(bot, audit_channel).await {
            Ok(None) => bot.calm(&ALARM).await,
            Ok(Some(ahead)) => {
                tracing::error!(
                    here = seq,
                    channel = ahead.seq,
                    "the audit channel shows events that this database does not have: it was restored from a backup; access can only be revoked until `apono accept-restore`"
                );
                restored::found(core, &ahead).await?;
            }
            // It cannot be read until somebody fixes the channel. They were told; once it is fixed, it is read.
            Err(Stopped::Channel(_)) => {
                rest(bot);
                return Ok(());
            }
            Err(Stopped::Slack(error @ (WebError::Api { .. } | WebError::Refused(_)))) => {
                let sentence = format!(
                    "I cannot read back the audit channel ({error}), so I would not notice if my database had been restored from an old backup. Give me the missing scope or channel membership."
                );
                bot.raise(ALARM, &sentence).await;
            }
            Err(error) => return Err(error),
        }
        self.remember(core.store.head().await?.seq);
        rest(bot);
        Ok(())
    }

    fn seen(&self) -> Option<u64> {
        *self.seen.lock()
    }

    fn remember(&self, seq: u64) {
        *self.seen.lock() = Some(seq);
    }
}

/// Nothing more can be learnt now, so nobody has to wait for it.
fn rest(bot: &Bot) {
    if bot.core.note_witness_heard() {
        bot.core.wakes.all();
    }
}

/// The last event that the channel shows, if this trail has another or none in its place.
async fn ahead(bot: &Bot, audit_channel: &Channel) -> Result<Option<Ahead>, Stopped> {
    let store = &bot.core.store;
    let channel = audit_channel.id(bot).await?;
    let posts = posts_after(bot, &channel, &Known::of(bot, &channel).await?).await?;
    let highest = posts.iter().map(|post| post.number).max();
    let Some(last) = posts.into_iter().max_by_key(|post| post.seq) else {
        return Ok(None);
    };
    // Read after the channel: what is posted was committed before.
    let here = store.events_after(last.seq - 1, 1).await?;
    let fits = here
        .first()
        .is_some_and(|event| event.seq == last.seq && event.hash.to_string() == last.head);
    Ok((!fits).then(|| Ahead {
        number: highest.unwrap_or(last.number),
        ..last
    }))
}

/// What of the channel is settled here. A `ts` is later than another if its text is greater.
struct Known {
    /// The last message whose place in the trail is settled: the head in it commits to all that came before.
    until: String,
    /// The first message in whose thread an answer may be missing here: a request that is open may have been closed.
    threads_from: String,
}

impl Known {
    async fn of(bot: &Bot, channel: &str) -> Result<Self, StoreError> {
        let store = &bot.core.store;
        let posted = store.last_audit_post().await?;
        let posted = posted
            .filter(|post| post.channel == channel)
            .and_then(|post| post.ts);
        let until = match posted.max(store.accepted_channel().await?) {
            Some(until) => until,
            // Nothing of this trail is older than its beginning.
            None => slack_ts(store.installed_at().await?.minus(SKEW)),
        };
        let open = store.oldest_open_post(channel).await?;
        Ok(Self {
            threads_from: open.map_or_else(|| until.clone(), |open| open.min(until.clone())),
            until,
        })
    }
}

/// What this install posted after the known part, however much others wrote in between.
async fn posts_after(bot: &Bot, channel: &str, known: &Known) -> Result<Vec<Ahead>, WebError> {
    let query = |oldest| HistoryQuery { channel, oldest };
    let ours = bot.web.auth_test().await?;
    let enough = |messages: &[HistoryMessage]| {
        let reached = messages.last().is_some_and(|last| last.ts < known.threads_from);
        reached && messages.len() >= LATEST
    };
    let mut messages = bot.web.history(query(None), enough).await?;
    messages.retain(|message| message.is_by(&ours));
    let threads: Vec<String> = messages
        .iter()
        .filter(|message| message.latest_reply.as_ref().is_some_and(|ts| *ts > known.until))
        .map(|message| message.ts.clone())
        .collect();
    for thread in threads {
        messages.extend(
            bot.web
                .replies(&thread, query(Some(&known.until)), |_| false)
                .await?,
        );
    }
    let posts = messages
        .iter()
        .filter(|message| message.ts > known.until && message.is_by(&ours))
        .filter_map(|message| said(message, bot.core.install.as_str()));
    Ok(posts.collect())
}

pub(super) fn said(message: &HistoryMessage, install: &str) -> Option<Ahead> {
    if message.metadata["event_type"] != actions::METADATA_AUDIT {
        return None;
    }
    let said = Said::deserialize(&message.metadata["event_payload"]).ok()?;
    let seq = said.seq.parse().ok().filter(|seq| *seq > 0)?;
    (said.install == install).then(|| Ahead {
        seq,
        head: said.head,
        ts: message.ts.clone(),
        number: RequestNumber(said.request.parse().unwrap_or(0)),
    })
}
