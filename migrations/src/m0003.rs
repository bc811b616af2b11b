//! Who is signed in to the portal, and who is about to be.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int, refers, table, text, text_null, unique};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0003_portal"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let link = table(
            "portal_link",
            [
                text("token_hash").primary_key().take(),
                text("code_hash"),
                text("person_id"),
                text("account"),
                int("misses"),
                int("made_at"),
                // Of the browser that entered the code.
                text_null("claim_hash"),
            ],
        )
        .foreign_key(&mut refers("person_id", "person"))
        .take();
        manager.create_table(link).await?;
        manager.create_index(index("portal_link", &["person_id"])).await?;
        manager
            .create_index(unique("portal_link", &["claim_hash"]))
            .await?;

        let session = table(
            "portal_session",
            [
                text("id").primary_key().take(),
                text("secret_hash"),
                text("person_id"),
                text("account"),
                text("address"),
                text("browser"),
                int("began_at"),
                int("seen_at"),
            ],
        )
        .foreign_key(&mut refers("person_id", "person"))
        .take();
        manager.create_table(session).await?;
        manager
            .create_index(unique("portal_session", &["secret_hash"]))
            .await?;
        manager
            .create_index(index("portal_session", &["person_id"]))
            .await
    }
}
