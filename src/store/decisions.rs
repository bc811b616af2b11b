//! Who decided what. A person's decision on a request counts once; one that no longer counts stays on record.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, SqlErr};

use crate::access::ids::{PersonId, RequestId, TextId};
use crate::access::people::Because;
use crate::access::progress::{Answered, DecisionVerdict};
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::decision;
use super::error::StoreError;
use super::read::Read;

/// One person's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub id: String,
    pub request: RequestId,
    pub person: PersonId,
    pub verdict: DecisionVerdict,
    /// How the person came to be an approver when they decided.
    pub decided_as: Because,
    pub reason: Option<TextId>,
    pub decided_at: Timestamp,
    /// False once others have to decide again.
    pub counts: bool,
}

impl Decision {
    pub fn answered(&self) -> Answered<'_> {
        Answered {
            by: &self.person,
            verdict: self.verdict,
        }
    }
}

impl Tx {
    /// [`StoreError::Conflict`] if a decision by this person on this request already counts.
    pub async fn insert_decision(&mut self, new: &Decision) -> Result<(), StoreError> {
        let row = decision::ActiveModel {
            id: Set(new.id.clone()),
            request_id: Set(new.request.to_string()),
            person_id: Set(new.person.to_string()),
            verdict: Set(new.verdict.name().to_owned()),
            decided_as: Set(
                serde_json::to_string(&new.decided_as).expect("an enum of strings can be written as JSON")
            ),
            reason_id: Set(new.reason.as_ref().map(TextId::to_string)),
            decided_at: Set(new.decided_at.micros()),
            counts: Set(new.counts),
        };
        match decision::Entity::insert(row)
            .exec_without_returning(self.db())
            .await
        {
            Ok(_) => self.index_approver(&new.request, &new.person).await,
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                Err(StoreError::Conflict)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes all decisions on this request stop counting.
    pub async fn void_decisions(&mut self, request: &RequestId) -> Result<(), StoreError> {
        decision::Entity::update_many()
            .col_expr(decision::Column::Counts, Expr::val(false))
            .filter(decision::Column::RequestId.eq(request.as_str()))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

/// Queries about decisions.
pub trait ReadDecisions: Read {
    /// All decisions on a request, oldest first, including those that no longer count.
    async fn decisions(&self, request: &RequestId) -> Result<Vec<Decision>, StoreError> {
        let rows = decision::Entity::find()
            .filter(decision::Column::RequestId.eq(request.as_str()))
            .order_by_asc(decision::Column::DecidedAt)
            .order_by_asc(decision::Column::Id)
            .all(self.connection())
            .await?;
        rows.into_iter().map(Decision::try_from).collect()
    }
}

impl<T: Read> ReadDecisions for T {}

impl TryFrom<decision::Model> for Decision {
    type Error = StoreError;

    fn try_from(row: decision::Model) -> Result<Self, StoreError> {
        let verdict = DecisionVerdict::named(&row.verdict)
            .ok_or_else(|| StoreError::inconsistent("decision", &row.id, "unknown verdict"))?;
        let decided_as = serde_json::from_str(&row.decided_as)
            .map_err(|error| StoreError::inconsistent("decision", &row.id, error))?;
        Ok(Self {
            id: row.id,
            request: RequestId::new(row.request_id),
            person: PersonId::new(row.person_id),
            verdict,
            decided_as,
            reason: row.reason_id.map(TextId::new),
            decided_at: Timestamp::from_micros(row.decided_at),
            counts: row.counts,
        })
    }
}
