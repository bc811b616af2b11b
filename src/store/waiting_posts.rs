//! What the audit channel does not show yet: events after the cursor, each with the post that was begun for it, if any.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

use super::Store;
use super::audit::{StoredEvent, read_seq, stored_event, stored_seq};
use super::audit_posts::{BegunPost, begun_of};
use super::error::StoreError;

/// Events that are not known to be posted, in order.
#[derive(Clone, Debug)]
pub struct WaitingPosts {
    /// The last event before these.
    pub cursor: u64,
    /// The last event of the trail.
    pub head: u64,
    /// The post of the first one, if it was begun.
    pub begun: Option<BegunPost>,
    events: Vec<StoredEvent>,
    /// Those whose posts were begun.
    begun_events: Vec<u64>,
}

impl WaitingPosts {
    /// The events that this post, the next one, covers.
    pub fn of(&self, post: &BegunPost) -> &[StoredEvent] {
        let covered = usize::try_from(post.last.saturating_sub(self.cursor)).unwrap_or(usize::MAX);
        &self.events[..covered.min(self.events.len())]
    }

    /// The first ones, up to the next event whose post was begun.
    pub fn unbegun(&self) -> &[StoredEvent] {
        let begun = |stored: &StoredEvent| self.begun_events.contains(&stored.seq);
        let end = self.events.iter().position(begun);
        &self.events[..end.unwrap_or(self.events.len())]
    }

    /// The last of the first ones that get no post, if there are any.
    pub fn unposted_until(&self) -> Option<u64> {
        let unposted = self
            .events
            .iter()
            .take_while(|stored| !stored.event.what.is_posted());
        unposted.last().map(|stored| stored.seq)
    }

    /// The last event whose post may have been tried.
    pub fn last_begun(&self) -> u64 {
        self.begun_events.last().copied().unwrap_or(self.cursor)
    }
}

/// A waiting event, with its begun post, if any.
#[derive(FromQueryResult)]
struct Waiting {
    seq: i64,
    hash: String,
    payload: String,
    channel: Option<String>,
    first_attempt_at: Option<i64>,
    posted_at: Option<i64>,
    head: i64,
}

impl Store {
    /// Up to `limit` events after `cursor` (the last posted one), with their begun posts; `None` if none is waiting.
    ///
    /// [`StoreError::Conflict`] if the cursor is somewhere else.
    pub async fn waiting_posts(&self, cursor: u64, limit: u64) -> Result<Option<WaitingPosts>, StoreError> {
        let sql = "SELECT event.seq, event.hash, event.payload, post.channel, post.first_attempt_at, post.posted_at,
                     (SELECT seq FROM audit_head) AS head
                   FROM audit_event event LEFT JOIN audit_post post ON post.seq = event.seq
                   WHERE event.seq > $1 ORDER BY event.seq LIMIT $2";
        let db = self.reader();
        let values = [stored_seq(cursor).into(), stored_seq(limit).into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let rows = Waiting::find_by_statement(statement).all(db).await?;
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if rows.iter().any(|row| row.posted_at.is_some()) {
            return Err(StoreError::Conflict);
        }
        let head = read_seq("audit_head", first.head)?;
        let begun = begun_of(rows.iter().map_while(Waiting::begun))?;
        let begun_events = rows.iter().filter(|row| row.first_attempt_at.is_some());
        let begun_events: Result<_, _> = begun_events.map(|row| read_seq("audit_post", row.seq)).collect();
        let events: Result<_, _> = rows.into_iter().map(StoredEvent::try_from).collect();
        Ok(Some(WaitingPosts {
            cursor,
            head,
            begun,
            events: events?,
            begun_events: begun_events?,
        }))
    }
}

impl Waiting {
    fn begun(&self) -> Option<(i64, String, i64)> {
        Some((self.seq, self.channel.clone()?, self.first_attempt_at?))
    }
}

impl TryFrom<Waiting> for StoredEvent {
    type Error = StoreError;

    fn try_from(row: Waiting) -> Result<Self, StoreError> {
        let Waiting {
            seq, hash, payload, ..
        } = row;
        stored_event(seq, &hash, payload)
    }
}
