//! How far the delivery of a report is, and what its filter means; names are their owner's.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int_null, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0012_report_deliveries"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let added = [
            // The filter with the ids and names that the bot knows in place of what was typed. Null if both are the same.
            ("report", text_null("meant")),
            // When the run that is due failed first.
            ("report", int_null("failed_at")),
            // Where the message about the run is.
            ("report_run", text_null("channel")),
            ("report_run", text_null("message_ts")),
        ];
        for (table, mut column) in added {
            let add = Table::alter().table(table).add_column(&mut column).take();
            manager.alter_table(add).await?;
        }
        manager
            .drop_index(Index::drop().name("report_name").table("report").to_owned())
            .await?;
        manager.create_index(index("report", &["owner_id"])).await?;
        let moved = Query::update()
            .table("job")
            .value("lane", "report")
            .and_where(Expr::col("kind").eq("report"))
            .take();
        manager.execute(moved).await
    }
}
