//! How far the audit channel has got: a cursor over the trail that only moves to the next event, to the last of a run of
//! events that share one post, or over events that get none.

use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    Select, Statement, Value,
};

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::audit::name::UNPOSTED;

use super::audit::{read_seq, stored_seq};
use super::entities::audit_post;
use super::error::StoreError;
use super::{Store, Tx};

/// The post of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPost {
    pub seq: u64,
    pub channel: String,
    /// When it was first tried. A post that was tried before may exist, so it is looked for.
    pub first_attempt_at: Timestamp,
    /// Slack's name for it, once it is known to exist.
    pub ts: Option<String>,
    pub posted_at: Option<Timestamp>,
}

/// A post that is about to be made, for one event or a run of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunPost {
    pub first: u64,
    pub last: u64,
    pub channel: String,
    /// When it was first tried. A post that was tried before may exist, so it is looked for.
    pub first_attempt_at: Timestamp,
    /// Whether this call began it; then nothing can have been posted yet.
    pub fresh: bool,
}

impl Store {
    /// The last event known to be posted or passed over; 0 before the first.
    pub async fn audit_cursor(&self) -> Result<u64, StoreError> {
        let row = finished().one(self.reader()).await?;
        row.map_or(Ok(0), |row| read_seq("audit_post", row.seq))
    }

    /// The time of the oldest event that the channel should have and is not known to have; `None` if it has all.
    pub async fn oldest_unposted(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT at FROM audit_event WHERE kind <> $1 AND seq > COALESCE(
                     (SELECT seq FROM audit_post WHERE posted_at IS NOT NULL ORDER BY seq DESC LIMIT 1), 0)
                   ORDER BY seq LIMIT 1";
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [UNPOSTED.into()]);
        let row = db.query_one_raw(statement).await?;
        let at = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(at.map(Timestamp::from_micros))
    }

    /// Commits that one post of the events from `first` to `last` is about to be tried. If a post was begun earlier and is not
    /// known to exist, that one is used instead, with its own events: it is looked for by its content.
    pub async fn begin_audit_posts(
        &self,
        first: u64,
        last: u64,
        channel: &str,
        now: Timestamp,
    ) -> Result<BegunPost, StoreError> {
        let mut tx = self.write().await?;
        if let Some(begun) = unfinished(tx.db()).await? {
            return Ok(begun);
        }
        let begun = BegunPost {
            first,
            last,
            channel: channel.to_owned(),
            first_attempt_at: now,
            fresh: true,
        };
        tx.begin_audit_post(&begun).await?;
        tx.commit().await?;
        Ok(begun)
    }

    /// Moves the cursor over the events from `first` to `last`, which get no post.
    ///
    /// [`StoreError::Conflict`] if another process was faster.
    pub async fn pass_audit_posts(
        &self,
        first: u64,
        last: u64,
        channel: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let tx = self.write().await?;
        let rows = (first..=last).map(|seq| audit_post::ActiveModel {
            posted_at: Set(Some(now.micros())),
            ..begun_row(seq, channel, now)
        });
        let passed = audit_post::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(audit_post::Column::Seq)
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(tx.db())
            .await?;
        if passed != last + 1 - first {
            return Err(StoreError::Conflict);
        }
        tx.commit().await
    }

    /// Commits that a post which was begun a while ago and never tried is about to be tried now.
    pub async fn begin_audit_post_anew(
        &self,
        begun: &BegunPost,
        now: Timestamp,
    ) -> Result<BegunPost, StoreError> {
        let mut tx = self.write().await?;
        let [first, last] = begun.range();
        let sql =
            "UPDATE audit_post SET first_attempt_at = $3 WHERE seq >= $1 AND seq <= $2 AND posted_at IS NULL";
        tx.execute(sql, [first, last, now.micros().into()]).await?;
        tx.commit().await?;
        Ok(BegunPost {
            first_attempt_at: now,
            ..begun.clone()
        })
    }

    /// The post was tried and is known not to exist: its next try counts as the first again.
    pub async fn forget_audit_post(&self, begun: &BegunPost) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        let sql = "DELETE FROM audit_post WHERE seq >= $1 AND seq <= $2 AND posted_at IS NULL";
        tx.execute(sql, begun.range()).await?;
        tx.commit().await
    }

    /// The post exists: the cursor moves to its last event. The same change begins the post of the events `next` (first and
    /// last) in the same channel.
    ///
    /// [`StoreError::Conflict`] if its first event is not the one after the cursor, or if it was never begun.
    pub async fn finish_audit_post(
        &self,
        begun: &BegunPost,
        ts: &str,
        next: Option<(u64, u64)>,
        now: Timestamp,
    ) -> Result<Option<BegunPost>, StoreError> {
        let mut tx = self.write().await?;
        tx.finish_audit_post(begun, ts, now).await?;
        let next = next.map(|(first, last)| BegunPost {
            first,
            last,
            channel: begun.channel.clone(),
            first_attempt_at: now,
            fresh: true,
        });
        if let Some(next) = &next {
            tx.begin_audit_post(next).await?;
        }
        tx.commit().await?;
        Ok(next)
    }

    /// The post of a request's first event, whose thread has the others; none if it shares its post with others.
    pub async fn audit_post_of_request(&self, request: &RequestId) -> Result<Option<AuditPost>, StoreError> {
        let sql = "SELECT MIN(seq) AS seq FROM audit_event WHERE request_id = $1";
        self.own_post(sql, request.as_str().into()).await
    }

    /// The post of one event, whose thread others can be posted to; none if it shares its post with others.
    pub async fn audit_post_of(&self, seq: u64) -> Result<Option<AuditPost>, StoreError> {
        self.own_post("SELECT CAST($1 AS BIGINT) AS seq", stored_seq(seq).into())
            .await
    }

    async fn own_post(&self, event: &str, value: Value) -> Result<Option<AuditPost>, StoreError> {
        let sql = format!(
            "SELECT post.*, own.seq AS own FROM audit_post post
             JOIN ({event}) AS own ON post.seq BETWEEN own.seq - 1 AND own.seq + 1"
        );
        let db = self.reader();
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, [value]);
        let around = Neighbour::find_by_statement(statement).all(db).await?;
        let (own, others): (Vec<_>, Vec<_>) = around.into_iter().partition(|row| row.post.seq == row.own);
        let Some(Neighbour { post, .. }) = own.into_iter().next() else {
            return Ok(None);
        };
        let is_shared = others
            .iter()
            .any(|other| other.post.ts == post.ts && post.ts.is_some());
        (!is_shared).then(|| AuditPost::try_from(post)).transpose()
    }

    /// The last post that is known to exist.
    pub async fn last_audit_post(&self) -> Result<Option<AuditPost>, StoreError> {
        let on_record = finished().filter(audit_post::Column::Ts.is_not_null());
        let row = on_record.one(self.reader()).await?;
        row.map(AuditPost::try_from).transpose()
    }
}

/// Posts that nobody waits for any more, the last one first: the first row is at the cursor.
fn finished() -> Select<audit_post::Entity> {
    audit_post::Entity::find()
        .filter(audit_post::Column::PostedAt.is_not_null())
        .order_by_desc(audit_post::Column::Seq)
}

/// Posts that were begun after the cursor and are not known to exist.
async fn unfinished(db: &impl ConnectionTrait) -> Result<Option<BegunPost>, StoreError> {
    let cursor = finished().one(db).await?.map_or(0, |row| row.seq);
    let rows = audit_post::Entity::find()
        .filter(audit_post::Column::Seq.gt(cursor))
        .order_by_asc(audit_post::Column::Seq)
        .all(db)
        .await?;
    let next = (cursor + 1..).zip(rows).take_while(|(seq, row)| *seq == row.seq);
    begun_of(next.map(|(seq, row)| (seq, row.channel, row.first_attempt_at)))
}

/// The row saying that the post of the event `seq` is about to be tried.
pub(super) fn begun_row(seq: u64, channel: &str, first_attempt_at: Timestamp) -> audit_post::ActiveModel {
    audit_post::ActiveModel {
        seq: Set(stored_seq(seq)),
        first_attempt_at: Set(first_attempt_at.micros()),
        channel: Set(channel.to_owned()),
        ..Default::default()
    }
}

/// The post that was begun for these events: the events' numbers, the channel, and when it was first tried.
pub(super) fn begun_of(
    mut rows: impl Iterator<Item = (i64, String, i64)>,
) -> Result<Option<BegunPost>, StoreError> {
    let Some((first, channel, first_attempt_at)) = rows.next() else {
        return Ok(None);
    };
    let last = rows.last().map_or(first, |(last, ..)| last);
    Ok(Some(BegunPost {
        first: read_seq("audit_post", first)?,
        last: read_seq("audit_post", last)?,
        channel,
        first_attempt_at: Timestamp::from_micros(first_attempt_at),
        fresh: false,
    }))
}

/// A post: the one that is looked for, or a neighbour of it.
#[derive(FromQueryResult)]
struct Neighbour {
    #[sea_orm(nested)]
    post: audit_post::Model,
    own: i64,
}

impl BegunPost {
    fn range(&self) -> [sea_orm::Value; 2] {
        [stored_seq(self.first).into(), stored_seq(self.last).into()]
    }
}

impl Tx {
    async fn begin_audit_post(&mut self, begun: &BegunPost) -> Result<(), StoreError> {
        let rows =
            (begun.first..=begun.last).map(|seq| begun_row(seq, &begun.channel, begun.first_attempt_at));
        audit_post::Entity::insert_many(rows)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    async fn finish_audit_post(
        &mut self,
        begun: &BegunPost,
        ts: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE audit_post SET ts = $3, posted_at = $4, channel = $5
                   WHERE seq >= $1 AND seq <= $2 AND posted_at IS NULL AND $1 = 1 +
                     (SELECT COALESCE(MAX(before.seq), 0) FROM audit_post before WHERE before.posted_at IS NOT NULL)";
        let [first, last] = begun.range();
        let moved = self
            .execute(
                sql,
                [
                    first,
                    last,
                    ts.into(),
                    now.micros().into(),
                    begun.channel.as_str().into(),
                ],
            )
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
