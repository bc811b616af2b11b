//! Many small rows as one text of JSON: a database client takes longer to hand a row over than the database to find it.

use sea_orm::{ConnectionTrait, DbBackend, IdenStatic, Iterable, Statement, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::StoreError;

/// Rows as one text.
pub(super) struct Rows(String);

impl Rows {
    /// The rows, each a `T`, which may borrow its texts from here: a tuple or a struct that takes the columns in their order. A text of
    /// which JSON escapes something cannot be borrowed.
    pub(super) fn each<'t, T: Deserialize<'t>>(&'t self) -> Result<Vec<T>, StoreError> {
        serde_json::from_str(&self.0).map_err(|error| StoreError::inconsistent("request", "many", error))
    }
}

/// Reads `columns`, texts and numbers, of all rows `from` (what follows `FROM`), in any order.
pub(super) async fn text(
    db: &impl ConnectionTrait,
    columns: &str,
    from: &str,
    values: Vec<Value>,
) -> Result<Rows, StoreError> {
    let backend = db.get_database_backend();
    let all = match backend {
        DbBackend::Sqlite => all_of(backend, &format!("json_array({columns})")),
        _ => all_of(backend, &format!("json_build_array({columns})")),
    };
    let statement = Statement::from_sql_and_values(backend, format!("SELECT {all} FROM {from}"), values);
    only(db, statement).await
}

/// The only row of a statement that selects [`all_of`] something.
pub(super) async fn only(db: &impl ConnectionTrait, statement: Statement) -> Result<Rows, StoreError> {
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::not_found("request", "any"))?;
    Ok(Rows(row.try_get_by_index(0)?))
}

/// What a statement selects to have this of all its rows, as [`Rows`].
pub(super) fn all_of(backend: DbBackend, each: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!("json_group_array({each})"),
        _ => format!("COALESCE(json_agg({each}), '[]')::text"),
    }
}

/// The same as [`text`], where nothing is borrowed.
pub(super) async fn rows<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    columns: &str,
    from: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    text(db, columns, from, values).await?.each()
}

/// All columns of a table that the statement calls `name`, in the order of its model.
pub(super) fn columns<C: Iterable + IdenStatic>(name: &str) -> String {
    let columns: Vec<String> = C::iter()
        .map(|column| format!("{name}.\"{}\"", column.as_str()))
        .collect();
    columns.join(", ")
}

/// A list as one value, of which [`elements`] makes rows.
pub(super) fn list(all: &impl Serialize) -> Value {
    let all = serde_json::to_string(all).expect("texts and numbers are JSON");
    all.into()
}

/// What follows `FROM` to have the elements of a [`list`] as rows `n`: `n.value`, which is a text on PostgreSQL. `place` stands for
/// the list.
pub(super) fn elements(backend: DbBackend, place: &str) -> String {
    match backend {
        DbBackend::Sqlite => format!("json_each({place}) n"),
        _ => format!("json_array_elements_text({place}::json) n"),
    }
}

/// An element of these that is a number.
pub(super) const fn number(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "n.value",
        _ => "n.value::bigint",
    }
}

/// A list for what follows `IN`, if it is the only value of the statement.
pub(super) struct List {
    pub(super) sql: String,
    values: Vec<Value>,
}

impl List {
    pub(super) fn texts(db: &impl ConnectionTrait, texts: &[&str]) -> Self {
        Self::new(db.get_database_backend(), "n.value", &texts)
    }

    pub(super) fn numbers(db: &impl ConnectionTrait, numbers: &[i64]) -> Self {
        let backend = db.get_database_backend();
        Self::new(backend, number(backend), &numbers)
    }

    fn new(backend: DbBackend, element: &str, all: &impl Serialize) -> Self {
        Self {
            sql: format!("(SELECT {element} FROM {})", elements(backend, "$1")),
            values: vec![list(all)],
        }
    }

    pub(super) fn values(&self) -> Vec<Value> {
        self.values.clone()
    }
}
