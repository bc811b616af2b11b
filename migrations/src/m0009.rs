//! How each session of the portal began, and whose account it is if that is one of an OpenID Connect issuer.

use sea_orm_migration::prelude::*;

use crate::columns::text_null;

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0009_readers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            // The issuer, or empty if it was a link. Null if an earlier version began it.
            text_null("through"),
            // The issuer whose account `account` is. Null for an account of the directory.
            text_null("account_issuer"),
        ] {
            let add = Table::alter()
                .table("portal_session")
                .add_column(&mut column)
                .take();
            manager.alter_table(add).await?;
        }
        Ok(())
    }
}
