//! The sessions of roles at one moment, with where they come from: what people see of how access is used.
//!
//! Where a session comes from, and whether it is a person's or a helper process of a query, is shown only to members of
//! `pg_read_all_stats`. Without that a helper counts as a session, and addresses stay unknown.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, PgConnection};

use super::super::IntegrationError;
use super::errors::failed;
use crate::access::usage::{Few, Sessions};

const DOING: &str = "listing the sessions";

/// Of each role: its oid, how many processes it has, and of its sessions how many there are, some of their addresses and of
/// the names of their applications. A grantee can open many sessions with many names, so there is one row for each role, with
/// few names.
const EACH: &str = "SELECT a.usesysid::int8, count(*) FILTER (WHERE coalesce(backend_type, 'client backend') = 'client backend')::int8,
       (array_agg(DISTINCT coalesce(host(client_addr), 'local socket'))
          FILTER (WHERE client_addr IS NOT NULL OR client_port = -1))[1:6],
       (array_agg(DISTINCT left(application_name, 64)) FILTER (WHERE application_name <> ''))[1:6]
     FROM pg_stat_activity a";

type Row = (i64, i64, Option<Vec<String>>, Option<Vec<String>>);

/// By the oids of the roles with this prefix that have a process on the server.
pub(crate) async fn by_role(
    connection: &mut PgConnection,
    prefix: &str,
) -> Result<BTreeMap<i64, Sessions>, IntegrationError> {
    let sql = format!(
        "{EACH} WHERE usesysid IN (SELECT oid FROM pg_roles WHERE starts_with(rolname, $1)) GROUP BY a.usesysid"
    );
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(prefix)
        .fetch_all(connection)
        .await
        .map_err(failed(DOING))?;
    Ok(rows.into_iter().map(|row| (row.0, sessions(row))).collect())
}

/// All of those of these roles.
pub(crate) async fn of_roles(
    connection: &mut PgConnection,
    roles: &[i64],
) -> Result<Sessions, IntegrationError> {
    let sql = format!("{EACH} WHERE usesysid::int8 = ANY($1) GROUP BY a.usesysid");
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(roles)
        .fetch_all(connection)
        .await
        .map_err(failed(DOING))?;
    let mut all = Sessions::default();
    for row in rows {
        all.join(&sessions(row));
    }
    Ok(all)
}

fn sessions((_, count, addresses, applications): Row) -> Sessions {
    let few = |texts: Option<Vec<String>>| {
        let mut few = Few::default();
        texts.iter().flatten().for_each(|text| few.add(text));
        few
    };
    Sessions {
        count: u32::try_from(count).unwrap_or(u32::MAX),
        addresses: few(addresses),
        applications: few(applications),
    }
}
