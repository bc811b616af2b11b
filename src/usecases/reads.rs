//! Reads of others' data, in the trail: each reader, page and hour once.
//!
//! Invariant: a read is in the trail before anything is shown. However much somebody reads, a process writes at most [`NAMED`]
//! events and one more an hour for each kind of page.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use parking_lot::Mutex;

use super::Core;
use crate::access::ids::PersonId;
use crate::access::time::{Timestamp, micros_of};
use crate::audit::day::ReaderOfDay;
use crate::audit::event::{Actor, Event, Origin, What};
use crate::audit::read::{About, Page, Read};
use crate::store::{ReadNote, StoreError};

/// How many requests, people or resources of an hour are named for one reader. The next event stands for all others.
const NAMED: usize = 20;

const HOUR: Duration = Duration::from_hours(1);

/// How many readers a daily line names.
const READERS: usize = 8;

/// How many events are read at once for it.
const AT_ONCE: u64 = 1_000;

/// What this process knows to be in the trail.
#[derive(Debug, Default)]
pub struct Reads {
    known: Mutex<Known>,
    /// One after the other: many pages that are opened at once cannot pass the limit together.
    writing: tokio::sync::Mutex<()>,
}

/// The reads of one hour. An empty text stands for the page, whatever it is about.
#[derive(Debug, Default)]
struct Known {
    hour: Option<Timestamp>,
    reads: HashSet<(PersonId, Page, String)>,
}

impl Reads {
    fn has(&self, note: ReadNote<'_>, about: &str) -> bool {
        let known = self.known.lock();
        let has = |about: &str| {
            let read = (note.person.clone(), note.page, about.to_owned());
            known.reads.contains(&read)
        };
        known.hour == Some(note.hour) && (has(about) || has(""))
    }

    fn learn(&self, note: ReadNote<'_>, about: String) {
        let mut known = self.known.lock();
        if known.hour != Some(note.hour) {
            known.hour = Some(note.hour);
            known.reads.clear();
        }
        known.reads.insert((note.person.clone(), note.page, about));
    }
}

/// Records that `person` is about to read this page, unless the trail has it for this hour.
pub(super) async fn record(
    core: &Core,
    person: &PersonId,
    page: Page,
    about: Option<About>,
    origin: Origin,
) -> Result<(), StoreError> {
    let now = core.now();
    let hour = hour_of(now);
    let note = ReadNote { hour, person, page };
    let key = about.as_ref().map_or_else(String::new, About::key);
    if core.reads.has(note, &key) {
        return Ok(());
    }
    let _turn = core.reads.writing.lock().await;
    if core.reads.has(note, &key) {
        return Ok(());
    }
    let mut tx = core.store.write().await?;
    let noted = tx.noted_reads(note).await?;
    let is_noted = |key: &str| noted.iter().any(|noted| noted == key);
    let is_one_more = is_noted("") || (noted.len() >= NAMED && !is_noted(&key));
    let (key, about) = if is_one_more {
        (String::new(), None)
    } else {
        (key, about)
    };
    // If another process was faster, its commit is over.
    if !is_noted(&key) && tx.note_read(note, &key).await? {
        let what = What::Read(Read { page, about, hour });
        let event = Event::new(now, core.install.clone(), origin, None, what);
        tx.seal(vec![event]).await?;
    }
    core.reads.learn(note, key);
    Ok(())
}

fn hour_of(now: Timestamp) -> Timestamp {
    let hour = micros_of(HOUR);
    Timestamp::from_micros(now.micros().div_euclid(hour) * hour)
}

/// Forgets which reads of past hours are in the trail. Another process's clock may be a little behind.
pub async fn forget_old(core: &Core) -> Result<(), StoreError> {
    let before = hour_of(core.now()).minus(HOUR);
    if !core.store.has_read_notes(before).await? {
        return Ok(());
    }
    let mut tx = core.store.write().await?;
    tx.prune_read_notes(before).await?;
    tx.seal(Vec::new()).await
}

/// Who read what according to the events after `seq`, up to `last`: those who read most, and how many others did.
pub(super) async fn of_day(core: &Core, seq: u64, last: u64) -> Result<(Vec<ReaderOfDay>, u64), StoreError> {
    let mut readers: BTreeMap<PersonId, ReaderOfDay> = BTreeMap::new();
    let mut seen = seq;
    while let Some((events, until)) = core.store.reads_after(seen, last, AT_ONCE).await? {
        seen = until;
        for event in events {
            let (Actor::Person(person), What::Read(read)) = (event.actor, event.what) else {
                continue;
            };
            let reader = readers.entry(person.id.clone()).or_insert_with(|| ReaderOfDay {
                person,
                pages: BTreeMap::new(),
            });
            *reader.pages.entry(read.page).or_default() += 1;
        }
    }
    let mut readers: Vec<ReaderOfDay> = readers.into_values().collect();
    readers.sort_by_key(|reader| std::cmp::Reverse(reader.pages.values().sum::<u64>()));
    let others = readers.len().saturating_sub(READERS) as u64;
    readers.truncate(READERS);
    Ok((readers, others))
}
