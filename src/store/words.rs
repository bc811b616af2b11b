//! People's own words, apart from the trail that commits to them.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, EntityTrait};

use crate::access::ids::TextId;
use crate::audit::words::Words;

use super::at_once::{self, List};
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
        let db = self.reader();
        let ids: Vec<&str> = ids.iter().map(TextId::as_str).collect();
        let list = List::texts(db, &ids);
        let these = format!("words w WHERE w.id IN {}", list.sql);
        let rows: Vec<(String, Option<String>)> =
            at_once::rows(db, "w.id, w.body", &these, list.values()).await?;
        Ok(rows
            .into_iter()
            .filter_map(|(id, body)| Some((TextId::new(id), body?)))
            .collect())
    }

    /// One text; `None` if it was blanked or never existed.
    pub async fn words_one(&self, id: &TextId) -> Result<Option<String>, StoreError> {
        let row = words::Entity::find_by_id(id.as_str()).one(self.reader()).await?;
        Ok(row.and_then(|row| row.body))
    }
}
