//! The migrated schema is the one that the entities read, on both databases: the same columns, types, nulls and keys.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DbBackend, EntityTrait, Iden, IdenStatic, Iterable,
    QueryResult, Statement,
};

use super::entities::{
    access_grant, account, audit_event, audit_head, audit_post, blocked_person, decision, drift, email_pin,
    extension, frozen_integration, grant_use, inbox, install, job, message, person, pinned_channel,
    policy_version, portal_attempt, portal_identity, portal_link, portal_session, public_key, read_note,
    red_button, red_button_request, refusal, report, report_run, request, request_term, request_unit,
    resource, review, review_line, review_reviewer, setting, stray, submission, words,
};
use super::same_person::NAMING;
use super::{DatabaseTarget, Store};
use crate::access::time::Timestamp;
use crate::throwaway_postgres::{ThrowawayError, ThrowawayPostgres};

#[tokio::test]
async fn entities_and_schema_are_the_same_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    check(&DatabaseTarget::Sqlite(folder.path().join("apono.db"))).await;
}

#[tokio::test]
async fn entities_and_schema_are_the_same_on_postgresql() {
    match ThrowawayPostgres::start() {
        Ok(server) => check(&DatabaseTarget::Postgres(server.superuser_url("postgres"))).await,
        Err(ThrowawayError::NotInstalled)
            if std::env::var_os("APONO_REQUIRE_POSTGRES").is_none_or(|value| value != "1") =>
        {
            eprintln!("left out: {}", ThrowawayError::NotInstalled);
        }
        Err(error) => panic!("{error}"),
    }
}

/// If a table were missing there, two accounts could never be merged.
#[tokio::test]
async fn a_join_renames_a_person_wherever_one_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let target = DatabaseTarget::Sqlite(folder.path().join("apono.db"));
    let store = Store::open(&target).await.unwrap();
    store.migrate(Timestamp::from_seconds(1)).await.unwrap();
    let sql = "SELECT m.name, f.\"from\" FROM sqlite_master m, pragma_foreign_key_list(m.name) f
               WHERE m.type = 'table' AND f.\"table\" = 'person'";
    let rows = store
        .reader()
        .query_all_raw(Statement::from_string(DbBackend::Sqlite, sql))
        .await
        .unwrap();
    let text = |row: &QueryResult, index| row.try_get_by_index::<String>(index).unwrap();
    let in_schema: BTreeSet<_> = rows.iter().map(|row| (text(row, 0), text(row, 1))).collect();
    let apart = [("account", "person_id"), ("blocked_person", "person_id")];
    let named: BTreeSet<_> = NAMING
        .into_iter()
        .chain(apart)
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect();
    assert_eq!(in_schema, named);
    store.close().await.unwrap();
}

async fn check(target: &DatabaseTarget) {
    let store = Store::open(target).await.unwrap();
    store.migrate(Timestamp::from_seconds(1)).await.unwrap();
    let compared = BTreeSet::from([
        same(&store, access_grant::Entity).await,
        same(&store, account::Entity).await,
        same(&store, audit_event::Entity).await,
        same(&store, audit_head::Entity).await,
        same(&store, audit_post::Entity).await,
        same(&store, blocked_person::Entity).await,
        same(&store, decision::Entity).await,
        same(&store, drift::Entity).await,
        same(&store, email_pin::Entity).await,
        same(&store, extension::Entity).await,
        same(&store, frozen_integration::Entity).await,
        same(&store, grant_use::Entity).await,
        same(&store, inbox::Entity).await,
        same(&store, install::Entity).await,
        same(&store, job::Entity).await,
        same(&store, message::Entity).await,
        same(&store, person::Entity).await,
        same(&store, pinned_channel::Entity).await,
        same(&store, policy_version::Entity).await,
        same(&store, portal_attempt::Entity).await,
        same(&store, portal_identity::Entity).await,
        same(&store, portal_link::Entity).await,
        same(&store, portal_session::Entity).await,
        same(&store, public_key::Entity).await,
        same(&store, read_note::Entity).await,
        same(&store, red_button::Entity).await,
        same(&store, red_button_request::Entity).await,
        same(&store, refusal::Entity).await,
        same(&store, report::Entity).await,
        same(&store, report_run::Entity).await,
        same(&store, request::Entity).await,
        same(&store, request_term::Entity).await,
        same(&store, request_unit::Entity).await,
        same(&store, resource::Entity).await,
        same(&store, review::Entity).await,
        same(&store, review_line::Entity).await,
        same(&store, review_reviewer::Entity).await,
        same(&store, setting::Entity).await,
        same(&store, stray::Entity).await,
        same(&store, submission::Entity).await,
        same(&store, words::Entity).await,
    ]);
    let by_statements_alone = NO_ENTITIES.map(str::to_owned).into();
    assert_eq!(compared, &tables(&store).await - &by_statements_alone);
    store.close().await.unwrap();
}

/// Tables that are read and written by statements alone.
const NO_ENTITIES: [&str; 2] = ["counter", "lease"];

/// Every table but the migrator's own.
async fn tables(store: &Store) -> BTreeSet<String> {
    let sql = match store.reader().get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        _ => "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()",
    };
    let statement = Statement::from_string(store.reader().get_database_backend(), sql);
    let rows = store.reader().query_all_raw(statement).await.unwrap();
    let names = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap());
    names.filter(|name| name != "seaql_migrations").collect()
}

/// A column: name, type, may be null, part of the primary key.
type Column = (String, String, bool, bool);

/// The table's name, once its columns are the same.
async fn same<E: EntityTrait>(store: &Store, entity: E) -> String {
    let table = entity.table_name();
    assert_eq!(migrated(store, table).await, declared::<E>(), "{table}");
    table.to_owned()
}

fn declared<E: EntityTrait>() -> BTreeSet<Column> {
    let keys: Vec<String> = E::PrimaryKey::iter().map(|key| key.to_string()).collect();
    let columns = E::Column::iter().map(|column| {
        let definition = column.def();
        let kind = match definition.get_column_type() {
            ColumnType::Text => "text",
            ColumnType::BigInteger => "bigint",
            ColumnType::Boolean => "boolean",
            other => panic!("{other:?} is not a type in this schema"),
        };
        let name = column.as_str().to_owned();
        let is_key = keys.contains(&name);
        (name, kind.to_owned(), definition.is_null(), is_key)
    });
    columns.collect()
}

async fn migrated(store: &Store, table: &str) -> BTreeSet<Column> {
    let db = store.reader();
    let backend = db.get_database_backend();
    let sql = match backend {
        // SQLite's integers have one size, and sea-query calls it "integer".
        DbBackend::Sqlite => {
            "SELECT name, replace(lower(type), 'integer', 'bigint'), \"notnull\" = 0, pk > 0
             FROM pragma_table_info($1)"
        }
        _ => {
            "SELECT column_name::text, data_type::text, is_nullable = 'YES',
               EXISTS (
                 SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
                 WHERE i.indisprimary AND i.indrelid = table_name::regclass AND a.attname = column_name)
             FROM information_schema.columns WHERE table_name = $1 AND table_schema = 'public'"
        }
    };
    let rows = db
        .query_all_raw(Statement::from_sql_and_values(backend, sql, [table.into()]))
        .await
        .unwrap();
    let columns = rows.iter().map(|row| {
        let flag = |index| row.try_get_by_index::<bool>(index).unwrap();
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            flag(2),
            flag(3),
        )
    });
    columns.collect()
}
