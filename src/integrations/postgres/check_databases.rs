//! What `check` finds about the databases: which ones the bot cannot connect to, and what everybody may do in them.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::PostgresSettings;
use super::check::setup_sql;
use super::errors::failed;
use super::names::Identifier;
use super::server::Server;
use super::setup_sql::quoted;
use super::target::group_of;
use crate::access::resource::Resource;
use crate::access::target::Trouble;
use crate::findings::Finding;

/// Every new database is a copy of this one.
const TEMPLATE: &str = "template1";

/// A database, and who may do what in it.
struct Database {
    name: String,
    /// Whether the bot may connect.
    enters: bool,
    /// Whether everybody may connect.
    open: bool,
    /// Whether everybody may create schemas.
    makes_schemas: bool,
}

/// Looks at the databases on offer, at the bot's own and at the template, where every login may leave something that ends up
/// in new databases.
pub(super) async fn of_the_databases(
    connection: &mut PgConnection,
    server: &Server,
    settings: &PostgresSettings,
    resources: &[Resource],
) -> Result<Vec<Finding>, IntegrationError> {
    let offered = |name: &str| resources.iter().find(|resource| resource.name == name);
    let mut names: Vec<&str> = resources.iter().map(|resource| resource.name.as_str()).collect();
    names.extend([TEMPLATE, server.endpoint.database.as_str()]);
    let mut findings = Vec::new();
    for database in read(connection, &names).await? {
        let name = &database.name;
        let offered = offered(name);
        if !database.enters {
            if offered.is_some() {
                findings.push(Finding::problem(
                    format!("the bot cannot clean up in {name}: its role lacks CONNECT there"),
                    setup_sql(settings),
                ));
            }
            continue;
        }
        let database_name = Identifier::new(name).map_err(|error| {
            IntegrationError::refuse(Trouble::Setup, format!("the database's name {name:?} {error}"))
        })?;
        if let (true, Some(resource)) = (database.open, offered) {
            let who = match groups_of(settings, resource) {
                groups if groups.is_empty() => "everyone who needs it".to_owned(),
                groups => format!("{groups}, and everyone else who needs it"),
            };
            findings.push(Finding::warning(
                format!("every login can connect to {name}: PUBLIC has CONNECT"),
                format!(
                    "GRANT CONNECT ON DATABASE {database_name} TO {who}; then REVOKE CONNECT, TEMPORARY ON DATABASE {database_name} FROM \
                     PUBLIC"
                ),
            ));
        }
        if database.makes_schemas {
            findings.push(Finding::problem(
                format!("every login can create schemas in {name}: PUBLIC has CREATE on the database"),
                format!("REVOKE CREATE ON DATABASE {database_name} FROM PUBLIC"),
            ));
        }
        match anybody_creates(server, name).await {
            Ok(schemas) if schemas.is_empty() => {}
            Ok(schemas) => {
                let schemas = schemas.join(", ");
                findings.push(Finding::problem(
                    format!("every login can create objects in {name}: PUBLIC has CREATE on {schemas}"),
                    format!("REVOKE CREATE ON SCHEMA {schemas} FROM PUBLIC, in that database"),
                ));
            }
            Err(error) => findings.push(Finding::problem(
                format!("the bot cannot check {name}: {error}"),
                "make sure the bot's role can connect there, or nothing is cleaned up in it",
            )),
        }
    }
    Ok(findings)
}

/// The group roles of a database, quoted.
fn groups_of(settings: &PostgresSettings, resource: &Resource) -> String {
    let there = settings
        .permissions
        .iter()
        .filter(|permission| resource.permissions.contains(&permission.name));
    let groups = there.map(|permission| quoted(&group_of(&permission.group, &resource.name)));
    groups.collect::<Vec<_>>().join(", ")
}

/// Without those that are dropped meanwhile: PostgreSQL answers NULL for them.
async fn read(connection: &mut PgConnection, names: &[&str]) -> Result<Vec<Database>, IntegrationError> {
    let rows: Vec<(String, bool, bool, bool)> = sqlx::query_as(
        "SELECT datname::text, enters, coalesce(bool_or(privilege_type = 'CONNECT'), false),
                coalesce(bool_or(privilege_type = 'CREATE'), false)
         FROM pg_database
         JOIN LATERAL has_database_privilege(oid, 'CONNECT') AS enters ON enters IS NOT NULL
         LEFT JOIN LATERAL aclexplode(coalesce(datacl, acldefault('d', datdba))) acl ON acl.grantee = 0
         WHERE datname = ANY($1::text[]) AND datallowconn GROUP BY oid, datname, enters ORDER BY datname",
    )
    .bind(names)
    .fetch_all(connection)
    .await
    .map_err(failed("reading who may connect to the databases"))?;
    let database = |(name, enters, open, makes_schemas)| Database {
        name,
        enters,
        open,
        makes_schemas,
    };
    Ok(rows.into_iter().map(database).collect())
}

async fn anybody_creates(server: &Server, database: &str) -> Result<Vec<String>, IntegrationError> {
    let mut there = server.connect_to(database).await?;
    sqlx::query_scalar(
        "SELECT DISTINCT quote_ident(nspname) FROM pg_namespace, aclexplode(nspacl)
         WHERE grantee = 0 AND privilege_type = 'CREATE' ORDER BY 1",
    )
    .fetch_all(&mut there)
    .await
    .map_err(failed("reading who may create objects"))
}
