//! The audit trail: events that are only ever added, the head, and their posts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::columns::{index, int, int_null, table, text, text_null};

pub(super) async fn up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let audit_event = table(
        "audit_event",
        [
            int("seq").primary_key().take(),
            text("hash"),
            text("payload"),
            int("at"),
            text("kind"),
            text_null("request_id"),
        ],
    );
    manager.create_table(audit_event).await?;
    manager
        .create_index(index("audit_event", &["request_id", "seq"]))
        .await?;
    refuse_changes(manager).await?;

    let audit_head = table(
        "audit_head",
        [
            int("id").primary_key().take(),
            int("seq"),
            text("hash"),
            int("at"),
        ],
    );
    manager.create_table(audit_head).await?;
    let before_the_first = Query::insert()
        .into_table("audit_head")
        .columns(["id", "seq", "hash", "at"])
        .values_panic([1.into(), 0.into(), "0".repeat(64).into(), 0.into()])
        .take();
    manager.execute(before_the_first).await?;

    let audit_post = table(
        "audit_post",
        [
            int("seq").primary_key().take(),
            int("first_attempt_at"),
            text("channel"),
            text_null("ts"),
            int_null("posted_at"),
        ],
    );
    manager.create_table(audit_post).await
}

/// The database itself refuses to change or delete an event. The database's owner can remove the triggers; this prevents
/// mistakes, and the chain reveals everything else.
async fn refuse_changes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let statements: &[&str] = match manager.get_database_backend() {
        DbBackend::Sqlite => &[
            "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
             BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END",
            "CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
             BEGIN SELECT RAISE(ABORT, 'audit events are never deleted'); END",
        ],
        DbBackend::Postgres => &[
            "CREATE FUNCTION audit_event_refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'audit events are never changed or deleted'; END $$",
            "CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event
             FOR EACH ROW EXECUTE FUNCTION audit_event_refuse()",
            "CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event
             FOR EACH STATEMENT EXECUTE FUNCTION audit_event_refuse()",
        ],
        other => return Err(DbErr::Migration(format!("no schema for {other:?}"))),
    };
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}
