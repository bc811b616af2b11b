//! What is live: the integrations with access now, and what exists on the targets.

use std::collections::{BTreeMap, HashMap};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::access::filter::Status;
use crate::access::grant::Grant;
use crate::access::ids::{PersonId, RequestId};
use crate::access::reader::Reader;

use super::super::Store;
use super::super::entities::{access_grant, extension, request};
use super::super::error::StoreError;
use super::super::extensions::Extension;
use super::super::strays::ReadStrays;

/// Access on one integration, by the kind its grants were made with. If the kind has changed since, there is one entry for
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveIntegration {
    pub name: String,
    pub kind: String,
    pub count: u64,
}

impl Store {
    /// The grants of several requests; requests without one are left out.
    pub async fn grants_of(&self, requests: &[RequestId]) -> Result<Vec<Grant>, StoreError> {
        let rows = access_grant::Entity::find()
            .filter(access_grant::Column::RequestId.is_in(requests.iter().map(RequestId::as_str)))
            .all(self.reader())
            .await?;
        rows.into_iter().map(Grant::try_from).collect()
    }

    /// The extensions of several requests, in their order.
    pub async fn extensions_of(&self, requests: &[RequestId]) -> Result<Vec<Extension>, StoreError> {
        let rows = extension::Entity::find()
            .filter(extension::Column::RequestId.is_in(requests.iter().map(RequestId::as_str)))
            .order_by_asc(extension::Column::Position)
            .all(self.reader())
            .await?;
        rows.into_iter().map(Extension::try_from).collect()
    }

    /// How much live access each of these people has, or everybody; those without any are left out, and everybody for a reader who may
    /// not read everything.
    pub async fn live_of(
        &self,
        reader: &Reader,
        people: Option<&[PersonId]>,
    ) -> Result<HashMap<PersonId, u64>, StoreError> {
        if !reader.reads_all() {
            return Ok(HashMap::new());
        }
        let live = [Status::Granted, Status::Revoking].map(Status::name);
        let mut found = request::Entity::find().filter(request::Column::State.is_in(live));
        if let Some(people) = people {
            let ids = people.iter().map(PersonId::as_str);
            found = found.filter(request::Column::GranteeId.is_in(ids));
        }
        let counted: Vec<(String, i64)> = found
            .select_only()
            .column(request::Column::GranteeId)
            .column_as(request::Column::Id.count(), "count")
            .group_by(request::Column::GranteeId)
            .into_tuple()
            .all(self.reader())
            .await?;
        let counted = counted
            .into_iter()
            .map(|(person, count)| (PersonId::new(person), count.unsigned_abs()));
        Ok(counted.collect())
    }

    /// The integrations with grants or strays that have not ended, by name and kind.
    pub async fn live_integrations(&self) -> Result<Vec<LiveIntegration>, StoreError> {
        let granted: Vec<(String, String, i64)> = access_grant::Entity::find()
            .select_only()
            .column(access_grant::Column::Integration)
            .column(access_grant::Column::Kind)
            .column_as(access_grant::Column::RequestId.count(), "count")
            .filter(access_grant::Column::EndedAt.is_null())
            .group_by(access_grant::Column::Integration)
            .group_by(access_grant::Column::Kind)
            .into_tuple()
            .all(self.reader())
            .await?;
        let granted = granted
            .into_iter()
            .map(|(name, kind, count)| ((name, kind), count));
        let mut live: BTreeMap<(String, String), i64> = granted.collect();
        for stray in self.standing_strays().await? {
            *live
                .entry((stray.granted.integration, stray.granted.kind))
                .or_default() += 1;
        }
        let live = live.into_iter();
        Ok(live
            .map(|((name, kind), count)| LiveIntegration {
                name,
                kind,
                count: count.unsigned_abs(),
            })
            .collect())
    }
}
