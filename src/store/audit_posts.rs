//! How far the audit channel has come: a cursor over the trail that only ever moves to the next event.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

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

    /// Commits that the post of an event is about to be tried.
    pub async fn begin_audit_post(
        &self,
        seq: u64,
        channel: &str,
        now: Timestamp,
    ) -> Result<AuditPost, StoreError> {
        let tx = self.write().await?;
        let row = audit_post::ActiveModel {
            seq: Set(stored_seq(seq)),
            first_attempt_at: Set(now.micros()),
            channel: Set(channel.to_owned()),
            ..Default::default()
        };
        let made = audit_post::Entity::insert(row)
            .on_conflict(
                OnConflict::column(audit_post::Column::Seq)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx.db())
            .await?;
        let row = audit_post::Entity::find_by_id(stored_seq(seq))
            .one(tx.db())
            .await?;
        tx.commit().await?;
        let post = AuditPost::try_from(row.ok_or_else(|| StoreError::not_found("audit_post", seq))?)?;
        Ok(AuditPost {
            fresh: made == 1,
            ..post
        })
    }

    /// The post was tried and is known not to be there: its next try is the first again.
    pub async fn forget_audit_post(&self, seq: u64) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "DELETE FROM audit_post WHERE seq = $1 AND posted_at IS NULL";
        tx.execute(sql, [stored_seq(seq).into()]).await?;
        tx.commit().await
    }

    /// The post is there: the cursor moves to it.
    ///
    /// [`StoreError::Conflict`] if it is not the one after the cursor, or was never begun.
    pub async fn finish_audit_post(&self, seq: u64, ts: &str, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        tx.finish_audit_post(seq, ts, now).await?;
        tx.commit().await
    }

    /// The post of a request's first event, in whose thread the others stand.
    pub async fn audit_post_of_request(&self, request: &RequestId) -> Result<Option<AuditPost>, StoreError> {
        let first = audit_event::Entity::find()
            .filter(audit_event::Column::RequestId.eq(request.as_str()))
            .order_by_asc(audit_event::Column::Seq)
            .one(self.reader())
            .await?;
        let Some(first) = first else { return Ok(None) };
        let row = audit_post::Entity::find_by_id(first.seq)
            .one(self.reader())
            .await?;
        row.map(AuditPost::try_from).transpose()
    }

    /// The post at the cursor.
    pub async fn last_audit_post(&self) -> Result<Option<AuditPost>, StoreError> {
        let row = audit_post::Entity::find()
            .filter(audit_post::Column::PostedAt.is_not_null())
            .order_by_desc(audit_post::Column::Seq)
            .one(self.reader())
            .await?;
        row.map(AuditPost::try_from).transpose()
    }
}

impl Tx {
    async fn finish_audit_post(&mut self, seq: u64, ts: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE audit_post SET ts = $2, posted_at = $3
                   WHERE seq = $1 AND posted_at IS NULL AND seq = 1 +
                     (SELECT COALESCE(MAX(before.seq), 0) FROM audit_post before WHERE before.posted_at IS NOT NULL)";
        let moved = self
            .execute(sql, [stored_seq(seq).into(), ts.into(), now.micros().into()])
            .await?;
        if moved.rows_affected() == 1 {
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
            fresh: false,
        })
    }
}
