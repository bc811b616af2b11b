//! Small values by name.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, EntityTrait};

use super::Tx;
use super::entities::setting;
use super::error::StoreError;
use super::read::Read;

impl Tx {
    pub async fn put_setting(&mut self, name: &str, value: &str) -> Result<(), StoreError> {
        let row = setting::ActiveModel {
            name: Set(name.to_owned()),
            value: Set(value.to_owned()),
        };
        let known = OnConflict::column(setting::Column::Name)
            .update_column(setting::Column::Value)
            .to_owned();
        setting::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// Writes a value that is written only once; returns the stored one, which is another writer's if that came first.
    pub async fn put_setting_once(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        self.add_setting(name, value).await?;
        let stands = self.setting(name).await?;
        Ok(stands.unwrap_or_else(|| value.to_owned()))
    }

    /// Writes a value unless one is already stored; false if one is.
    pub async fn add_setting(&mut self, name: &str, value: &str) -> Result<bool, StoreError> {
        let row = setting::ActiveModel {
            name: Set(name.to_owned()),
            value: Set(value.to_owned()),
        };
        let known = OnConflict::column(setting::Column::Name).do_nothing().to_owned();
        let done = setting::Entity::insert(row)
            .on_conflict(known)
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// Changes a value only if it is still `was`; false if somebody else was faster.
    pub async fn replace_setting(
        &mut self,
        name: &str,
        was: Option<&str>,
        value: &str,
    ) -> Result<bool, StoreError> {
        let done = if let Some(was) = was {
            let sql = "UPDATE setting SET value = $1 WHERE name = $2 AND value = $3";
            self.execute(sql, [value.into(), name.into(), was.into()]).await?
        } else {
            let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
            self.execute(sql, [name.into(), value.into()]).await?
        };
        Ok(done.rows_affected() == 1)
    }

    pub async fn forget_setting(&mut self, name: &str) -> Result<(), StoreError> {
        setting::Entity::delete_by_id(name).exec(self.db()).await?;
        Ok(())
    }
}

/// Queries for small values.
pub trait ReadSettings: Read {
    async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let row = setting::Entity::find_by_id(name).one(self.connection()).await?;
        Ok(row.map(|row| row.value))
    }
}

impl<T: Read> ReadSettings for T {}
