//! What lists that ask for a status and for how it was decided are found by: few requests, or none, have some pairs of them.

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
