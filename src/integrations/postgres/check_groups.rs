//! What `check` finds about the group roles: those that are missing, that the bot cannot give, or that it would refuse to
//! give.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::check::setup_sql;
use super::errors::failed;
use super::names::Identifier;
use super::server::Server;
use super::target::{group_named, group_of};
use super::{Permission, PostgresSettings, check_bounded, groups, one_database};
use crate::access::resource::Resource;
use crate::access::target::Trouble;
use crate::findings::Finding;

/// What people cannot request, or cannot request for only one database.
pub(super) fn of_the_offer(settings: &PostgresSettings, resources: &[Resource]) -> Vec<Finding> {
    let databases: Vec<String> = resources.iter().map(|resource| resource.name.clone()).collect();
    let shared = one_database::shared(&settings.permissions, &databases);
    let mut findings: Vec<Finding> = shared
        .iter()
        .map(|(group, means)| {
            Finding::problem(
                one_database::told(group, means),
                "use separate group roles for each database in `permissions`",
            )
        })
        .collect();
    for Permission {
        name, group, heir, ..
    } in &settings.permissions
    {
        for resource in resources {
            if let Some(heir) = heir {
                let heir = group_of(heir, &resource.name);
                findings.push(Finding::warning(
                    format!(
                        "objects left by logins with {name} on {} go to {heir}: their index functions, triggers and views then run \
                         with that role's rights",
                        resource.name
                    ),
                    "remove `heir` if that role has more rights than the logins",
                ));
            }
            let group = group_of(group, &resource.name);
            if !resource.permissions.contains(name) && !shared.contains_key(&group) {
                findings.push(Finding::warning(
                    format!(
                        "{name} on {} cannot be requested: the group role {group} does not exist",
                        resource.name
                    ),
                    format!(
                        "run the SQL of `apono integrations setup-sql {} --group-roles` in {}, then {}",
                        settings.name,
                        resource.name,
                        setup_sql(settings)
                    ),
                ));
            }
        }
    }
    findings
}

/// Whether the bot may give each group role, whether it would refuse to, and whether members can connect to the database.
pub(super) async fn of_the_groups(
    connection: &mut PgConnection,
    server: &Server,
    settings: &PostgresSettings,
    resources: &[Resource],
    works: bool,
) -> Result<Vec<Finding>, IntegrationError> {
    let mut findings = Vec::new();
    let mut seen: Vec<Identifier> = Vec::new();
    for resource in resources {
        for Permission {
            name: permission,
            group: template,
            ..
        } in &settings.permissions
        {
            if !resource.permissions.contains(permission) {
                continue;
            }
            let group = group_named(&group_of(template, &resource.name))?;
            let name = group.as_str();
            let database = Identifier::new(&resource.name).map_err(|error| {
                IntegrationError::refuse(
                    Trouble::Setup,
                    format!("the database's name {:?} {error}", resource.name),
                )
            })?;
            let Some((mut given, enters)) = reach(connection, name, &resource.name).await? else {
                continue;
            };
            if settings.bounded {
                given = !works || check_bounded::gives(connection, name).await?;
            }
            if !enters {
                findings.push(Finding::problem(
                    format!(
                        "{permission} on {} gives no access: {name} lacks CONNECT there",
                        resource.name
                    ),
                    format!("GRANT CONNECT ON DATABASE {database} TO {group}"),
                ));
            }
            if seen.contains(&group) {
                continue;
            }
            if !given {
                let lacks = if settings.bounded {
                    "its functions do not allow it"
                } else {
                    "it has no ADMIN OPTION on it"
                };
                findings.push(Finding::problem(
                    format!("the bot cannot give the group role {name}: {lacks}"),
                    setup_sql(settings),
                ));
            }
            let (groups, allowed) = (std::slice::from_ref(&group), &settings.allow_roles);
            let mut checked = vec![groups::check(connection, groups, allowed).await];
            // That the bot cannot connect to a database is reported for the database.
            if let Ok(mut there) = server.connect_to(&resource.name).await {
                checked.push(groups::check_in_database(&mut there, groups, allowed).await);
                let seen = [resource.name.as_str()];
                checked.push(groups::check_elsewhere(server, connection, &group, &seen, allowed).await);
            }
            for done in checked {
                match done {
                    Ok(()) => {}
                    Err(IntegrationError::Refuse { said: why, .. }) => {
                        findings.push(Finding::problem(
                            why,
                            "take that away from the group role, or from PUBLIC",
                        ));
                    }
                    // A database that cannot be read must not hide the findings about the rest.
                    Err(IntegrationError::Retry { said: why, .. }) => findings.push(Finding::problem(
                        format!("the group role {name} could not be checked: {why}"),
                        "run the check again",
                    )),
                }
            }
            seen.push(group);
        }
    }
    Ok(findings)
}

/// Whether the bot may give `group`, and whether its members may connect to `database`; none if one of them was dropped while the
/// check was looking. From PostgreSQL 16 on, CREATEROLE no longer lets a role grant groups that others created.
async fn reach(
    connection: &mut PgConnection,
    group: &str,
    database: &str,
) -> Result<Option<(bool, bool)>, IntegrationError> {
    // By oid: PostgreSQL then answers NULL for what is gone, where by name it fails.
    sqlx::query_as(
        "SELECT current_setting('server_version_num')::int < 160000 OR given, enters
         FROM pg_roles r, pg_database d,
              LATERAL pg_has_role(current_user, r.oid, 'MEMBER WITH ADMIN OPTION') AS given,
              LATERAL has_database_privilege(r.oid, d.oid, 'CONNECT') AS enters
         WHERE rolname = $1 AND datname = $2 AND given IS NOT NULL AND enters IS NOT NULL",
    )
    .bind(group)
    .bind(database)
    .fetch_optional(connection)
    .await
    .map_err(failed("reading the group roles"))
}
