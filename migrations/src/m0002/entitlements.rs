//! Memberships of accounts that people have anyway, which several grants can share.

use sea_orm_migration::prelude::*;

use crate::columns::{int, int_null, table, text};

/// Desired is the latest end over all active grants, applied is what the target was told last; nothing where there is
/// to be none.
pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let entitlement = table(
        "entitlement",
        [
            text("key").primary_key().take(),
            text("integration"),
            int_null("desired_until"),
            int_null("applied_until"),
            int("generation"),
        ],
    );
    manager.create_table(entitlement).await
}
