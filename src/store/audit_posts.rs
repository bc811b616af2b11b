//! How far the audit channel has come: a cursor over the trail that only ever moves to the next event, or to the last of a
//! run of events that share one post.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;

use super::audit::{read_seq, stored_seq};
use super::entities::{audit_event, audit_post};
use super::error::StoreError;
use super::{Store, Tx};

/// The post of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPost {
    pub seq: u64,
    pub channel: String,
    /// When it was first tried: a post that was tried before may be there, and is looked for.
    pub first_attempt_at: Timestamp,
    /// Slack's name for it, once it is known to be there.
    pub ts: Option<String>,
    pub posted_at: Option<Timestamp>,
}

/// One post that is about to be made, of one event or of a run of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunPost {
    pub first: u64,
    pub last: u64,
    /// When it was first tried: a post that was tried before may be there, and is looked for.
    pub first_attempt_at: Timestamp,
    /// This call began it; nothing can have been posted yet.
    pub fresh: bool,
}

impl Store {
    /// The last event that is known to be posted; 0 before the first.
    pub async fn audit_cursor(&self) -> Result<u64, StoreError> {
        Ok(self.last_audit_post().await?.map_or(0, |post| post.seq))
    }

    /// When the oldest event happened that is not known to be posted; `None` if all are.
    pub async fn oldest_unposted(&self) -> Result<Option<Timestamp>, StoreError> {
        let next = audit_event::Entity::find_by_id(stored_seq(self.audit_cursor().await? + 1))
            .one(self.reader())
            .await?;
        Ok(next.map(|event| Timestamp::from_micros(event.at)))
    }

    /// Commits that one post of the events from `first` to `last` is about to be tried. What was begun before and is not
    /// known to be there stands instead, with its own events: it is looked for by what it says.
    pub async fn begin_audit_posts(
        &self,
        first: u64,
        last: u64,
        channel: &str,
        now: Timestamp,
    ) -> Result<BegunPost, StoreError> {
        let tx = self.write().await?;
        let begun = unfinished(tx.db()).await?;
        if let Some(begun) = begun {
            return Ok(begun);
        }
        let rows = (first..=last).map(|seq| audit_post::ActiveModel {
            seq: Set(stored_seq(seq)),
            first_attempt_at: Set(now.micros()),
            channel: Set(channel.to_owned()),
            ..Default::default()
        });
        audit_post::Entity::insert_many(rows)
            .exec_without_returning(tx.db())
            .await?;
        tx.commit().await?;
        Ok(BegunPost {
            first,
            last,
            first_attempt_at: now,
            fresh: true,
        })
    }

    /// A post that was begun and is not known to be there.
    pub async fn begun_audit_post(&self) -> Result<Option<BegunPost>, StoreError> {
        unfinished(self.reader()).await
    }

    /// The post was tried and is known not to be there: its next try is the first again.
    pub async fn forget_audit_post(&self, begun: &BegunPost) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "DELETE FROM audit_post WHERE seq >= $1 AND seq <= $2 AND posted_at IS NULL";
        tx.execute(sql, begun.range()).await?;
        tx.commit().await
    }

    /// The post is there: the cursor moves to its last event.
    ///
    /// [`StoreError::Conflict`] if its first is not the one after the cursor, or if it was never begun.
    pub async fn finish_audit_post(
        &self,
        begun: &BegunPost,
        ts: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.finish_audit_post(begun, ts, now).await?;
        tx.commit().await
    }

    /// The post of a request's first event, in whose thread the others stand; none if it shares its post with others.
    pub async fn audit_post_of_request(&self, request: &RequestId) -> Result<Option<AuditPost>, StoreError> {
        let first = audit_event::Entity::find()
            .filter(audit_event::Column::RequestId.eq(request.as_str()))
            .order_by_asc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        match first {
            Some(first) => self.audit_post_of(read_seq("audit_event", first.seq)?).await,
            None => Ok(None),
        }
    }

    /// The post of one event, in whose thread others can stand; none if it shares its post with others.
    pub async fn audit_post_of(&self, seq: u64) -> Result<Option<AuditPost>, StoreError> {
        let seq = stored_seq(seq);
        let around = audit_post::Entity::find()
            .filter(audit_post::Column::Seq.between(seq - 1, seq + 1))
            .all(self.reader())
            .await?;
        let (own, others): (Vec<_>, Vec<_>) = around.into_iter().partition(|row| row.seq == seq);
        let shares = |row: &audit_post::Model| {
            others
                .iter()
                .any(|other| other.ts == row.ts && other.ts.is_some())
        };
        let own = own.into_iter().next().filter(|row| !shares(row));
        own.map(AuditPost::try_from).transpose()
    }

    /// The post at the cursor.
    pub async fn last_audit_post(&self) -> Result<Option<AuditPost>, StoreError> {
        let row = last_posted(self.reader()).await?;
        row.map(AuditPost::try_from).transpose()
    }
}

async fn last_posted(db: &impl ConnectionTrait) -> Result<Option<audit_post::Model>, StoreError> {
    let row = audit_post::Entity::find()
        .filter(audit_post::Column::PostedAt.is_not_null())
        .order_by_desc(audit_post::Column::Seq)
        .one(db)
        .await?;
    Ok(row)
}

async fn unfinished(db: &impl ConnectionTrait) -> Result<Option<BegunPost>, StoreError> {
    // Whatever stands after the cursor was begun and is not known to be there.
    let cursor = last_posted(db).await?.map_or(0, |row| row.seq);
    let rows = audit_post::Entity::find()
        .filter(audit_post::Column::Seq.gt(cursor))
        .order_by_asc(audit_post::Column::Seq)
        .all(db)
        .await?;
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Ok(None);
    };
    Ok(Some(BegunPost {
        first: read_seq("audit_post", first.seq)?,
        last: read_seq("audit_post", last.seq)?,
        first_attempt_at: Timestamp::from_micros(first.first_attempt_at),
        fresh: false,
    }))
}

impl BegunPost {
    fn range(&self) -> [sea_orm::Value; 2] {
        [stored_seq(self.first).into(), stored_seq(self.last).into()]
    }
}

impl Tx {
    async fn finish_audit_post(
        &mut self,
        begun: &BegunPost,
        ts: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE audit_post SET ts = $3, posted_at = $4
                   WHERE seq >= $1 AND seq <= $2 AND posted_at IS NULL AND $1 = 1 +
                     (SELECT COALESCE(MAX(before.seq), 0) FROM audit_post before WHERE before.posted_at IS NOT NULL)";
        let [first, last] = begun.range();
        let moved = self
            .execute(sql, [first, last, ts.into(), now.micros().into()])
            .await?;
        if moved.rows_affected() == begun.last + 1 - begun.first {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }
}

impl TryFrom<audit_post::Model> for AuditPost {
    type Error = StoreError;

    fn try_from(row: audit_post::Model) -> Result<Self, StoreError> {
        Ok(Self {
            seq: read_seq("audit_post", row.seq)?,
            channel: row.channel,
            first_attempt_at: Timestamp::from_micros(row.first_attempt_at),
            ts: row.ts,
            posted_at: row.posted_at.map(Timestamp::from_micros),
        })
    }
}
