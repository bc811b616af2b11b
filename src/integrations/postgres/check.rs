//! What on a server will fail or is unwise, found before somebody asks for access. It only reads.

use std::time::Duration;

use sqlx::PgConnection;

use super::super::{IntegrationError, Resource};
use super::account;
use super::cluster::Cluster;
use super::errors::failed;
use super::names::{Identifier, OURS};
use super::server::Server;
use super::target::{RESOURCE_PLACE, account_named, group_named, group_of};
use super::{AccountKind, Permission, PostgresSettings, check_bounded, discover, groups, rights};
use crate::access::time::Timestamp;
use crate::findings::Finding;

/// Ends are kept by the server's clock and told by ours; more than this between them shows.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// What mends most of it.
const SETUP_SQL: &str = "run the SQL of `apono integrations setup-sql`";

pub(crate) async fn check(
    cluster: &Cluster,
    settings: &PostgresSettings,
    now: Timestamp,
) -> Result<Vec<Finding>, IntegrationError> {
    let server = &cluster.primary;
    let doing = "checking the server";
    let mut connection = server.pool()?.acquire().await.map_err(failed(doing))?;
    let (works, mut findings) = of_the_bot(&mut connection, settings, now).await?;
    let resources = discover::discover(&mut connection, settings, &server.endpoint).await?;
    if works {
        findings.extend(of_the_live_roles(&mut connection, settings, &resources).await?);
    }
    for listed in settings.resources.iter().flatten() {
        if !resources.iter().any(|r| r.name == *listed) {
            findings.push(Finding::problem(
                format!("the database {listed} does not exist or takes no connections"),
                "create it, or take it out of `resources`",
            ));
        }
    }
    for Permission {
        name: permission,
        group: template,
        ..
    } in &settings.permissions
    {
        if !template.contains(RESOURCE_PLACE) && resources.len() > 1 {
            findings.push(Finding::problem(
                format!("{permission} is the group role {template} on every database: access to one is access to all"),
                "name a group role for each database, with {resource} in the name",
            ));
        }
        for resource in resources.iter().filter(|r| !r.permissions.contains(permission)) {
            let group = group_of(template, &resource.name);
            findings.push(Finding::warning(
                format!(
                    "{permission} on {} is not on offer: the group role {group} does not exist",
                    resource.name
                ),
                format!("create it, then {SETUP_SQL}"),
            ));
        }
    }
    findings.extend(of_the_accounts(&mut connection, settings).await?);
    for replica in &cluster.replicas {
        findings.extend(of_the_replica(replica).await);
    }
    findings.extend(of_the_groups(&mut connection, server, settings, &resources, works).await?);
    findings.extend(of_the_databases(&mut connection, server, &resources).await?);
    Ok(findings)
}

/// Whether it can be asked further what the bot may give, and what was found.
async fn of_the_bot(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    now: Timestamp,
) -> Result<(bool, Vec<Finding>), IntegrationError> {
    let doing = "reading the bot's own role";
    let (role, version, creates, signals, server_now): (String, String, bool, bool, i64) = sqlx::query_as(
        "SELECT rolname::text, current_setting('server_version'), rolsuper OR rolcreaterole,
                pg_has_role(oid, 'pg_signal_backend', 'USAGE'),
                round(extract(epoch FROM clock_timestamp()) * 1000000)::int8
         FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let powers: Vec<String> = sqlx::query_scalar(
        "SELECT power FROM pg_roles, unnest(
             ARRAY['is a superuser', 'has REPLICATION', 'has BYPASSRLS', 'has CREATEDB'],
             ARRAY[rolsuper, rolreplication, rolbypassrls, rolcreatedb]) AS p(power, has)
         WHERE rolname = current_user AND has
         UNION ALL
         SELECT 'is a member of ' || r.rolname FROM pg_roles r JOIN pg_roles me ON me.rolname = current_user
         WHERE NOT me.rolsuper AND starts_with(r.rolname, 'pg_') AND r.rolname <> 'pg_signal_backend'
           AND pg_has_role(me.oid, r.oid, 'MEMBER')",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    let mut findings = vec![Finding::ok(format!(
        "PostgreSQL {version} answers the role {role}"
    ))];
    let mut works = true;
    if settings.bounded {
        let (found, of_the_functions) = check_bounded::of_the_functions(connection, settings).await?;
        works = found;
        findings.extend(of_the_functions);
    } else {
        findings.extend(of_its_powers(&powers, creates, signals));
    }
    let server_now = Timestamp::from_micros(server_now);
    let skew = server_now.since(now).max(now.since(server_now));
    if skew > CLOCK_SKEW {
        findings.push(Finding::warning(
            format!(
                "the server's clock and the bot's are {} s apart, so access ends that much early or late",
                skew.as_secs()
            ),
            "keep both machines' clocks with NTP",
        ));
    }
    Ok((works, findings))
}

/// What a bot that is not bounded has too much or lacks.
fn of_its_powers(powers: &[String], creates: bool, signals: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !powers.is_empty() {
        findings.push(Finding::warning(
            format!(
                "the bot's role {}: CREATEROLE and pg_signal_backend are enough",
                powers.join(", ")
            ),
            "use a role that the SQL of `apono integrations setup-sql` made",
        ));
    }
    if !creates {
        findings.push(Finding::problem(
            "the bot cannot make logins: its role lacks CREATEROLE",
            SETUP_SQL,
        ));
    }
    if !signals {
        findings.push(Finding::problem(
            "the bot cannot end sessions: its role is no member of pg_signal_backend",
            SETUP_SQL,
        ));
    }
    findings
}

/// Roles of grants that the bot could not lock: it lost a right, or never had it on those from before an upgrade.
async fn of_the_live_roles(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    resources: &[Resource],
) -> Result<Vec<Finding>, IntegrationError> {
    let mut findings = Vec::new();
    let templates = settings.permissions.iter().map(|permission| &permission.group);
    let groups: Vec<String> = templates
        .flat_map(|template| {
            resources
                .iter()
                .map(|resource| group_of(template, &resource.name))
        })
        .collect();
    if settings.bounded {
        return check_bounded::out_of_reach(connection, OURS, &groups).await;
    }
    for role in rights::out_of_reach(connection, OURS, &groups).await? {
        let missing = rights::missing(connection, &role, false).await?;
        findings.push(Finding::problem(
            format!("the bot cannot end the access of {role} for good: {missing}"),
            "run that statement; until then its sessions are ended, and it can log in again",
        ));
    }
    Ok(findings)
}

/// Whether the accounts that people have anyway can be given anything.
async fn of_the_accounts(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
) -> Result<Vec<Finding>, IntegrationError> {
    let mut findings = Vec::new();
    match &settings.account {
        AccountKind::Ephemeral => {}
        AccountKind::Personal { roles } => {
            for role in roles {
                let objection = account::objection(connection, &account_named(role)?).await?;
                let mend = "mend the account, or take it out of `accounts`";
                findings.extend(objection.map(|objection| Finding::problem(objection, mend)));
            }
        }
    }
    Ok(findings)
}

/// A replica that does not answer holds up the end of every grant, so it is a problem and not an error of the check.
async fn of_the_replica(replica: &Server) -> Option<Finding> {
    let standby = async {
        let mut connection = replica.pool()?.acquire().await.map_err(failed("connecting"))?;
        sqlx::query_scalar("SELECT pg_is_in_recovery()")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed("reading whether it is a replica"))
    };
    let problem = match standby.await {
        Ok(true) => return None,
        Ok(false) => "it is no streaming replica: it takes writes".to_owned(),
        Err(error) => error.to_string(),
    };
    let (host, port) = (&replica.endpoint.host, replica.endpoint.port);
    Some(Finding::problem(
        format!("the replica {host}:{port}: {problem}"),
        "until it answers, no access ends; take it out of `replicas` if it is gone for good",
    ))
}

/// Whether the bot may give each group role, whether it would refuse to, and whether members can enter the database.
async fn of_the_groups(
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
                IntegrationError::Refuse(format!("the database's name {:?} {error}", resource.name))
            })?;
            let (mut given, enters) = reach(connection, name, &resource.name).await?;
            if settings.bounded {
                given = !works || check_bounded::gives(connection, name).await?;
            }
            if !enters {
                findings.push(Finding::problem(
                    format!(
                        "{permission} on {} lets nobody in: {name} has no CONNECT there",
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
                    "its functions do not give it"
                } else {
                    "it has no ADMIN OPTION on it"
                };
                findings.push(Finding::problem(
                    format!("the bot cannot give the group role {name}: {lacks}"),
                    SETUP_SQL,
                ));
            }
            let groups = std::slice::from_ref(&group);
            let checked = async {
                groups::check(&mut *connection, groups, &settings.allow_roles).await?;
                // That the bot cannot enter a database is told of the database.
                let Ok(mut there) = server.connect_to(&resource.name).await else {
                    return Ok(());
                };
                groups::check_in_database(&mut there, groups, &settings.allow_roles).await
            };
            match checked.await {
                Ok(()) => {}
                Err(IntegrationError::Refuse(why)) => {
                    findings.push(Finding::problem(why, "give the group role less"));
                }
                Err(error @ IntegrationError::Retry(_)) => return Err(error),
            }
            seen.push(group);
        }
    }
    Ok(findings)
}

/// Whether the bot may give `group`, and whether its members may enter `database`. From PostgreSQL 16 on, CREATEROLE no
/// longer lets a role give away groups that others made.
async fn reach(
    connection: &mut PgConnection,
    group: &str,
    database: &str,
) -> Result<(bool, bool), IntegrationError> {
    sqlx::query_as(
        "SELECT current_setting('server_version_num')::int < 160000
                OR pg_has_role(current_user, $1::name, 'MEMBER WITH ADMIN OPTION'),
                has_database_privilege($1::name, $2, 'CONNECT')",
    )
    .bind(group)
    .bind(database)
    .fetch_one(connection)
    .await
    .map_err(failed("reading the group roles"))
}

/// Whether the bot may enter each database, and what everybody may do there.
async fn of_the_databases(
    connection: &mut PgConnection,
    server: &Server,
    resources: &[Resource],
) -> Result<Vec<Finding>, IntegrationError> {
    let names: Vec<&str> = resources.iter().map(|r| r.name.as_str()).collect();
    let databases: Vec<(String, bool, bool)> = sqlx::query_as(
        "SELECT datname::text, has_database_privilege(oid, 'CONNECT'), EXISTS (
             SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
             WHERE grantee = 0 AND privilege_type = 'CONNECT')
         FROM pg_database WHERE datname = ANY($1::text[]) ORDER BY 1",
    )
    .bind(&names)
    .fetch_all(connection)
    .await
    .map_err(failed("reading who may enter the databases"))?;
    let mut findings = Vec::new();
    for (database, enters, open) in databases {
        if !enters {
            findings.push(Finding::problem(
                format!("the bot cannot clean up in {database}: its role has no CONNECT there"),
                SETUP_SQL,
            ));
            continue;
        }
        if open {
            findings.push(Finding::warning(
                format!("every login can connect to {database}: PUBLIC has CONNECT"),
                format!("REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC, once its group roles have CONNECT"),
            ));
        }
        let schemas = anybody_creates(server, &database).await?;
        if !schemas.is_empty() {
            let schemas = schemas.join(", ");
            findings.push(Finding::problem(
                format!("every login can make objects in {database}: PUBLIC has CREATE on {schemas}"),
                format!("REVOKE CREATE ON SCHEMA {schemas} FROM PUBLIC, in that database"),
            ));
        }
    }
    Ok(findings)
}

async fn anybody_creates(server: &Server, database: &str) -> Result<Vec<String>, IntegrationError> {
    let mut there = server.connect_to(database).await?;
    sqlx::query_scalar(
        "SELECT DISTINCT quote_ident(nspname) FROM pg_namespace, aclexplode(nspacl)
         WHERE grantee = 0 AND privilege_type = 'CREATE' ORDER BY 1",
    )
    .fetch_all(&mut there)
    .await
    .map_err(failed("reading who may make objects"))
}
