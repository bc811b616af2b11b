//! People and the accounts they act through.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int, int_null, refers, table, text, text_null, unique};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let person = table("person", [text("id").primary_key().take(), int("created_at")]);
    manager.create_table(person).await?;

    let account = table(
        "account",
        [
            text("id").primary_key().take(),
            text("person_id"),
            text("enterprise"),
            text("team"),
            text("user"),
            text("name"),
            text_null("email"),
            int_null("confirmed_at"),
            int("seen_at"),
        ],
    )
    .foreign_key(&mut refers("person_id", "person"))
    .take();
    manager.create_table(account).await?;
    manager
        .create_index(unique("account", &["enterprise", "team", "user"]))
        .await?;
    manager.create_index(index("account", &["person_id"])).await?;

    let email_pin = table(
        "email_pin",
        [
            text("email").primary_key().take(),
            text("account_id"),
            int("pinned_at"),
        ],
    )
    .foreign_key(&mut refers("account_id", "account"))
    .take();
    manager.create_table(email_pin).await
}
