//! What can be requested on a server.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::PgConnection;

use crate::access::resource::Resource;

use super::super::IntegrationError;
use super::errors::failed;
use super::server::Endpoint;
use super::target::group_of;
use super::{PostgresSettings, one_database};

/// The server's own database for administrators; offered only if the config lists it.
pub(super) const MAINTENANCE_DATABASE: &str = "postgres";

/// The databases on offer: those that accept connections.
pub(crate) async fn databases(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
) -> Result<Vec<String>, IntegrationError> {
    let databases: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname",
    )
    .fetch_all(connection)
    .await
    .map_err(failed("listing the databases"))?;
    let offered = databases
        .into_iter()
        .filter(|database| match &settings.resources {
            Some(listed) => listed.contains(database),
            None => database != MAINTENANCE_DATABASE,
        });
    Ok(offered.collect())
}

/// The databases on offer, each with the permissions whose group role exists and is for this database only.
pub(crate) async fn discover(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    endpoint: &Endpoint,
) -> Result<Vec<Resource>, IntegrationError> {
    let offered = databases(connection, settings).await?;
    let groups: Vec<String> = offered
        .iter()
        .flat_map(|database| {
            let templates = settings.permissions.iter().map(|permission| &permission.group);
            templates.map(move |template| group_of(template, database))
        })
        .collect();
    let existing: Vec<String> =
        sqlx::query_scalar("SELECT rolname::text FROM pg_roles WHERE rolname = ANY($1::text[])")
            .bind(&groups)
            .fetch_all(&mut *connection)
            .await
            .map_err(failed("looking for the group roles"))?;
    let shared: BTreeSet<String> = one_database::shared(&settings.permissions, &offered)
        .into_keys()
        .collect();
    let gives = |template: &str, database: &str| {
        let group = group_of(template, database);
        existing.contains(&group) && !shared.contains(&group)
    };
    let host = settings.connect_host.as_ref().unwrap_or(&endpoint.host);
    let port = settings.connect_port.unwrap_or(endpoint.port);
    let resources = offered.into_iter().map(|database| Resource {
        resource_type: "Database".to_owned(),
        path: format!("{host}:{port}/{database}"),
        tags: BTreeMap::new(),
        permissions: settings
            .permissions
            .iter()
            .filter(|permission| gives(&permission.group, &database))
            .map(|permission| permission.name.clone())
            .collect(),
        owner: None,
        id: database.clone(),
        name: database,
    });
    Ok(resources.collect())
}
