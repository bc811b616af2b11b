//! The database's own clock. Only leases use it: replicas' clocks differ, and a lease that two replicas read differently would
//! be useless.

use std::time::Duration;

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend};

use crate::access::time::micros_of;

/// SQL for the present time in microseconds since the Unix epoch; SQLite only has milliseconds.
pub(super) fn now(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "CAST(ROUND(unixepoch('now', 'subsec') * 1000) AS INTEGER) * 1000",
        _ => "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
    }
}

/// SQL for the end of a lease of this length that begins now.
pub(super) fn lease_end(backend: DbBackend, lease: Duration) -> String {
    format!("({} + {})", now(backend), micros_of(lease))
}

/// The condition that a row's lease has not expired.
pub(super) fn not_over(db: &impl ConnectionTrait) -> Expr {
    Expr::cust(format!("lease_until > {}", now(db.get_database_backend())))
}
