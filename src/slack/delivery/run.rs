//! One run of a request's job: the context that all of its steps share.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream;

use crate::access::time::Timestamp;
use crate::slack::handlers::Bot;
use crate::store::{Job, Message};
use crate::usecases::delivered::Delivered;
use crate::usecases::look::RequestView;

/// How many calls of a run are in flight at once.
const AT_ONCE: usize = 4;

/// For how long a run begins posts: the last one has to finish before the run's lease runs out.
const BEGINS_FOR: Duration = Duration::from_secs(15);

/// One run of a request's job.
pub(super) struct Run<'a> {
    pub(super) bot: &'a Bot,
    pub(super) job: &'a Job,
    pub(super) view: &'a RequestView,
    /// Every message of the request, as they were when it began.
    pub(super) messages: &'a [Message],
    /// The ids of those that were committed as being sent when the job was created, and were not tried yet.
    pub(super) begun_before: BTreeSet<String>,
    /// By the machine's clock: how much of the lease is used up.
    pub(super) begun: Instant,
    /// By the bot's clock: what is due, and when it is retried.
    pub(super) begun_at: Timestamp,
}

impl Run<'_> {
    pub(super) fn has_time(&self) -> bool {
        self.begun.elapsed() < BEGINS_FOR
    }

    /// Messages that were begun with the job and are not due yet: when they are, there is nothing to look for.
    pub(super) fn not_tried(&self, delivered: &Delivered) -> Vec<Message> {
        let kept = delivered.messages.iter();
        let refused = delivered.refused.iter().map(|refused| &refused.card);
        let tried: BTreeSet<&str> = kept.chain(refused).map(|message| message.id.as_str()).collect();
        let begun = self
            .messages
            .iter()
            .filter(|message| self.begun_before.contains(&message.id));
        begun
            .filter(|message| !tried.contains(message.id.as_str()))
            .cloned()
            .collect()
    }
}

/// The results of `calls`, with a few in flight at a time.
pub(super) async fn at_once<'a, T>(calls: impl Iterator<Item = BoxFuture<'a, T>>) -> Vec<T> {
    let calls: Vec<_> = calls.collect();
    stream::iter(calls).buffer_unordered(AT_ONCE).collect().await
}

pub(super) fn boxed<'a, T>(call: impl Future<Output = T> + Send + 'a) -> BoxFuture<'a, T> {
    Box::pin(call)
}
