//! Many small rows as one text of JSON: a database client takes longer to hand a row over than the database to find it.

use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::de::DeserializeOwned;

use super::super::error::StoreError;

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
