//! Feeds one sink: reads what comes next in the trail, hands it over, and remembers how far the sink got.
//!
//! Invariant: the place moves only after the sink has taken everything before it, and only if nobody else moved it meanwhile. What
//! a crash leaves between the two is delivered again.

use std::collections::BTreeMap;

use crate::access::ids::TextId;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::sink::ToSink;
use crate::audit::verify::Link;
use crate::sinks::{Fault, Most, Record, Sink, SinkConfig, Taken};
use crate::store::{Store, StoreError};
use crate::telling::told;
use crate::usecases::Core;

/// Events read at a time if not all of them are wanted.
const LOOK_AHEAD: usize = 1_000;

/// After this many events in a row that were refused even alone, it is not the events.
const REFUSED_IN_A_ROW: u32 = 3;

/// What one look at the trail came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// There may be more.
    Moved,
    /// Nothing waits; or what waits may wait for more until then.
    Waits(Option<Timestamp>),
}

/// Why it did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Stuck {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sink(#[from] Fault),
}

/// What is remembered of a sink while it is fed.
#[derive(Debug, Default)]
pub struct Feed {
    /// As stored, once it was read: a restart is no reason to set more events aside.
    refused_in_a_row: Option<u32>,
    /// Batches are no larger, since a larger one was refused.
    at_most: Option<usize>,
}

impl Feed {
    /// Hands over the next batch.
    pub async fn next(
        &mut self,
        core: &Core,
        config: &SinkConfig,
        sink: &mut dyn Sink,
    ) -> Result<Step, Stuck> {
        let most = config.settings.most();
        let place = core.store.sink_place(&config.name).await?;
        let ahead = if config.wanted.is_everything() {
            most.records
        } else {
            LOOK_AHEAD.max(most.records)
        };
        let links = core.store.links_after(place, ahead as u64).await?;
        let Some(last) = links.last().map(|link| link.seq) else {
            return Ok(Step::Waits(None));
        };
        let is_all_there_is = links.len() < ahead;
        let wanted = read(links, |event| config.wanted.lets_through(event))?;
        let batch = cut(wanted, &most, self.at_most);
        let Some(first) = batch.records.first() else {
            core.store.move_sink(&config.name, place, last).await?;
            return Ok(Step::Moved);
        };
        let ripe = first.event.at.plus(most.wait);
        if is_all_there_is && !batch.is_full && core.now() < ripe {
            return Ok(Step::Waits(Some(ripe)));
        }
        let whole = with_words(&core.store, config, batch.records).await?;
        // What people wrote makes them larger.
        let Batch { records, is_full } = cut(whole, &most, None);
        let to = if batch.is_full || is_full {
            records.last().map_or(last, |record| record.seq)
        } else {
            last
        };
        match sink.deliver(&records, core.now()).await {
            Ok(_) => {
                if self.refusals(core, config).await? > 0 {
                    core.store.forget_sink_refusals(&config.name).await?;
                }
                *self = Self {
                    refused_in_a_row: Some(0),
                    at_most: None,
                };
                core.counted
                    .to_sinks
                    .add_all([("sink", &config.name)], records.len() as u64);
                core.store.move_sink(&config.name, place, to).await?;
                Ok(Step::Moved)
            }
            Err(Fault::Refused { why }) => self.refused(core, config, place, &records, why).await,
            Err(fault) => Err(fault.into()),
        }
    }

    /// A smaller batch is tried next; a record that was alone is set aside.
    async fn refused(
        &mut self,
        core: &Core,
        config: &SinkConfig,
        place: u64,
        records: &[Record],
        why: String,
    ) -> Result<Step, Stuck> {
        if let [alone] = records {
            let count = self.refusals(core, config).await? + 1;
            if count > REFUSED_IN_A_ROW {
                let why = format!("{why} to one event after the other");
                return Err(Fault::Held { why }.into());
            }
            set_aside(core, config, (place, count), alone, why).await?;
            self.refused_in_a_row = Some(count);
        } else {
            self.at_most = Some(records.len() / 2);
        }
        Ok(Step::Moved)
    }

    /// How many it has refused, each alone, since it last took any.
    async fn refusals(&mut self, core: &Core, config: &SinkConfig) -> Result<u32, StoreError> {
        let count = match self.refused_in_a_row {
            Some(count) => count,
            None => core.store.sink_refusals(&config.name).await?,
        };
        self.refused_in_a_row = Some(count);
        Ok(count)
    }
}

/// Sends one event, whatever the sink wants.
pub async fn send_one(
    store: &Store,
    config: &SinkConfig,
    sink: &mut dyn Sink,
    seq: u64,
    now: Timestamp,
) -> Result<Taken, Stuck> {
    let links = store.links_after(seq - 1, 1).await?;
    let records = with_words(store, config, read(links, |_| true)?).await?;
    Ok(sink.deliver(&records, now).await?)
}

/// The events of `links` that are wanted, without what people wrote.
fn read(links: Vec<Link>, is_wanted: impl Fn(&Event) -> bool) -> Result<Vec<Record>, StoreError> {
    let mut records = Vec::with_capacity(links.len());
    for link in links {
        let event = Event::from_canonical(&link.payload).map_err(|error| StoreError::Inconsistent {
            table: "audit_event",
            id: link.seq.to_string(),
            what: error.to_string(),
        })?;
        if !is_wanted(&event) {
            continue;
        }
        let told = told(&event);
        let message = format!("{} {}", told.word, told.headline.plain());
        records.push(Record {
            seq: link.seq,
            hash: link.hash,
            message,
            event,
            payload: link.payload,
            words: BTreeMap::new(),
        });
    }
    Ok(records)
}

struct Batch {
    records: Vec<Record>,
    /// More was there than it takes.
    is_full: bool,
}

/// As many of them as the sink takes, at least one.
fn cut(mut records: Vec<Record>, most: &Most, at_most: Option<usize>) -> Batch {
    let mut bytes = 0;
    let fits = records.iter().take_while(|record| {
        bytes += record.size();
        bytes <= most.bytes
    });
    let count = fits
        .count()
        .max(1)
        .min(most.records)
        .min(at_most.unwrap_or(usize::MAX).max(1));
    let is_full = count < records.len();
    records.truncate(count);
    Batch { records, is_full }
}

/// With what people wrote, if the sink gets that.
async fn with_words(
    store: &Store,
    config: &SinkConfig,
    mut records: Vec<Record>,
) -> Result<Vec<Record>, StoreError> {
    if !config.words {
        return Ok(records);
    }
    let ids: Vec<Option<TextId>> = records
        .iter()
        .map(|record| told(&record.event).words.cloned())
        .collect();
    let wanted: Vec<TextId> = ids.iter().flatten().cloned().collect();
    if wanted.is_empty() {
        return Ok(records);
    }
    let bodies = store.words(&wanted).await?;
    for (record, id) in records.iter_mut().zip(ids) {
        let body = id.and_then(|id| bodies.get(&id).cloned().map(|body| (id, body)));
        record.words.extend(body);
    }
    Ok(records)
}

/// Goes on without the event, and says so in the trail; unless the event itself says that of this sink, or there would be no end
/// of it. `count` is how many it has refused in a row, with this one.
async fn set_aside(
    core: &Core,
    config: &SinkConfig,
    (place, count): (u64, u32),
    record: &Record,
    said: String,
) -> Result<(), StoreError> {
    let (sink, seq) = (config.name.clone(), record.seq);
    tracing::error!(%sink, seq, %said, "an event was refused by a sink, which goes on without it");
    let mut tx = core.store.write().await?;
    if !tx.move_sink(&sink, place, seq).await? {
        return Ok(());
    }
    tx.put_sink_refusals(&sink, count).await?;
    let is_about_itself = match &record.event.what {
        What::ToSink(ToSink::SetAside { sink: about, .. }) => *about == sink,
        _ => false,
    };
    let origin = Origin {
        via: Via::Worker,
        cause: format!("sink:{sink}"),
        actor: Actor::Apono,
    };
    let what = What::ToSink(ToSink::SetAside { sink, seq, said });
    let event = Event::new(core.now(), core.install.clone(), origin, None, what);
    tx.seal(if is_about_itself { Vec::new() } else { vec![event] })
        .await
}
