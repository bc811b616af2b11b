//! Red buttons, and what each still has to end.

use sea_orm_migration::prelude::*;

use crate::columns::{int, key, refers, table, text};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let red_button = table(
        "red_button",
        [
            text("id").primary_key().take(),
            text("pressed_by"),
            int("pressed_at"),
        ],
    )
    .foreign_key(&mut refers("pressed_by", "person"))
    .take();
    manager.create_table(red_button).await?;

    // A row is removed once its request was taken up.
    let red_button_request = table("red_button_request", [text("red_button_id"), text("request_id")])
        .primary_key(&mut key(&["red_button_id", "request_id"]))
        .foreign_key(&mut refers("red_button_id", "red_button"))
        .foreign_key(&mut refers("request_id", "request"))
        .take();
    manager.create_table(red_button_request).await
}
