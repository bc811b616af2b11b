//! Extensions of live access.

use sea_orm_migration::prelude::*;

use crate::columns::{int, int_null, key, refers, table, text, text_null};

/// The position is the number of the extension within its request, from 1; the state is pending, `on_its_way`, applied,
/// rejected, lapsed or failed.
pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let extension = table(
        "extension",
        [
            text("request_id"),
            int("position"),
            text("asked_by"),
            int("asked_at"),
            int("added_us"),
            text_null("words_id"),
            text("state"),
            text_null("decided_by"),
            text_null("decided_as"),
            text_null("reason_id"),
            int_null("decided_at"),
            int_null("until"),
        ],
    )
    .primary_key(&mut key(&["request_id", "position"]))
    .foreign_key(&mut refers("request_id", "request"))
    .foreign_key(&mut refers("asked_by", "person"))
    .foreign_key(&mut refers("words_id", "words"))
    .foreign_key(&mut refers("decided_by", "person"))
    .foreign_key(&mut refers("reason_id", "words"))
    .take();
    manager.create_table(extension).await
}
