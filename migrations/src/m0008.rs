//! An index for lists filtered by status and by how it was decided: some pairs are rare.

use sea_orm_migration::prelude::*;

use crate::columns::index;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0008_decided_states"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_index(index("request", &["decided_by", "state", "number"]))
            .await
    }
}
