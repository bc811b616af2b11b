//! Extensions of live access: what was requested, and what happened to it.

use std::time::Duration;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder};

use crate::access::extension::ExtensionState;
use crate::access::ids::{PersonId, RequestId, TextId};
use crate::access::people::Because;
use crate::access::time::{Timestamp, micros_of};

use super::Tx;
use super::entities::extension;
use super::error::StoreError;
use super::read::Read;

/// More time that somebody requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    pub request: RequestId,
    /// The number of this extension within its request, from 1.
    pub position: i64,
    pub asked_by: PersonId,
    pub asked_at: Timestamp,
    pub added: Duration,
    /// The justification, in the requester's own words.
    pub words: Option<TextId>,
    pub state: ExtensionState,
    /// Who decided it, if a decision was needed, and in which role.
    pub decided_by: Option<(PersonId, Because)>,
    /// In the approver's own words.
    pub reason: Option<TextId>,
    pub decided_at: Option<Timestamp>,
    /// The new end of the access.
    pub until: Option<Timestamp>,
}

impl Tx {
    /// Inserts or replaces the whole row.
    pub async fn put_extension(&mut self, changed: &Extension) -> Result<(), StoreError> {
        let decided_as = changed.decided_by.as_ref().map(|(_, because)| {
            serde_json::to_string(because).expect("an enum of strings can be written as JSON")
        });
        let row = extension::ActiveModel {
            request_id: Set(changed.request.to_string()),
            position: Set(changed.position),
            asked_by: Set(changed.asked_by.to_string()),
            asked_at: Set(changed.asked_at.micros()),
            added_us: Set(micros_of(changed.added)),
            words_id: Set(changed.words.as_ref().map(TextId::to_string)),
            state: Set(changed.state.name().to_owned()),
            decided_by: Set(changed.decided_by.as_ref().map(|(person, _)| person.to_string())),
            decided_as: Set(decided_as),
            reason_id: Set(changed.reason.as_ref().map(TextId::to_string)),
            decided_at: Set(changed.decided_at.map(Timestamp::micros)),
            until: Set(changed.until.map(Timestamp::micros)),
        };
        let known = OnConflict::columns([extension::Column::RequestId, extension::Column::Position])
            .update_columns(extension::Column::iter())
            .to_owned();
        extension::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

/// Queries about extensions.
pub trait ReadExtensions: Read {
    /// The extensions of a request, whatever their outcome, in the order they were requested.
    async fn extensions(&self, request: &RequestId) -> Result<Vec<Extension>, StoreError> {
        let rows = extension::Entity::find()
            .filter(extension::Column::RequestId.eq(request.as_str()))
            .order_by_asc(extension::Column::Position)
            .all(self.connection())
            .await?;
        rows.into_iter().map(Extension::try_from).collect()
    }
}

impl<T: Read> ReadExtensions for T {}

impl TryFrom<extension::Model> for Extension {
    type Error = StoreError;

    fn try_from(row: extension::Model) -> Result<Self, StoreError> {
        let inconsistent = |what: &str| StoreError::inconsistent("extension", &row.request_id, what);
        let state = ExtensionState::named(&row.state).ok_or_else(|| inconsistent("unknown state"))?;
        let added = u64::try_from(row.added_us).map_err(|_| inconsistent("a negative duration"))?;
        let decided_by = match (&row.decided_by, &row.decided_as) {
            (Some(person), Some(because)) => {
                let because = serde_json::from_str(because).map_err(|_| inconsistent("an unknown role"))?;
                Some((PersonId::new(person), because))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(inconsistent("half a decision")),
        };
        Ok(Self {
            request: RequestId::new(row.request_id),
            position: row.position,
            asked_by: PersonId::new(row.asked_by),
            asked_at: Timestamp::from_micros(row.asked_at),
            added: Duration::from_micros(added),
            words: row.words_id.map(TextId::new),
            state,
            decided_by,
            reason: row.reason_id.map(TextId::new),
            decided_at: row.decided_at.map(Timestamp::from_micros),
            until: row.until.map(Timestamp::from_micros),
        })
    }
}
