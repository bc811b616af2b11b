//! What long lists of requests are found by: when things happened, how it was decided, and an index of terms.
//!
//! Rows that exist are indexed by the program that runs the migration, in the same transaction; `indexed_version` says which
//! rows it has to look at.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{index, int_null, text_null};

pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m0004_search"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [
            int_null("decided_at"),
            text_null("decided_by"),
            int_null("granted_at"),
            int_null("ended_at"),
            int_null("indexed_version"),
        ] {
            let add = Table::alter().table("request").add_column(&mut column).take();
            manager.alter_table(add).await?;
        }
        for columns in [
            &["decided_at", "number"][..],
            &["decided_by", "number"],
            &["granted_at", "number"],
            &["ended_at", "number"],
            // Whose words they are, for the trigger below.
            &["justification_id"],
        ] {
            manager.create_index(index("request", columns)).await?;
        }
        let (without_rowid, collate, erase): (_, _, &[&str]) = match manager.get_database_backend() {
            DbBackend::Sqlite => (" WITHOUT ROWID", "", &ERASE_ON_SQLITE),
            DbBackend::Postgres => ("", "COLLATE \"C\"", &ERASE_ON_POSTGRES),
            other => return Err(DbErr::Migration(format!("no schema for {other:?}"))),
        };
        let statements = [
            // Prefixes are ranges, so the order has to be that of the bytes.
            format!(
                "CREATE TABLE request_term (number BIGINT NOT NULL, term TEXT {collate} NOT NULL,
                   PRIMARY KEY (number, term)){without_rowid}"
            ),
            "CREATE INDEX request_term_term_number ON request_term (term, number)".to_owned(),
            // How long after its creation anything happened to a request at most: a list about a span of time starts there.
            "CREATE INDEX request_lag ON request
               ((COALESCE(ended_at, granted_at, decided_at, created_at) - created_at))"
                .to_owned(),
            // Rows of a version that does not keep the index, which may still be running.
            "CREATE INDEX request_unindexed ON request (number)
               WHERE indexed_version IS NULL OR indexed_version <> version"
                .to_owned(),
        ];
        let erase = erase.iter().map(|sql| (*sql).to_owned());
        for statement in statements.into_iter().chain(erase) {
            manager.get_connection().execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

/// When a text is blanked, its words leave the index.
const ERASE_ON_SQLITE: [&str; 1] = [
    "CREATE TRIGGER words_blanked AFTER UPDATE OF body ON words WHEN NEW.body IS NULL
     BEGIN
       DELETE FROM request_term WHERE term LIKE 'w:% j'
         AND number IN (SELECT number FROM request WHERE justification_id = OLD.id);
     END",
];

const ERASE_ON_POSTGRES: [&str; 2] = [
    "CREATE FUNCTION words_blanked() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN
       DELETE FROM request_term WHERE term LIKE 'w:% j'
         AND number IN (SELECT number FROM request WHERE justification_id = OLD.id);
       RETURN NULL;
     END $$",
    "CREATE TRIGGER words_blanked AFTER UPDATE OF body ON words FOR EACH ROW WHEN (NEW.body IS NULL)
     EXECUTE FUNCTION words_blanked()",
];
