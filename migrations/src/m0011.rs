//! Saved reports, and their runs.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, index, int, int_null, key, refers, table, text, text_null, unique};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0011_reports"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut report = table(
            "report",
            [
                text("id"),
                text("name"),
                text("owner_id"),
                flag("shared"),
                // The filter as the address of a page has it, times that move with the present included.
                text("query"),
                text("format"),
                // The names of the columns as a list in JSON.
                text("columns"),
                // When it runs by itself, in the language of cron, in this zone, and to which channel or account the file goes.
                text_null("cron"),
                text_null("zone"),
                text_null("recipient"),
                flag("paused"),
                // The moment for which it runs by itself next, however often that has to be tried.
                int_null("due_at"),
                int("version"),
                int("created_at"),
                int("changed_at"),
            ],
        );
        report.primary_key(&mut key(&["id"]));
        report.foreign_key(&mut refers("owner_id", "person"));
        manager.create_table(report).await?;
        manager.create_index(unique("report", &["name"])).await?;

        let mut run = table(
            "report_run",
            [
                text("id"),
                // Of a saved report, or the name of a built-in one.
                text("report"),
                // Who asked for it, or whose report it is. Null for an operator.
                text_null("by_id"),
                // The moment that it was due, if it ran by itself. A report runs once for each.
                int_null("due_at"),
                text("format"),
                int("started_at"),
                // Null until all of it left.
                int_null("ended_at"),
                int_null("rows"),
                int_null("bytes"),
                text_null("digest"),
                // Where it goes, if it runs by itself.
                text_null("recipient"),
            ],
        );
        run.primary_key(&mut key(&["id"]));
        run.foreign_key(&mut refers("by_id", "person"));
        manager.create_table(run).await?;
        manager
            .create_index(unique("report_run", &["report", "due_at"]))
            .await?;
        manager
            .create_index(index("report_run", &["report", "started_at"]))
            .await
    }
}
