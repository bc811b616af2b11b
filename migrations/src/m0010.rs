//! The address that each account in Slack shows, also where it identifies nobody.

use sea_orm_migration::prelude::*;

use crate::columns::{index, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0010_addresses"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Lower case. Null if the account showed none, or was not seen since.
        let mut shown = text_null("shown_email");
        let add = Table::alter().table("account").add_column(&mut shown).take();
        manager.alter_table(add).await?;
        manager.create_index(index("account", &["shown_email"])).await?;
        manager.create_index(index("account", &["email"])).await
    }
}
