//! Which reads of others' data the trail has, so each is in it once an hour.

use sea_orm_migration::prelude::*;

use crate::columns::{int, key, refers, table, text};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0007_reads"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let columns = [int("hour"), text("person_id"), text("page"), text("about")];
        let read = table("read_note", columns)
            .primary_key(&mut key(&["hour", "person_id", "page", "about"]))
            .foreign_key(&mut refers("person_id", "person"))
            .take();
        manager.create_table(read).await
    }
}
