//! The audit trail as stored: the payload exactly as it was hashed, and one head.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::audit::chain::{Hash, Head};
use crate::audit::event::Event;
use crate::audit::verify::Link;

use super::Store;
use super::entities::{audit_event, audit_head, audit_post};
use super::error::StoreError;
use super::next_post::Expected;
use super::read::Read;

/// The one row of the head.
const HEAD: i64 = 1;

/// An event and its place in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvent {
    pub seq: u64,
    pub hash: Hash,
    pub event: Event,
}

/// Queries about what happened.
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
    /// When the last event happened; the epoch before the first.
    pub async fn last_event_at(&self) -> Result<Timestamp, StoreError> {
        Ok(Timestamp::from_micros(head_row(self.reader()).await?.at))
    }

    /// The last event about a start or a stop, if there is one.
    pub async fn last_run(&self) -> Result<Option<StoredEvent>, StoreError> {
        let row = audit_event::Entity::find()
            .filter(audit_event::Column::RequestId.is_null())
            .filter(audit_event::Column::Kind.is_in(["started", "stopped"]))
            .order_by_desc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        row.map(StoredEvent::try_from).transpose()
    }

    /// The present head of the trail.
    pub async fn head(&self) -> Result<Head, StoreError> {
        head_row(self.reader()).await?.head()
    }
}

/// Adds `events`, at least one, to the trail and moves the head; called only by [`super::Tx::seal`]. A single event begins its
/// own post if it is the expected one; for several events the poster begins it.
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
        [event] if event.what.is_posted() => expected.row(head.seq + 1, event.at),
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
