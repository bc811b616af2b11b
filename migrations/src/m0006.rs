//! What is known of how access was used, and the word that lists find it by.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int, int_null, refers, table, text, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0006_use"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let used = table(
            "grant_use",
            [
                text("request_id").primary_key().take(),
                text("tells"),
                int("shown"),
                int_null("shown_at"),
                int("looks"),
                int_null("looked_from"),
                int_null("looked_at"),
                int("sessions"),
                int("most_at_once"),
                int_null("first_seen"),
                int_null("last_seen"),
                // Lists of texts, as JSON.
                text("addresses"),
                text("applications"),
            ],
        )
        .foreign_key(&mut refers("request_id", "request"))
        .take();
        manager.create_table(used).await?;
        let add = Table::alter()
            .table("request")
            .add_column(text_null("used"))
            .take();
        manager.alter_table(add).await?;
        manager.create_index(index("request", &["used", "number"])).await
    }
}
