//! Accounts of an OpenID Connect issuer: whose they are, and who is about to sign in with one.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int, int_null, key, refers, table, text};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_openid"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let identity = table(
            "portal_identity",
            [
                text("issuer"),
                text("subject"),
                text("person_id"),
                text("account"),
                // The address by which it was found whose account this is.
                text("email"),
                int("seen_at"),
                // Null until an admin accepts it beside another of the same issuer.
                int_null("bound_at"),
            ],
        )
        .primary_key(&mut key(&["issuer", "subject"]))
        .foreign_key(&mut refers("person_id", "person"))
        .take();
        manager.create_table(identity).await?;
        manager
            .create_index(index("portal_identity", &["person_id"]))
            .await?;
        // Whose it may be, until an admin says so.
        manager.create_index(index("portal_identity", &["email"])).await?;
        manager
            .create_index(index("portal_identity", &["issuer", "account"]))
            .await?;
        // What waited for too long is forgotten.
        manager
            .create_index(index("portal_identity", &["seen_at"]))
            .await?;
        // Of each issuer, one account is somebody's.
        let one = "CREATE UNIQUE INDEX portal_identity_bound ON portal_identity (issuer, account)
                     WHERE bound_at IS NOT NULL";
        manager.get_connection().execute_unprepared(one).await?;

        let attempt = table(
            "portal_attempt",
            [text("state_hash").primary_key().take(), int("made_at")],
        );
        manager.create_table(attempt).await?;
        manager.create_index(index("portal_attempt", &["made_at"])).await
    }
}
