//! Access on targets that carries our name but belongs to no live request: tracked until it ends.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::access::grant::Granted;
use crate::access::ids::{RequestId, RequestNumber};
use crate::access::time::Timestamp;

use super::Tx;
use super::entities::stray;
use super::error::StoreError;
use super::read::Read;

/// One principal on a target, from the check that found it until nothing of it is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stray {
    pub id: String,
    /// The server it was found on. No two strays in a place have the same name.
    pub place: String,
    pub name: String,
    /// According to the target; it may be unknown to us, or the number of a different request.
    pub number: RequestNumber,
    /// The request it belonged to, if we know that and it has ended.
    pub request: Option<RequestId>,
    pub granted: Granted,
    pub until: Timestamp,
    pub found_at: Timestamp,
    /// When the bot read back that it is gone; leftovers may remain.
    pub ended_at: Option<Timestamp>,
}

impl Tx {
    /// Adds a new stray; false if it is already known, perhaps through another integration on the same server.
    pub async fn insert_stray(&mut self, stray: &Stray) -> Result<bool, StoreError> {
        let taken = OnConflict::columns([stray::Column::Place, stray::Column::Name])
            .do_nothing()
            .to_owned();
        let inserted = stray::Entity::insert(row_of(stray))
            .on_conflict(taken)
            .exec_without_returning(self.db())
            .await?;
        Ok(inserted == 1)
    }

    pub async fn update_stray(&mut self, stray: &Stray) -> Result<(), StoreError> {
        stray::Entity::update(row_of(stray)).exec(self.db()).await?;
        Ok(())
    }

    pub async fn remove_stray(&mut self, id: &str) -> Result<(), StoreError> {
        stray::Entity::delete_by_id(id).exec(self.db()).await?;
        Ok(())
    }
}

/// Queries about strays.
pub trait ReadStrays: Read {
    async fn stray(&self, id: &str) -> Result<Option<Stray>, StoreError> {
        let row = stray::Entity::find_by_id(id).one(self.connection()).await?;
        row.map(Stray::try_from).transpose()
    }

    async fn stray_named(&self, place: &str, name: &str) -> Result<Option<Stray>, StoreError> {
        let row = stray::Entity::find()
            .filter(stray::Column::Place.eq(place))
            .filter(stray::Column::Name.eq(name))
            .one(self.connection())
            .await?;
        row.map(Stray::try_from).transpose()
    }

    /// Strays that have not ended, by their ends.
    async fn standing_strays(&self) -> Result<Vec<Stray>, StoreError> {
        let rows = stray::Entity::find()
            .filter(stray::Column::EndedAt.is_null())
            .order_by_asc(stray::Column::Until)
            .all(self.connection())
            .await?;
        rows.into_iter().map(Stray::try_from).collect()
    }

    /// The same, only those found by this integration.
    async fn standing_strays_on(&self, integration: &str) -> Result<Vec<Stray>, StoreError> {
        let mut strays = self.standing_strays().await?;
        strays.retain(|stray| stray.granted.integration == integration);
        Ok(strays)
    }
}

impl<T: Read> ReadStrays for T {}

fn row_of(stray: &Stray) -> stray::ActiveModel {
    stray::ActiveModel {
        id: Set(stray.id.clone()),
        place: Set(stray.place.clone()),
        name: Set(stray.name.clone()),
        number: Set(stray.number.0),
        request_id: Set(stray.request.as_ref().map(ToString::to_string)),
        granted: Set(serde_json::to_string(&stray.granted)
            .expect("a struct of strings and JSON can be written as JSON")),
        until: Set(stray.until.micros()),
        found_at: Set(stray.found_at.micros()),
        ended_at: Set(stray.ended_at.map(Timestamp::micros)),
    }
}

impl TryFrom<stray::Model> for Stray {
    type Error = StoreError;

    fn try_from(row: stray::Model) -> Result<Self, StoreError> {
        let granted = serde_json::from_str(&row.granted)
            .map_err(|error| StoreError::inconsistent("stray", &row.id, error))?;
        Ok(Self {
            granted,
            id: row.id,
            place: row.place,
            name: row.name,
            number: RequestNumber(row.number),
            request: row.request_id.map(RequestId::new),
            until: Timestamp::from_micros(row.until),
            found_at: Timestamp::from_micros(row.found_at),
            ended_at: row.ended_at.map(Timestamp::from_micros),
        })
    }
}
