//! The first schema.

mod audit;
mod house;
mod people;
mod requests;
mod work;

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0001_first_schema"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        house::up(manager).await?;
        people::up(manager).await?;
        requests::up(manager).await?;
        audit::up(manager).await?;
        work::up(manager).await
    }
}
