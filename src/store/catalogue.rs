//! What each integration was last seen to hold; forms are filled from here, without asking the target.

use futures_util::TryStreamExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::access::resource::Resource;
use crate::access::time::Timestamp;

use super::entities::resource;
use super::error::StoreError;
use super::{Store, Tx};

impl Tx {
    /// Everything an integration holds, as just discovered; anything else is removed.
    pub async fn replace_catalogue(
        &mut self,
        integration: &str,
        resources: &[Resource],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        resource::Entity::delete_many()
            .filter(resource::Column::Integration.eq(integration))
            .exec(self.db())
            .await?;
        // SQLite allows at most 32,766 values in one statement.
        for page in resources.chunks(1_000) {
            let rows = page.iter().map(|found| resource::ActiveModel {
                integration: Set(integration.to_owned()),
                resource_type: Set(found.resource_type.clone()),
                id: Set(found.id.clone()),
                name: Set(found.name.clone()),
                path: Set(found.path.clone()),
                tags: Set(
                    serde_json::to_string(&found.tags).expect("a map of strings can be written as JSON")
                ),
                permissions: Set(serde_json::to_string(&found.permissions)
                    .expect("a list of strings can be written as JSON")),
                owner: Set(found.owner.clone()),
                seen_at: Set(now.micros()),
            });
            resource::Entity::insert_many(rows)
                .exec_without_returning(self.db())
                .await?;
        }
        Ok(())
    }
}

impl Store {
    /// By resource type, then by name.
    pub async fn catalogue(&self, integration: &str) -> Result<Vec<Resource>, StoreError> {
        // One by one, because there can be a hundred thousand, and holding all rows as well as all resources takes twice the
        // memory.
        let db = self.reader().bare();
        let rows = resource::Entity::find()
            .filter(resource::Column::Integration.eq(integration))
            .order_by_asc(resource::Column::ResourceType)
            .order_by_asc(resource::Column::Name)
            .stream(&db);
        let mut rows = self.reader().within(rows).await?;
        let mut found = Vec::new();
        while let Some(row) = self.reader().within(rows.try_next()).await? {
            found.push(Resource::try_from(row)?);
        }
        Ok(found)
    }
}

impl TryFrom<resource::Model> for Resource {
    type Error = StoreError;

    fn try_from(row: resource::Model) -> Result<Self, StoreError> {
        let inconsistent = |error: serde_json::Error| StoreError::inconsistent("resource", &row.id, error);
        Ok(Self {
            tags: serde_json::from_str(&row.tags).map_err(inconsistent)?,
            permissions: serde_json::from_str(&row.permissions).map_err(inconsistent)?,
            resource_type: row.resource_type,
            id: row.id,
            name: row.name,
            path: row.path,
            owner: row.owner,
        })
    }
}
