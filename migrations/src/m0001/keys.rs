//! Public keys that people used to connect.

use sea_orm_migration::prelude::*;

use crate::columns::{int, refers, table, text, unique};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let public_key = table(
        "public_key",
        [
            text("id").primary_key().take(),
            text("person_id"),
            text("fingerprint"),
            text("body"),
            int("added_at"),
            int("used_at"),
        ],
    )
    .foreign_key(&mut refers("person_id", "person"))
    .take();
    manager.create_table(public_key).await?;
    manager
        .create_index(unique("public_key", &["person_id", "fingerprint"]))
        .await
}
