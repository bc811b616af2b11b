//! Indexes for lists of everybody's requests, and for what waits for one person's answer.

use sea_orm_migration::prelude::*;

use crate::columns::index;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0002_lists"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in [
            ("request", &["integration", "number"][..]),
            ("request", &["created_at"]),
            ("request_unit", &["resource_name"]),
            // Few wait at a time; what waits for one person is found from there.
            ("extension", &["state"]),
        ] {
            manager.create_index(index(table, columns)).await?;
        }
        Ok(())
    }
}
