//! People's own words, apart from the trail that commits to them.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::access::ids::TextId;
use crate::audit::words::Words;

use super::entities::words;
use super::error::StoreError;
use super::{Store, Tx};

impl Tx {
    pub async fn insert_words(&mut self, new: &Words) -> Result<(), StoreError> {
        let row = words::ActiveModel {
            id: Set(new.id.to_string()),
            salt: Set(new.salt.clone()),
            body: Set(new.body.clone()),
        };
        words::Entity::insert(row)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }
}

impl Store {
    /// The texts of `ids`; blanked ones are left out.
    pub async fn words(&self, ids: &[TextId]) -> Result<HashMap<TextId, String>, StoreError> {
        let rows = words::Entity::find()
            .filter(words::Column::Id.is_in(ids.iter().map(TextId::as_str)))
            .all(self.reader())
            .await?;
        Ok(rows
            .into_iter()
            .filter_map(|row| Some((TextId::new(row.id), row.body?)))
            .collect())
    }

    /// One text; `None` if it was blanked or never existed.
    pub async fn words_one(&self, id: &TextId) -> Result<Option<String>, StoreError> {
        let row = words::Entity::find_by_id(id.as_str()).one(self.reader()).await?;
        Ok(row.and_then(|row| row.body))
    }
}
