//! Indexes for many rows: a hundred thousand live grants, a million requests that ended. And when a message is tried again, now
//! that one job brings all messages of a request.

use sea_orm_migration::prelude::*;

use crate::columns::{index, int_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0005_many_rows"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // What one person asked for lately, and what they have or wait for.
        for (table, columns) in [
            ("submission", ["person_id", "created_at"]),
            ("request", ["requester_id", "state"]),
            ("request", ["grantee_id", "state"]),
        ] {
            manager.create_index(index(table, &columns)).await?;
        }
        // What changed lately.
        manager.create_index(index("request", &["changed_at"])).await?;
        // The live grants of an integration, page by page.
        let live = index("access_grant", &["integration", "request_id"])
            .and_where(Expr::col("ended_at").is_null())
            .take();
        manager.create_index(live).await?;
        // The few jobs of a lane that somebody works on.
        let leased = index("job", &["lane", "lease_until"])
            .and_where(Expr::col("lease_until").is_not_null())
            .take();
        manager.create_index(leased).await?;
        for column in ["retry_at", "tried_version"] {
            let again = Table::alter()
                .table("message")
                .add_column(int_null(column))
                .take();
            manager.alter_table(again).await?;
        }
        Ok(())
    }
}
