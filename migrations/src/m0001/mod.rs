//! The first schema.

mod audit;
mod extensions;
mod house;
mod keys;
mod limits;
mod on_target;
mod people;
mod red_button;
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
        extensions::up(manager).await?;
        limits::up(manager).await?;
        keys::up(manager).await?;
        red_button::up(manager).await?;
        on_target::up(manager).await?;
        audit::up(manager).await?;
        work::up(manager).await
    }
}
