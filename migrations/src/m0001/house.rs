//! The installation: its id, counters, settings, channels it found, policies it used, and the resources on its targets.

use sea_orm_migration::prelude::*;

use crate::columns::{int, key, table, text, text_null};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let install = table("install", [text("id").primary_key().take(), int("created_at")]);
    manager.create_table(install).await?;

    let counter = table("counter", [text("name").primary_key().take(), int("value")]);
    manager.create_table(counter).await?;

    let setting = table("setting", [text("name").primary_key().take(), text("value")]);
    manager.create_table(setting).await?;

    let pinned_channel = table(
        "pinned_channel",
        [
            text("purpose").primary_key().take(),
            text("wanted"),
            text("channel"),
        ],
    );
    manager.create_table(pinned_channel).await?;

    let policy_version = table(
        "policy_version",
        [
            text("digest").primary_key().take(),
            text("text"),
            int("activated_at"),
        ],
    );
    manager.create_table(policy_version).await?;

    let resource = table(
        "resource",
        [
            text("integration"),
            text("resource_type"),
            text("id"),
            text("name"),
            text("path"),
            text("tags"),
            text("permissions"),
            text_null("owner"),
            int("seen_at"),
        ],
    )
    .primary_key(&mut key(&["integration", "resource_type", "id"]))
    .take();
    manager.create_table(resource).await
}
