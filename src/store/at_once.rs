//! Many small rows as one text of JSON: a database client takes longer to hand a row over than the database to find it.

use sea_orm::{ConnectionTrait, DbBackend, IdenStatic, Iterable, Statement, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;

/// Reads `columns` of all rows `from` (what follows `FROM`), in any order. `T` takes the columns in their order, as texts and
/// numbers: a tuple or a struct.
pub(super) async fn rows<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    columns: &str,
    from: &str,
    values: Vec<Value>,
) -> Result<Vec<T>, StoreError> {
    let backend = db.get_database_backend();
    let all = match backend {
        DbBackend::Sqlite => format!("json_group_array(json_array({columns}))"),
        _ => format!("COALESCE(json_agg(json_build_array({columns})), '[]')::text"),
    };
    let statement = Statement::from_sql_and_values(backend, format!("SELECT {all} FROM {from}"), values);
    let row = db.query_one_raw(statement).await?;
    let row = row.ok_or_else(|| StoreError::not_found("request", "any"))?;
    let text: String = row.try_get_by_index(0)?;
    serde_json::from_str(&text).map_err(|error| StoreError::inconsistent("request", "many", error))
}

/// All columns of a table that the statement calls `name`, in the order of its model.
pub(super) fn columns<C: Iterable + IdenStatic>(name: &str) -> String {
    let columns: Vec<String> = C::iter()
        .map(|column| format!("{name}.\"{}\"", column.as_str()))
        .collect();
    columns.join(", ")
}

/// A list for what follows `IN`, if it is the only value of the statement.
pub(super) struct List {
    pub(super) sql: &'static str,
    values: Vec<Value>,
}

impl List {
    pub(super) fn texts(db: &impl ConnectionTrait, texts: &[&str]) -> Self {
        Self::new(db, &texts, "(SELECT json_array_elements_text($1::json))")
    }

    pub(super) fn numbers(db: &impl ConnectionTrait, numbers: &[i64]) -> Self {
        Self::new(
            db,
            &numbers,
            "(SELECT json_array_elements_text($1::json)::bigint)",
        )
    }

    fn new(db: &impl ConnectionTrait, list: &impl Serialize, on_postgres: &'static str) -> Self {
        let list = serde_json::to_string(list).expect("texts and numbers are JSON");
        Self {
            sql: match db.get_database_backend() {
                DbBackend::Sqlite => "(SELECT value FROM json_each($1))",
                _ => on_postgres,
            },
            values: vec![list.into()],
        }
    }

    pub(super) fn values(&self) -> Vec<Value> {
        self.values.clone()
    }
}
