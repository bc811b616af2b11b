//! Requests, what was decided about them, and the grants they led to.

use sea_orm_migration::prelude::*;

use crate::columns::{flag, index, int, int_null, key, refers, table, text, text_null, unique};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let words = table(
        "words",
        [text("id").primary_key().take(), text("salt"), text_null("body")],
    );
    manager.create_table(words).await?;

    let submission = table(
        "submission",
        [
            text("id").primary_key().take(),
            text("person_id"),
            int("created_at"),
        ],
    )
    .foreign_key(&mut refers("person_id", "person"))
    .take();
    manager.create_table(submission).await?;
    // What one person requested recently.
    manager
        .create_index(index("submission", &["person_id", "created_at"]))
        .await?;

    create_request(manager).await?;
    create_decision(manager).await?;
    create_grant(manager).await
}

async fn create_request(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let request = table(
        "request",
        [
            text("id").primary_key().take(),
            int("number"),
            text("submission_id"),
            text("requester_id"),
            text("grantee_id"),
            text("integration"),
            text("kind"),
            text("resource_type"),
            text("flows"),
            text("policy_digest"),
            int("duration_us"),
            text("justification_id"),
            text("state"),
            text_null("reason_kind"),
            int("version"),
            int("created_at"),
            int("changed_at"),
            int("answer_due"),
        ],
    )
    .foreign_key(&mut refers("submission_id", "submission"))
    .foreign_key(&mut refers("requester_id", "person"))
    .foreign_key(&mut refers("grantee_id", "person"))
    .foreign_key(&mut refers("justification_id", "words"))
    .take();
    manager.create_table(request).await?;
    manager.create_index(unique("request", &["number"])).await?;
    for columns in [
        &["requester_id", "number"][..],
        &["grantee_id", "number"],
        &["state", "number"],
        &["submission_id"],
        // What one person has or is waiting for.
        &["requester_id", "state"],
        &["grantee_id", "state"],
        // What changed recently.
        &["changed_at"],
    ] {
        manager.create_index(index("request", columns)).await?;
    }

    let request_unit = table(
        "request_unit",
        [
            text("request_id"),
            int("position"),
            text("resource_id"),
            text("resource_name"),
            text("permission"),
        ],
    )
    .primary_key(&mut key(&["request_id", "position"]))
    .foreign_key(&mut refers("request_id", "request"))
    .take();
    manager.create_table(request_unit).await?;
    manager
        .create_index(unique(
            "request_unit",
            &["request_id", "resource_id", "permission"],
        ))
        .await
}

async fn create_decision(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let decision = table(
        "decision",
        [
            text("id").primary_key().take(),
            text("request_id"),
            text("person_id"),
            text("verdict"),
            text("decided_as"),
            text_null("reason_id"),
            int("decided_at"),
            flag("counts"),
        ],
    )
    .foreign_key(&mut refers("request_id", "request"))
    .foreign_key(&mut refers("person_id", "person"))
    .foreign_key(&mut refers("reason_id", "words"))
    .take();
    manager.create_table(decision).await?;
    manager.create_index(index("decision", &["request_id"])).await?;
    // One person decides once; a decision that no longer counts stays on record and does not prevent a new one.
    let once = unique("decision", &["request_id", "person_id"])
        .and_where(Expr::col("counts").eq(true))
        .take();
    manager.create_index(once).await
}

async fn create_grant(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let access_grant = table(
        "access_grant",
        [
            text("request_id").primary_key().take(),
            text("granted"),
            text("principal"),
            text("integration"),
            text("kind"),
            int("until"),
            int("tries"),
            int("first_tried_at"),
            int_null("confirmed_at"),
            int_null("target_deadline"),
            int_null("ended_at"),
            int_null("sessions_ended"),
            text_null("proof"),
            int_null("cleaned_at"),
        ],
    )
    .foreign_key(&mut refers("request_id", "request"))
    .take();
    manager.create_table(access_grant).await?;
    manager
        .create_index(unique("access_grant", &["integration", "principal"]))
        .await?;
    // Live access by its end, and by integration for paging, with its kind.
    for columns in [&["until"][..], &["integration", "request_id", "kind"]] {
        let live = index("access_grant", columns)
            .and_where(Expr::col("ended_at").is_null())
            .take();
        manager.create_index(live).await?;
    }
    Ok(())
}
