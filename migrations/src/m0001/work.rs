//! Work to do: jobs, envelopes that arrived, messages to show, leases of whole tasks.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, index, int, int_null, refers, table, text, text_null, unique};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    create_job(manager).await?;
    create_inbox(manager).await?;
    create_message(manager).await?;

    let lease = table(
        "lease",
        [
            text("name").primary_key().take(),
            text("owner"),
            int("until"),
            int("fence"),
        ],
    );
    manager.create_table(lease).await
}

async fn create_job(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let job = table(
        "job",
        [
            text("id").primary_key().take(),
            text("lane"),
            text("kind"),
            text("key"),
            int("run_at"),
            int("priority"),
            int_null("lease_until"),
            int("fence"),
            text_null("owner"),
            int("attempt"),
            flag("again"),
            text_null("last_error"),
            int("created_at"),
        ],
    );
    manager.create_table(job).await?;
    manager.create_index(unique("job", &["kind", "key"])).await?;
    manager.create_index(index("job", &["lane", "run_at"])).await?;
    // The few jobs of a lane that somebody is working on.
    let leased = index("job", &["lane", "lease_until"])
        .and_where(Expr::col("lease_until").is_not_null())
        .take();
    manager.create_index(leased).await
}

async fn create_inbox(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let inbox = table(
        "inbox",
        [
            text("key").primary_key().take(),
            text("class"),
            text_null("body"),
            int("received_at"),
            text("state"),
            int_null("lease_until"),
            text_null("owner"),
            int("fence"),
            int("attempt"),
            int_null("handled_at"),
            text_null("outcome"),
        ],
    );
    manager.create_table(inbox).await?;
    manager
        .create_index(index("inbox", &["state", "received_at"]))
        .await
}

async fn create_message(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let message = table(
        "message",
        [
            text("id").primary_key().take(),
            text("request_id"),
            text("person_id"),
            text("surface"),
            // The extension it is about, or 0.
            int("extension"),
            int("generation"),
            text_null("channel"),
            text_null("ts"),
            int_null("shown_version"),
            text("state"),
            int_null("first_attempt_at"),
            int_null("retry_at"),
            int_null("tried_version"),
        ],
    )
    .foreign_key(&mut refers("request_id", "request"))
    .foreign_key(&mut refers("person_id", "person"))
    .take();
    manager.create_table(message).await?;
    let once = unique(
        "message",
        &["request_id", "person_id", "surface", "extension", "generation"],
    );
    manager.create_index(once).await?;
    manager.create_index(index("message", &["state"])).await?;
    manager.create_index(index("message", &["channel", "ts"])).await
}
