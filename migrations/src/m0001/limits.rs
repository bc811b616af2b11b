//! Who gets no new access, where none is given, and repeated refusals.

use sea_orm_migration::prelude::*;

use crate::columns::{int, refers, table, text, text_null};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let blocked_person = table(
        "blocked_person",
        [
            text("person_id").primary_key().take(),
            text("blocked_by"),
            text_null("reason_id"),
            int("blocked_at"),
        ],
    )
    .foreign_key(&mut refers("person_id", "person"))
    .foreign_key(&mut refers("blocked_by", "person"))
    .foreign_key(&mut refers("reason_id", "words"))
    .take();
    manager.create_table(blocked_person).await?;

    let frozen_integration = table(
        "frozen_integration",
        [
            text("integration").primary_key().take(),
            text("frozen_by"),
            text_null("reason_id"),
            int("frozen_at"),
        ],
    )
    .foreign_key(&mut refers("frozen_by", "person"))
    .foreign_key(&mut refers("reason_id", "words"))
    .take();
    manager.create_table(frozen_integration).await?;

    // One row for each refusal in the trail, for as long as equal ones are only counted. The actor is the one of the first
    // refusal, as in the trail; the requests are the numbers of the affected requests.
    let refusal = table(
        "refusal",
        [
            text("id").primary_key().take(),
            text("by_key"),
            text("actor"),
            text("tried"),
            text("why"),
            text_null("standing"),
            text("requests"),
            int("times"),
            int("since"),
        ],
    );
    manager.create_table(refusal).await
}
