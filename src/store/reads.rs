//! Which reads of others' data the trail has in an hour, whichever process wrote them.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};

use crate::access::ids::PersonId;
use crate::access::time::Timestamp;
use crate::audit::read::Page;

use super::entities::read_note;
use super::error::StoreError;
use super::{Store, Tx};

/// A page in an hour, and who read it.
#[derive(Clone, Copy, Debug)]
pub struct ReadNote<'a> {
    pub hour: Timestamp,
    pub person: &'a PersonId,
    pub page: Page,
}

impl Tx {
    /// What the trail says that they read on this page in this hour; an empty text is the page itself.
    pub async fn noted_reads(&mut self, note: ReadNote<'_>) -> Result<Vec<String>, StoreError> {
        let rows = read_note::Entity::find()
            .filter(read_note::Column::Hour.eq(note.hour.micros()))
            .filter(read_note::Column::PersonId.eq(note.person.as_str()))
            .filter(read_note::Column::Page.eq(note.page.name()))
            .all(self.db())
            .await?;
        Ok(rows.into_iter().map(|row| row.about).collect())
    }

    /// Notes one more. False if it was noted in the meantime.
    pub async fn note_read(&mut self, note: ReadNote<'_>, about: &str) -> Result<bool, StoreError> {
        let row = read_note::ActiveModel {
            hour: Set(note.hour.micros()),
            person_id: Set(note.person.to_string()),
            page: Set(note.page.name().to_owned()),
            about: Set(about.to_owned()),
        };
        let key = [
            read_note::Column::Hour,
            read_note::Column::PersonId,
            read_note::Column::Page,
            read_note::Column::About,
        ];
        let done = read_note::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// Forgets what was noted for hours before this one.
    pub async fn prune_read_notes(&mut self, before: Timestamp) -> Result<(), StoreError> {
        read_note::Entity::delete_many()
            .filter(read_note::Column::Hour.lt(before.micros()))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

impl Store {
    /// Whether [`Tx::prune_read_notes`] would forget anything.
    pub async fn has_read_notes(&self, before: Timestamp) -> Result<bool, StoreError> {
        let old = read_note::Entity::find()
            .filter(read_note::Column::Hour.lt(before.micros()))
            .one(self.reader())
            .await?;
        Ok(old.is_some())
    }
}
