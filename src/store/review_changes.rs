//! How access reviews and their lines change.
//!
//! Invariant: a line is decided once. Whoever changes a line holds its review first, so the review cannot end meanwhile; a review
//! that ended never changes again.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use crate::access::time::Timestamp;

use super::Tx;
use super::entities::{review, review_line, review_reviewer};
use super::error::StoreError;
use super::reviews::{Review, ReviewLine, find, json, line_of, lines, row_of};

/// How many lines one statement inserts: databases limit the values of a statement.
const AT_ONCE: usize = 500;

impl Tx {
    /// The number of the next review. A change that is not committed returns it.
    pub async fn next_review(&mut self) -> Result<i64, StoreError> {
        let sql = "INSERT INTO counter (name, value) VALUES ('review', 1)
                   ON CONFLICT (name) DO UPDATE SET value = counter.value + 1 RETURNING value";
        let row = self.query_one(sql, []).await?;
        let row = row.ok_or_else(|| StoreError::not_found("counter", "review"))?;
        Ok(row.try_get_by_index(0)?)
    }

    /// Stores a new review with its lines, of which none is decided.
    pub async fn insert_review(&mut self, new: &Review, lines: &[ReviewLine]) -> Result<(), StoreError> {
        let row = review::Model {
            id: new.id.clone(),
            number: new.number,
            name: new.name.clone(),
            filter: new.filter.clone(),
            due_at: new.due.micros(),
            at_due: new.at_due.name().to_owned(),
            starter_id: new.starter_id.to_string(),
            starter: json(&new.starter),
            reviewers: json(&new.reviewers),
            started_at: new.started_at.micros(),
            ended_at: None,
            digest: None,
            version: 1,
        };
        review::Entity::insert(row.into_active_model())
            .exec_without_returning(self.db())
            .await?;
        let asked = new
            .reviewer_ids
            .iter()
            .map(|person| review_reviewer::ActiveModel {
                review_id: Set(new.id.clone()),
                person_id: Set(person.to_string()),
            });
        review_reviewer::Entity::insert_many(asked)
            .exec_without_returning(self.db())
            .await?;
        for some in lines.chunks(AT_ONCE) {
            let rows = some.iter().map(|line| row_of(&new.id, line).into_active_model());
            review_line::Entity::insert_many(rows)
                .exec_without_returning(self.db())
                .await?;
        }
        Ok(())
    }

    /// The review, if it is open. Nobody else decides about its lines or ends it until the change ends.
    pub async fn hold_review(&mut self, id: &str) -> Result<Option<Review>, StoreError> {
        let held = review::Entity::update_many()
            .col_expr(
                review::Column::Version,
                Expr::col(review::Column::Version).add(1_i64),
            )
            .filter(review::Column::Id.eq(id))
            .filter(review::Column::EndedAt.is_null())
            .exec(self.db())
            .await?;
        match held.rows_affected {
            0 => Ok(None),
            _ => find(self.db(), id).await,
        }
    }

    /// One line of a review that is held.
    pub async fn review_line(&mut self, id: &str, position: i64) -> Result<Option<ReviewLine>, StoreError> {
        let row = review_line::Entity::find_by_id((id.to_owned(), position))
            .one(self.db())
            .await?;
        row.map(line_of).transpose()
    }

    /// The first lines that wait for a decision, of a review that is held.
    pub async fn open_review_lines(&mut self, id: &str, most: u64) -> Result<Vec<ReviewLine>, StoreError> {
        let rows = review_line::Entity::find()
            .filter(review_line::Column::ReviewId.eq(id))
            .filter(review_line::Column::Outcome.is_null())
            .order_by_asc(review_line::Column::Position)
            .limit(most)
            .all(self.db())
            .await?;
        rows.into_iter().map(line_of).collect()
    }

    /// All lines of a review that is held, in their order.
    pub async fn all_review_lines(&mut self, id: &str) -> Result<Vec<ReviewLine>, StoreError> {
        lines(self.db(), id).await
    }

    /// Notes what became of a line. A conflict if that was noted before.
    pub async fn close_review_line(&mut self, id: &str, closed: &ReviewLine) -> Result<(), StoreError> {
        let row = row_of(id, closed);
        let done = review_line::Entity::update_many()
            .set(review_line::ActiveModel {
                decision: Set(row.decision),
                decider_id: Set(row.decider_id),
                decider: Set(row.decider),
                decided_at: Set(row.decided_at),
                note_id: Set(row.note_id),
                note_sha256: Set(row.note_sha256),
                outcome: Set(row.outcome),
                ..Default::default()
            })
            .filter(review_line::Column::ReviewId.eq(id))
            .filter(review_line::Column::Position.eq(closed.position))
            .filter(review_line::Column::Outcome.is_null())
            .exec(self.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    /// The review, which is held, is over.
    pub async fn end_review(&mut self, id: &str, at: Timestamp, digest: &str) -> Result<(), StoreError> {
        review::Entity::update_many()
            .col_expr(review::Column::EndedAt, Expr::value(at.micros()))
            .col_expr(review::Column::Digest, Expr::value(digest))
            .filter(review::Column::Id.eq(id))
            .filter(review::Column::EndedAt.is_null())
            .exec(self.db())
            .await?;
        Ok(())
    }
}
