//! Access reviews and their lines, as they are read.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::access::ids::{PersonId, RequestId, TextId};
use crate::access::reader::Reader;
use crate::access::review::{AtDue, LineOutcome, Verdict};
use crate::access::time::Timestamp;
use crate::access::usage::Used;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::audit::words::WordsRef;

use super::Store;
use super::entities::{review, review_line, review_reviewer};
use super::error::StoreError;

/// How many reviews a list has at most: the newest.
const MOST_LISTED: u64 = 200;

/// A review of access.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// As people name it: `RV-3`.
    pub id: String,
    pub number: i64,
    pub name: String,
    /// As the address of a page has it, with ids and names as the bot knew them.
    pub filter: String,
    pub due: Timestamp,
    pub at_due: AtDue,
    pub starter_id: PersonId,
    /// As they were called then.
    pub starter: PersonFacts,
    /// Who decides, by who they are now.
    pub reviewer_ids: Vec<PersonId>,
    /// The same people as they were called at the start.
    pub reviewers: Vec<PersonFacts>,
    pub started_at: Timestamp,
    /// When it ended, and the digest of its outcome.
    pub ended: Option<(Timestamp, String)>,
}

/// A line of a review: live access as it was at the start, and what was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewLine {
    /// From 1 on.
    pub position: i64,
    pub request: RequestId,
    /// By who they are now.
    pub requester: PersonId,
    pub grantee: PersonId,
    /// As it was at the start.
    pub facts: RequestFacts,
    pub granted_at: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub used: Option<Used>,
    pub decision: Option<LineDecision>,
    /// `None` until it is decided, or the review is due.
    pub outcome: Option<LineOutcome>,
}

/// What somebody decided about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineDecision {
    pub verdict: Verdict,
    pub by: PersonFacts,
    pub at: Timestamp,
    pub note: Option<WordsRef>,
}

/// How far a review is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    pub lines: u64,
    /// Lines that wait for a decision.
    pub open: u64,
}

impl ReviewLine {
    /// Whether the access is by or for this person.
    pub fn is_of(&self, person: &PersonId) -> bool {
        self.requester == *person || self.grantee == *person
    }
}

impl Store {
    /// The review with this id, regardless of who may see it.
    pub async fn review(&self, id: &str) -> Result<Option<Review>, StoreError> {
        find(self.reader(), id).await
    }

    /// The newest reviews that the reader may see: those that they are asked in, or all if they read everything.
    pub async fn reviews_for(&self, reader: &Reader) -> Result<Vec<Review>, StoreError> {
        let rows = review::Entity::find()
            .filter(seen_by(reader))
            .order_by_desc(review::Column::Number)
            .limit(MOST_LISTED)
            .all(self.reader())
            .await?;
        let ids = rows.iter().map(|row| row.id.as_str());
        let asked = review_reviewer::Entity::find()
            .filter(review_reviewer::Column::ReviewId.is_in(ids))
            .all(self.reader())
            .await?;
        let of = |row: review::Model| {
            let asked = asked.iter().filter(|one| one.review_id == row.id);
            let asked = asked.map(|one| PersonId::new(&one.person_id)).collect();
            review_of(row, asked)
        };
        rows.into_iter().map(of).collect()
    }

    /// One of these.
    pub async fn review_for(&self, reader: &Reader, id: &str) -> Result<Option<Review>, StoreError> {
        let seen = review::Entity::find_by_id(id)
            .filter(seen_by(reader))
            .one(self.reader())
            .await?;
        match seen {
            Some(_) => self.review(id).await,
            None => Ok(None),
        }
    }

    /// How far each of these reviews is.
    pub async fn progress_of(&self, ids: &[String]) -> Result<HashMap<String, Progress>, StoreError> {
        let rows: Vec<(String, i64, i64)> = review_line::Entity::find()
            .select_only()
            .column(review_line::Column::ReviewId)
            .column_as(review_line::Column::Position.count(), "lines")
            .column_as(review_line::Column::Outcome.count(), "closed")
            .filter(review_line::Column::ReviewId.is_in(ids))
            .group_by(review_line::Column::ReviewId)
            .into_tuple()
            .all(self.reader())
            .await?;
        let rows = rows.into_iter().map(|(id, lines, closed)| {
            let (lines, closed) = (lines.unsigned_abs(), closed.unsigned_abs());
            let open = lines.saturating_sub(closed);
            (id, Progress { lines, open })
        });
        Ok(rows.collect())
    }

    /// All lines of a review, in their order.
    pub async fn review_lines(&self, id: &str) -> Result<Vec<ReviewLine>, StoreError> {
        lines(self.reader(), id).await
    }
}

fn seen_by(reader: &Reader) -> Condition {
    let Some(person) = reader.limited_to() else {
        return Condition::all();
    };
    let asked = review_reviewer::Entity::find()
        .select_only()
        .column(review_reviewer::Column::ReviewId)
        .filter(review_reviewer::Column::PersonId.eq(person.as_str()))
        .into_query();
    Condition::all().add(review::Column::Id.in_subquery(asked))
}

pub(super) async fn find(db: &impl ConnectionTrait, id: &str) -> Result<Option<Review>, StoreError> {
    let Some(row) = review::Entity::find_by_id(id).one(db).await? else {
        return Ok(None);
    };
    let asked = review_reviewer::Entity::find()
        .filter(review_reviewer::Column::ReviewId.eq(id))
        .order_by_asc(review_reviewer::Column::PersonId)
        .all(db)
        .await?;
    let asked = asked.into_iter().map(|one| PersonId::new(one.person_id));
    review_of(row, asked.collect()).map(Some)
}

pub(super) async fn lines(db: &impl ConnectionTrait, id: &str) -> Result<Vec<ReviewLine>, StoreError> {
    let rows = review_line::Entity::find()
        .filter(review_line::Column::ReviewId.eq(id))
        .order_by_asc(review_line::Column::Position)
        .all(db)
        .await?;
    rows.into_iter().map(line_of).collect()
}

pub(super) fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

fn read<T: DeserializeOwned>(id: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::inconsistent("review", id, error))
}

fn review_of(row: review::Model, reviewer_ids: Vec<PersonId>) -> Result<Review, StoreError> {
    let at_due = AtDue::named(&row.at_due);
    Ok(Review {
        at_due: at_due.ok_or_else(|| StoreError::inconsistent("review", &row.id, "unknown at_due"))?,
        starter: read(&row.id, &row.starter)?,
        reviewers: read(&row.id, &row.reviewers)?,
        reviewer_ids,
        starter_id: PersonId::new(row.starter_id),
        number: row.number,
        name: row.name,
        filter: row.filter,
        due: Timestamp::from_micros(row.due_at),
        started_at: Timestamp::from_micros(row.started_at),
        ended: row.ended_at.map(Timestamp::from_micros).zip(row.digest),
        id: row.id,
    })
}

pub(super) fn row_of(review: &str, line: &ReviewLine) -> review_line::Model {
    let decision = line.decision.as_ref();
    let note = decision.and_then(|decision| decision.note.as_ref());
    review_line::Model {
        review_id: review.to_owned(),
        position: line.position,
        request_id: line.request.to_string(),
        requester_id: line.requester.to_string(),
        grantee_id: line.grantee.to_string(),
        facts: json(&line.facts),
        granted_at: line.granted_at.map(Timestamp::micros),
        until: line.until.map(Timestamp::micros),
        used: line.used.map(|used| used.name().to_owned()),
        decision: decision.map(|decision| decision.verdict.name().to_owned()),
        decider_id: decision.map(|decision| decision.by.id.to_string()),
        decider: decision.map(|decision| json(&decision.by)),
        decided_at: decision.map(|decision| decision.at.micros()),
        note_id: note.map(|note| note.id.to_string()),
        note_sha256: note.map(|note| note.sha256.clone()),
        outcome: line.outcome.map(|outcome| outcome.name().to_owned()),
    }
}

pub(super) fn line_of(row: review_line::Model) -> Result<ReviewLine, StoreError> {
    let wrong = |what: &str| StoreError::inconsistent("review_line", &row.request_id, what);
    let used = row.used.as_deref().map(Used::named);
    let outcome = row.outcome.as_deref().map(LineOutcome::named);
    let decision = match (&row.decision, &row.decider, row.decided_at) {
        (Some(verdict), Some(by), Some(at)) => Some(LineDecision {
            verdict: Verdict::named(verdict).ok_or_else(|| wrong("unknown decision"))?,
            by: read(&row.review_id, by)?,
            at: Timestamp::from_micros(at),
            note: row
                .note_id
                .clone()
                .zip(row.note_sha256.clone())
                .map(|(id, sha256)| WordsRef {
                    id: TextId::new(id),
                    sha256,
                }),
        }),
        (None, None, None) => None,
        _ => return Err(wrong("half a decision")),
    };
    Ok(ReviewLine {
        used: used
            .map(|used| used.ok_or_else(|| wrong("unknown use")))
            .transpose()?,
        outcome: outcome
            .map(|outcome| outcome.ok_or_else(|| wrong("unknown outcome")))
            .transpose()?,
        decision,
        position: row.position,
        facts: read(&row.review_id, &row.facts)?,
        granted_at: row.granted_at.map(Timestamp::from_micros),
        until: row.until.map(Timestamp::from_micros),
        request: RequestId::new(row.request_id),
        requester: PersonId::new(row.requester_id),
        grantee: PersonId::new(row.grantee_id),
    })
}
