//! The audit trail as stored: the payload exactly as it was hashed, and one head.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::audit::chain::{Hash, Head};
use crate::audit::event::Event;
use crate::audit::verify::{Link, Misfit, Verifier};

use super::Store;
use super::entities::{audit_event, audit_head, audit_post};
use super::error::StoreError;
use super::next_post::Expected;
use super::page::{Page, Paged};
use super::read::Read;

/// The one row of the head.
const HEAD: i64 = 1;

/// Links read at once when the whole trail is verified.
const VERIFY_PAGE: u64 = 1_000;

/// An event in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: u64,
    pub hash: Hash,
    pub event: Event,
}

/// Questions about what happened.
pub trait ReadEvents: Read {
    /// What happened to a request, oldest first.
    async fn events_of(&self, request: &RequestId) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::RequestId.eq(request.as_str()))
            .order_by_asc(audit_event::Column::Seq)
            .all(self.connection())
            .await?;
        rows.into_iter().map(StoredEvent::try_from).collect()
    }
}

impl<T: Read> ReadEvents for T {}

impl Store {
    /// What happened to a request by pages, the latest first.
    pub async fn history_of(
        &self,
        request: &RequestId,
        page: Page,
        limit: u64,
    ) -> Result<Paged<StoredEvent>, StoreError> {
        let found = audit_event::Entity::find().filter(audit_event::Column::RequestId.eq(request.as_str()));
        let rows = page
            .of(found, audit_event::Column::Seq, limit)
            .all(self.reader())
            .await?;
        let events: Result<Vec<_>, _> = rows.into_iter().map(StoredEvent::try_from).collect();
        Ok(page.cut(events?, limit))
    }

    /// When the last event happened; the epoch before the first.
    pub async fn last_event_at(&self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(head_row(self.reader()).await?.at))
    }

    /// Up to `limit` events that come after `seq`, in order.
    pub async fn events_after(&self, seq: u64, limit: u64) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = self.rows_after(seq, limit).await?;
        rows.into_iter().map(StoredEvent::try_from).collect()
    }

    /// The same, as the verifier takes them: their payloads are not read.
    pub async fn links_after(&self, seq: u64, limit: u64) -> Result<Vec<Link>, StoreError> {
        let rows = self.rows_after(seq, limit).await?;
        rows.into_iter().map(Link::try_from).collect()
    }

    /// Where the trail stands.
    pub async fn head(&self) -> Result<Head, StoreError> {
        head_row(self.reader()).await?.head()
    }

    /// Checks the trail from its first event to the head; the inner error names the first event that does not fit.
    ///
    /// Events that are appended meanwhile are not verified: the head is read first, and the trail only up to it.
    pub async fn audit_verify(&self) -> Result<Result<Head, Misfit>, StoreError> {
        let head = self.head().await?;
        let mut verifier = Verifier::default();
        let mut seen = 0;
        loop {
            let links = self.links_after(seen, VERIFY_PAGE).await?;
            let Some(last) = links.last() else { break };
            seen = last.seq;
            for link in links.iter().filter(|link| link.seq <= head.seq) {
                if let Err(misfit) = verifier.take(link) {
                    return Ok(Err(misfit));
                }
            }
            if seen >= head.seq {
                break;
            }
        }
        if let Err(misfit) = verifier.finish(head) {
            return Ok(Err(misfit));
        }
        // In this order, because an event and the head that names it are committed together.
        let last = self.last_seq().await?;
        let now = self.head().await?;
        if last > now.seq {
            return Ok(Err(Misfit::Head { last, head: now.seq }));
        }
        Ok(Ok(head))
    }

    async fn last_seq(&self) -> Result<u64, StoreError> {
        let last = audit_event::Entity::find()
            .order_by_desc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        last.map_or(Ok(0), |row| read_seq("audit_event", row.seq))
    }

    async fn rows_after(&self, seq: u64, limit: u64) -> Result<Vec<audit_event::Model>, StoreError> {
        let rows = audit_event::Entity::find()
            .filter(audit_event::Column::Seq.gt(stored_seq(seq)))
            .order_by_asc(audit_event::Column::Seq)
            .limit(limit)
            .all(self.reader())
            .await?;
        Ok(rows)
    }
}

/// Adds `events`, at least one, to the trail and moves the head; called by [`super::Tx::seal`] alone. One that comes alone begins
/// its post if it is the one that is expected; a run of them is the poster's to begin.
pub(super) async fn append(
    db: &impl ConnectionTrait,
    events: Vec<Event>,
    expected: &Expected,
) -> Result<Head, StoreError> {
    let locked = audit_head::Entity::find_by_id(HEAD)
        .lock_exclusive()
        .one(db)
        .await?;
    let before = locked.ok_or_else(|| StoreError::not_found("audit_head", HEAD))?;
    let mut head = before.head()?;
    let mut at = Timestamp::from_micros(before.at);
    let begun = match events.as_slice() {
        [event] => expected.row(head.seq + 1, event.at),
        _ => None,
    };
    let mut rows = Vec::with_capacity(events.len());
    for mut event in events {
        at = at.max(event.at);
        event.at = at;
        let payload = event.canonical();
        head = head.after(payload.as_bytes());
        rows.push(audit_event::ActiveModel {
            seq: Set(stored_seq(head.seq)),
            hash: Set(head.hash.to_string()),
            payload: Set(payload),
            at: Set(at.micros()),
            kind: Set(event.what.name().to_owned()),
            request_id: Set(event.request.map(|request| request.id.to_string())),
        });
    }
    audit_event::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    if let Some(begun) = begun {
        audit_post::Entity::insert(begun)
            .exec_without_returning(db)
            .await?;
    }
    let after = audit_head::ActiveModel {
        seq: Set(stored_seq(head.seq)),
        hash: Set(head.hash.to_string()),
        at: Set(at.micros()),
        ..Default::default()
    };
    audit_head::Entity::update_many()
        .set(after)
        .filter(audit_head::Column::Id.eq(HEAD))
        .exec(db)
        .await?;
    Ok(head)
}

async fn head_row(db: &impl ConnectionTrait) -> Result<audit_head::Model, StoreError> {
    let row = audit_head::Entity::find_by_id(HEAD).one(db).await?;
    row.ok_or_else(|| StoreError::not_found("audit_head", HEAD))
}

pub(super) fn stored_seq(seq: u64) -> i64 {
    i64::try_from(seq).expect("a trail has fewer than 2^63 events")
}

impl audit_head::Model {
    fn head(&self) -> Result<Head, StoreError> {
        let hash = self
            .hash
            .parse()
            .map_err(|error| StoreError::inconsistent("audit_head", HEAD, error))?;
        Ok(Head {
            seq: read_seq("audit_head", self.seq)?,
            hash,
        })
    }
}

fn link(seq: i64, hash: &str, payload: String) -> Result<Link, StoreError> {
    let hash = hash
        .parse()
        .map_err(|error| StoreError::inconsistent("audit_event", seq, error))?;
    Ok(Link {
        seq: read_seq("audit_event", seq)?,
        hash,
        payload,
    })
}

pub(super) fn stored_event(seq: i64, hash: &str, payload: String) -> Result<StoredEvent, StoreError> {
    let Link { seq, hash, payload } = link(seq, hash, payload)?;
    let event = Event::from_canonical(&payload)
        .map_err(|error| StoreError::inconsistent("audit_event", seq, error))?;
    Ok(StoredEvent { seq, hash, event })
}

impl TryFrom<audit_event::Model> for Link {
    type Error = StoreError;

    fn try_from(row: audit_event::Model) -> Result<Self, StoreError> {
        link(row.seq, &row.hash, row.payload)
    }
}

impl TryFrom<audit_event::Model> for StoredEvent {
    type Error = StoreError;

    fn try_from(row: audit_event::Model) -> Result<Self, StoreError> {
        stored_event(row.seq, &row.hash, row.payload)
    }
}

pub(super) fn read_seq(table: &'static str, seq: i64) -> Result<u64, StoreError> {
    u64::try_from(seq).map_err(|_| StoreError::inconsistent(table, seq, "a negative number"))
}
