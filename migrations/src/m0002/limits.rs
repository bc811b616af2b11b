//! Who gets no new access, and where none is given.

use sea_orm_migration::prelude::*;

use crate::columns::{int, refers, table, text};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    // Why is a word of ours: an admin blocked them, or they left the workspace.
    let blocked_person = table(
        "blocked_person",
        [
            text("person_id").primary_key().take(),
            text("why"),
            int("blocked_at"),
        ],
    )
    .foreign_key(&mut refers("person_id", "person"))
    .take();
    manager.create_table(blocked_person).await?;

    let frozen_integration = table(
        "frozen_integration",
        [
            text("integration").primary_key().take(),
            text("frozen_by"),
            int("frozen_at"),
        ],
    )
    .foreign_key(&mut refers("frozen_by", "person"))
    .take();
    manager.create_table(frozen_integration).await
}
