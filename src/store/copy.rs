//! A copy of a SQLite database, made while other processes read and write it.

use std::path::Path;

use sea_orm::{ConnectionTrait, Statement};

use super::Store;
use super::connect::{self, Purpose};
use super::error::StoreError;

impl Store {
    /// Writes the SQLite database as it is at one moment into `copy`, which must not exist or be empty. Nobody waits for it.
    pub async fn copy_sqlite(database: &Path, copy: &Path) -> Result<(), StoreError> {
        let name = copy
            .to_str()
            .ok_or_else(|| StoreError::Unavailable("the name of the copy is not UTF-8 text".to_owned()))?;
        let source = connect::sqlite(database, Purpose::Copy).await?;
        let vacuum =
            Statement::from_sql_and_values(source.get_database_backend(), "VACUUM INTO $1", [name.into()]);
        let copied = source.execute_raw(vacuum).await;
        source.close().await?;
        copied?;
        Ok(())
    }
}
