//! Who blocked a person or froze an integration, when and why, for readers of everything.

use std::collections::HashSet;

use sea_orm::EntityTrait;

use crate::access::ids::{PersonId, TextId};
use crate::access::reader::Reader;
use crate::access::time::Timestamp;

use super::super::entities::{blocked_person, frozen_integration};
use super::super::error::StoreError;
use super::super::{KnownPerson, ReadPeople, Store};

/// A block or a freeze.
#[derive(Clone, Debug)]
pub struct Brake {
    pub by: KnownPerson,
    pub since: Timestamp,
    /// In their own words, if they gave a reason and it was not blanked.
    pub reason: Option<String>,
}

impl Store {
    /// Everybody who is blocked; nobody for a reader who may not read everything.
    pub async fn blocked(&self, reader: &Reader) -> Result<HashSet<PersonId>, StoreError> {
        if !reader.reads_all() {
            return Ok(HashSet::new());
        }
        let found = blocked_person::Entity::find().all(self.reader()).await?;
        Ok(found
            .into_iter()
            .map(|row| PersonId::new(row.person_id))
            .collect())
    }

    /// The block of this person, if they are blocked.
    pub async fn block_of(&self, reader: &Reader, whom: &PersonId) -> Result<Option<Brake>, StoreError> {
        let found = blocked_person::Entity::find_by_id(whom.as_str());
        match found.one(self.reader()).await?.filter(|_| reader.reads_all()) {
            Some(row) => self
                .brake(row.blocked_by, row.reason_id, row.blocked_at)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    /// The freeze of this integration, if it is frozen.
    pub async fn freeze_of(&self, reader: &Reader, integration: &str) -> Result<Option<Brake>, StoreError> {
        let found = frozen_integration::Entity::find_by_id(integration);
        match found.one(self.reader()).await?.filter(|_| reader.reads_all()) {
            Some(row) => self
                .brake(row.frozen_by, row.reason_id, row.frozen_at)
                .await
                .map(Some),
            None => Ok(None),
        }
    }

    async fn brake(&self, by: String, reason: Option<String>, since: i64) -> Result<Brake, StoreError> {
        let by = PersonId::new(by);
        let known = self.people_by_id(std::slice::from_ref(&by)).await?.pop();
        Ok(Brake {
            by: known.ok_or_else(|| StoreError::not_found("person", &by))?,
            since: Timestamp::from_micros(since),
            reason: match reason {
                Some(id) => self.words_one(&TextId::new(id)).await?,
                None => None,
            },
        })
    }
}
