//! Live access that somebody wants for longer.

use sea_orm_migration::prelude::*;

use crate::columns::{int, int_null, key, refers, table, text, text_null, unique};

/// The position counts the extensions of a request from 1; the state is pending, `on_its_way`, applied, rejected, lapsed
/// or failed. A message says which extension it is about, or 0.
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
    manager.create_table(extension).await?;

    let about = Table::alter()
        .table("message")
        .add_column(int("extension").default(0).take())
        .take();
    manager.alter_table(about).await?;
    let once_before = Index::drop()
        .name("message_request_id_person_id_surface_generation")
        .table("message")
        .to_owned();
    manager.drop_index(once_before).await?;
    let once = unique(
        "message",
        &["request_id", "person_id", "surface", "extension", "generation"],
    );
    manager.create_index(once).await
}
