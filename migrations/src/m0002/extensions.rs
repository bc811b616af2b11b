//! Live access that somebody wants for longer.

use sea_orm_migration::prelude::*;

use crate::columns::{int, int_null, key, refers, table, text, text_null};

/// The position counts the extensions of a request from 1; the state is pending, applied, rejected or lapsed.
pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let extension = table(
        "extension",
        [
            text("request_id"),
            int("position"),
            text("asked_by"),
            int("asked_at"),
            int("added_us"),
            text("state"),
            text_null("decided_by"),
            int_null("decided_at"),
            int_null("until"),
        ],
    )
    .primary_key(&mut key(&["request_id", "position"]))
    .foreign_key(&mut refers("request_id", "request"))
    .foreign_key(&mut refers("asked_by", "person"))
    .foreign_key(&mut refers("decided_by", "person"))
    .take();
    manager.create_table(extension).await
}
