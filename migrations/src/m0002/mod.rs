//! Extensions, blocks and freezes, public keys.

mod extensions;
mod keys;
mod limits;

use sea_orm_migration::prelude::*;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_breadth"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        extensions::up(manager).await?;
        limits::up(manager).await?;
        keys::up(manager).await
    }
}
