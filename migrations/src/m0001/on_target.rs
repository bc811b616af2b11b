//! What was found on targets that differs from what was granted, or that belongs to no request.

use sea_orm_migration::prelude::*;

use crate::columns::{int, int_null, refers, table, text, text_null, unique};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // The number comes from the target; the request is set if we have one that has ended.
    let stray = table(
        "stray",
        [
            text("id").primary_key().take(),
            text("place"),
            text("name"),
            int("number"),
            text_null("request_id"),
            text("granted"),
            int("until"),
            int("found_at"),
            int_null("ended_at"),
        ],
    )
    .foreign_key(&mut refers("request_id", "request"))
    .take();
    manager.create_table(stray).await?;
    manager.create_index(unique("stray", &["place", "name"])).await?;

    // The last change that was found in a request's live access, so it is reported only once.
    let drift = table(
        "drift",
        [
            text("request_id").primary_key().take(),
            text("said"),
            int("found_at"),
        ],
    )
    .foreign_key(&mut refers("request_id", "request"))
    .take();
    manager.create_table(drift).await
}
