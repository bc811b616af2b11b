//! What can be asked for on a server, and what of ours lives there.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::super::{IntegrationError, LiveGrant, Resource};
use super::PostgresSettings;
use super::errors::failed;
use super::mark::Mark;
use super::names::role_prefix;
use super::server::Endpoint;
use super::target::group_of;
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;

/// The server's own database for administrators; offered only where the config lists it.
const MAINTENANCE_DATABASE: &str = "postgres";

/// Databases that take connections, each with those permissions whose group role exists.
pub(crate) async fn discover(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    endpoint: &Endpoint,
) -> Result<Vec<Resource>, IntegrationError> {
    let doing = "listing the databases";
    let databases: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let offered: Vec<String> = databases
        .into_iter()
        .filter(|database| match &settings.resources {
            Some(listed) => listed.contains(database),
            None => database != MAINTENANCE_DATABASE,
        })
        .collect();
    let groups: Vec<String> = offered
        .iter()
        .flat_map(|database| {
            let templates = settings.permissions.iter().map(|(_, template)| template);
            templates.map(move |template| group_of(template, database))
        })
        .collect();
    let existing: Vec<String> =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1::text[])")
            .bind(&groups)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed(doing))?;
    let host = settings.connect_host.as_ref().unwrap_or(&endpoint.host);
    let port = settings.connect_port.unwrap_or(endpoint.port);
    let resources = offered.into_iter().map(|database| Resource {
        resource_type: "Database".to_owned(),
        path: format!("{host}:{port}/{database}"),
        tags: BTreeMap::new(),
        permissions: settings
            .permissions
            .iter()
            .filter(|(_, template)| existing.contains(&group_of(template, &database)))
            .map(|(name, _)| name.clone())
            .collect(),
        owner: None,
        id: database.clone(),
        name: database,
    });
    Ok(resources.collect())
}

/// Roles of this install that can log in or are still in session.
pub(crate) async fn inspect(
    connection: &mut PgConnection,
    install: &InstallId,
) -> Result<Vec<LiveGrant>, IntegrationError> {
    let prefix =
        role_prefix(install).map_err(|e| IntegrationError::Refuse(format!("the install's id {e}")))?;
    let rows: Vec<(String, Option<i64>, Option<String>)> = sqlx::query_as(
        "SELECT rolname::text,
                CASE WHEN isfinite(rolvaliduntil) THEN round(extract(epoch FROM rolvaliduntil) * 1000000)::int8 END,
                shobj_description(oid, 'pg_authid')
         FROM pg_roles r
         WHERE starts_with(rolname, $1)
           AND (rolcanlogin AND coalesce(rolvaliduntil, 'infinity') > clock_timestamp()
                OR EXISTS (SELECT FROM pg_stat_activity a WHERE a.usesysid = r.oid))
         ORDER BY 1",
    )
    .bind(prefix)
    .fetch_all(connection)
    .await
    .map_err(failed("listing the logins"))?;
    let live = rows.into_iter().map(|(principal, until, comment)| LiveGrant {
        principal,
        request: match Mark::read(comment.as_deref()) {
            Mark::Ours { request, .. } => Some(request),
            Mark::Foreign => None,
        },
        until: until.map(Timestamp::from_micros),
    });
    Ok(live.collect())
}
