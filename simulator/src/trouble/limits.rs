//! Slack's published limits, enforced: calls above them are refused with 429. Source: docs.slack.dev, "Rate limits".
//!
//! Invariant: a refused call does not count, and after the announced seconds one call is allowed again.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;
use serde_json::Value;

use crate::api::methods::{METHODS, Tier};
use crate::clock::Micros;

const SECOND: Micros = 1_000_000;
const MINUTE: Micros = 60 * SECOND;

/// Posts that Slack accepts into one channel at once before it limits the app to one per second. Slack only says "short
/// bursts".
const CHANNEL_BURST: u64 = 5;

/// Calls a minute of methods without a published number: "several hundred".
const SPECIAL: usize = 300;

/// The calls of the last minute.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Limits {
    /// How many calls were refused.
    refused: u32,
    #[serde(skip)]
    methods: BTreeMap<String, VecDeque<Micros>>,
    /// By channel: the time by which all posts so far would have been one second apart.
    #[serde(skip)]
    channels: BTreeMap<String, Micros>,
}

impl Limits {
    /// After how many seconds to retry the call; None if it is allowed, and counted.
    pub(super) fn turned_away(&mut self, call: &str, arguments: &Value, at: Micros) -> Option<u32> {
        let method = METHODS.iter().find(|method| method.name == call)?;
        let per_minute = match method.tier {
            Tier::Tier2 => 20,
            Tier::Tier3 => 50,
            Tier::Tier4 => 100,
            Tier::Special => SPECIAL,
        };
        let channel = arguments["channel"]
            .as_str()
            .filter(|_| call == "chat.postMessage");
        let recent = self.methods.entry(call.to_owned()).or_default();
        while recent.front().is_some_and(|first| first + MINUTE <= at) {
            recent.pop_front();
        }
        let free_at = if recent.len() < per_minute {
            at
        } else {
            recent[0] + MINUTE
        };
        let booked_to = channel
            .and_then(|channel| self.channels.get(channel))
            .map_or(at, |booked| at.max(*booked));
        let channel_free_at = (booked_to + SECOND).saturating_sub(CHANNEL_BURST * SECOND);
        let wait = free_at.max(channel_free_at).saturating_sub(at);
        if wait > 0 {
            self.refused += 1;
            return Some(u32::try_from(wait.div_ceil(SECOND)).unwrap_or(u32::MAX));
        }
        recent.push_back(at);
        if let Some(channel) = channel {
            self.channels.insert(channel.to_owned(), booked_to + SECOND);
        }
        None
    }
}
