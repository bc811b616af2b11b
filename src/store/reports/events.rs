//! The trail as a list: events that a filter lets through, newest first, page by page.
//!
//! Invariant: a page looks through a bounded part of the trail, however rare what it looks for is. It says where the next one
//! begins.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::access::reader::Reader;
use crate::audit::wanted::WantedEvents;

use super::super::Store;
use super::super::audit::{StoredEvent, read_seq, stored_seq};
use super::super::entities::audit_event;
use super::super::error::StoreError;
use super::page::Page;

/// How many events one page looks through at most.
pub const LOOKED_THROUGH: u64 = 20_000;

/// How many are read at first; few are needed if nearly all are wanted.
const FIRST_PART: u64 = 128;

/// How many are read at once at most.
const LARGEST_PART: u64 = 1_000;

/// An event of the list.
#[derive(Clone, Debug)]
pub enum Listed {
    Read(Box<StoredEvent>),
    /// Its payload was changed, or a newer version wrote it. No filter but that of kinds can say anything about it.
    Unreadable {
        seq: u64,
        /// As stored, so it may be anything; empty if not even that can be read.
        hash: String,
    },
}

/// A page of events, newest first.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pub items: Vec<Listed>,
    /// The page above consists of events after this one.
    pub newer: Option<u64>,
    /// The page below consists of events before this one.
    pub older: Option<u64>,
}

/// What is still to be looked through, both ends included.
#[derive(Clone, Copy)]
struct Rest {
    low: u64,
    high: u64,
    upwards: bool,
}

impl Store {
    /// At most `limit` events that the filter lets through; none for a reader who may not read everything.
    pub async fn events_like(
        &self,
        reader: &Reader,
        wanted: &WantedEvents,
        page: Page,
        limit: usize,
    ) -> Result<Events, StoreError> {
        if !reader.reads_all() {
            return Ok(Events::default());
        }
        let first = match wanted.time.from {
            Some(from) => self.last_event_before(from).await? + 1,
            None => 1,
        };
        let last = match wanted.time.to {
            Some(to) => self.last_event_before(to).await?,
            None => self.head().await?.seq,
        };
        let key = |key: i64| u64::try_from(key).unwrap_or(0);
        let (mut rest, mut events) = match page {
            Page::First => (Rest::down(first, last), Events::default()),
            Page::Before(before) => {
                let above = key(before).saturating_sub(1);
                let newer = (above < last).then_some(above);
                (
                    Rest::down(first, last.min(above)),
                    Events {
                        newer,
                        ..Events::default()
                    },
                )
            }
            Page::After(after) => {
                let below = key(after).saturating_add(1);
                let older = (below > first).then_some(below);
                let rest = Rest {
                    low: first.max(below),
                    high: last,
                    upwards: true,
                };
                (
                    rest,
                    Events {
                        older,
                        ..Events::default()
                    },
                )
            }
        };
        let (mut looked, mut part) = (0, FIRST_PART);
        while !rest.is_empty() && looked < LOOKED_THROUGH && events.items.len() < limit {
            let now = rest.take(part);
            let found = self.events_between(now, wanted.name.as_deref()).await?;
            events
                .items
                .extend(found.into_iter().filter(|listed| listed.is_wanted(wanted)));
            if events.items.len() > limit {
                events.items.truncate(limit);
                let last = events.items.last().map_or(0, Listed::seq);
                rest.give_back_to(last);
            }
            looked += part;
            part = (part * 2).min(LARGEST_PART);
        }
        if rest.upwards {
            events.items.reverse();
            events.newer = (!rest.is_empty()).then(|| rest.low - 1);
        } else {
            events.older = (!rest.is_empty()).then(|| rest.high + 1);
        }
        Ok(events)
    }

    async fn events_between(&self, rest: Rest, name: Option<&str>) -> Result<Vec<Listed>, StoreError> {
        let seq = audit_event::Column::Seq;
        let mut found = audit_event::Entity::find()
            .filter(seq.gte(stored_seq(rest.low)))
            .filter(seq.lte(stored_seq(rest.high)));
        if let Some(name) = name {
            found = found.filter(audit_event::Column::Kind.eq(name));
        }
        let found = if rest.upwards {
            found.order_by_asc(seq)
        } else {
            found.order_by_desc(seq)
        };
        match found.clone().all(self.reader()).await {
            Ok(rows) => rows.into_iter().map(Listed::of).collect(),
            Err(_) => self.each_of(found).await,
        }
    }

    /// The same one by one: somebody may have put something into the database that is not even text.
    async fn each_of(&self, found: Select<audit_event::Entity>) -> Result<Vec<Listed>, StoreError> {
        let seqs: Vec<i64> = found
            .select_only()
            .column(audit_event::Column::Seq)
            .into_tuple()
            .all(self.reader())
            .await?;
        let mut each = Vec::new();
        for seq in seqs {
            match audit_event::Entity::find_by_id(seq).one(self.reader()).await {
                Ok(row) => each.extend(row.map(Listed::of).transpose()?),
                Err(error) => {
                    tracing::debug!(%error, seq, "an event cannot be read");
                    let hash = audit_event::Entity::find_by_id(seq)
                        .select_only()
                        .column(audit_event::Column::Hash)
                        .into_tuple()
                        .one(self.reader());
                    each.push(Listed::Unreadable {
                        seq: read_seq("audit_event", seq)?,
                        hash: hash.await.ok().flatten().unwrap_or_default(),
                    });
                }
            }
        }
        Ok(each)
    }
}

impl Listed {
    fn of(row: audit_event::Model) -> Result<Self, StoreError> {
        let (seq, hash) = (row.seq, row.hash.clone());
        match StoredEvent::try_from(row) {
            Ok(stored) => Ok(Self::Read(Box::new(stored))),
            Err(_) => Ok(Self::Unreadable {
                seq: read_seq("audit_event", seq)?,
                hash,
            }),
        }
    }

    /// Its place in the trail.
    pub fn seq(&self) -> u64 {
        match self {
            Self::Read(stored) => stored.seq,
            Self::Unreadable { seq, .. } => *seq,
        }
    }

    fn is_wanted(&self, wanted: &WantedEvents) -> bool {
        match self {
            Self::Read(stored) => wanted.let_through(&stored.event),
            Self::Unreadable { .. } => true,
        }
    }
}

impl Rest {
    const fn down(low: u64, high: u64) -> Self {
        Self {
            low,
            high,
            upwards: false,
        }
    }

    const fn is_empty(self) -> bool {
        self.low > self.high
    }

    /// The next `count` of it.
    fn take(&mut self, count: u64) -> Self {
        let mut taken = *self;
        if self.upwards {
            taken.high = self.high.min(self.low + count - 1);
            self.low = taken.high + 1;
        } else {
            taken.low = self.low.max((self.high + 1).saturating_sub(count));
            self.high = taken.low.saturating_sub(1);
        }
        taken
    }

    /// What comes after `seq` was taken for nothing.
    const fn give_back_to(&mut self, seq: u64) {
        if self.upwards {
            self.low = seq + 1;
        } else {
            self.high = seq.saturating_sub(1);
        }
    }
}
