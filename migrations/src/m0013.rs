//! Access reviews and their lines.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int, int_null, key, refers, table, text, text_null, unique};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0013_reviews"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut review = table(
            "review",
            [
                // As people name it: RV-3.
                text("id"),
                int("number"),
                text("name"),
                // As the address of a page has it.
                text("filter"),
                int("due_at"),
                text("at_due"),
                text("starter_id"),
                // Who started it and whom it asks, as they were called then, in JSON.
                text("starter"),
                text("reviewers"),
                int("started_at"),
                // Null while it is open.
                int_null("ended_at"),
                text_null("digest"),
                int("version"),
            ],
        );
        review.primary_key(&mut key(&["id"]));
        review.foreign_key(&mut refers("starter_id", "person"));
        manager.create_table(review).await?;
        manager.create_index(unique("review", &["number"])).await?;

        let mut reviewer = table("review_reviewer", [text("review_id"), text("person_id")]);
        reviewer.primary_key(&mut key(&["review_id", "person_id"]));
        reviewer.foreign_key(&mut refers("review_id", "review"));
        reviewer.foreign_key(&mut refers("person_id", "person"));
        manager.create_table(reviewer).await?;
        manager
            .create_index(index("review_reviewer", &["person_id"]))
            .await?;

        let mut line = table(
            "review_line",
            [
                text("review_id"),
                // From 1 on.
                int("position"),
                text("request_id"),
                text("requester_id"),
                text("grantee_id"),
                // The request as it was at the start, in JSON.
                text("facts"),
                int_null("granted_at"),
                int_null("until"),
                text_null("used"),
                text_null("decision"),
                text_null("decider_id"),
                // As they were called then, in JSON.
                text_null("decider"),
                int_null("decided_at"),
                // The words of the decision, and their hash as the trail has it.
                text_null("note_id"),
                text_null("note_sha256"),
                // Null until it is decided, or the review is due.
                text_null("outcome"),
            ],
        );
        line.primary_key(&mut key(&["review_id", "position"]));
        line.foreign_key(&mut refers("review_id", "review"));
        line.foreign_key(&mut refers("request_id", "request"));
        line.foreign_key(&mut refers("requester_id", "person"));
        line.foreign_key(&mut refers("grantee_id", "person"));
        line.foreign_key(&mut refers("decider_id", "person"));
        manager.create_table(line).await
    }
}
