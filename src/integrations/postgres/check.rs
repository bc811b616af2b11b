//! What on a server will fail or is unwise, found before somebody asks for access.

use std::time::Duration;

use sqlx::PgConnection;

use super::super::{IntegrationError, Resource};
use super::errors::failed;
use super::server::Server;
use super::target::{RESOURCE_PLACE, group_of};
use super::{PostgresSettings, discover};
use crate::access::time::Timestamp;

/// Ends are kept by the server's clock and told by ours; more than this between them shows.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// Something to know about a server, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Grants or revokes will fail.
    Problem(String),
    /// It works, and is less safe than it could be.
    Warning(String),
}

pub(crate) async fn check(
    server: &Server,
    settings: &PostgresSettings,
    now: Timestamp,
) -> Result<Vec<Finding>, IntegrationError> {
    let doing = "checking the server";
    let mut connection = server.pool()?.acquire().await.map_err(failed(doing))?;
    let mut findings = of_the_bot(&mut connection, now).await?;
    let resources = discover::discover(&mut connection, settings, &server.endpoint).await?;
    for listed in settings.resources.iter().flatten() {
        if !resources.iter().any(|r| r.name == *listed) {
            findings.push(Finding::Problem(format!(
                "the database {listed} does not exist or takes no connections"
            )));
        }
    }
    for (permission, template) in &settings.permissions {
        if !template.contains(RESOURCE_PLACE) && resources.len() > 1 {
            findings.push(Finding::Warning(format!(
                "{permission} is the group role {template} on every database: access to one is access to all"
            )));
        }
        for resource in resources.iter().filter(|r| !r.permissions.contains(permission)) {
            findings.push(Finding::Warning(format!(
                "{permission} on {} is not on offer: the group role {} does not exist",
                resource.name,
                group_of(template, &resource.name)
            )));
        }
    }
    findings.extend(groups_not_given(&mut connection, settings, &resources).await?);
    let names: Vec<&str> = resources.iter().map(|r| r.name.as_str()).collect();
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT datname::text FROM pg_database
         WHERE datname = ANY($1::text[]) AND EXISTS (
             SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba)))
             WHERE grantee = 0 AND privilege_type = 'CONNECT')
         ORDER BY 1",
    )
    .bind(&names)
    .fetch_all(&mut *connection)
    .await
    .map_err(failed(doing))?;
    for database in open {
        findings.push(Finding::Warning(format!(
            "every login can connect to {database}: PUBLIC has CONNECT"
        )));
        if anybody_creates(server, &database).await? {
            findings.push(Finding::Warning(format!(
                "every login can make objects in {database}: PUBLIC has CREATE on schema public"
            )));
        }
    }
    Ok(findings)
}

async fn of_the_bot(connection: &mut PgConnection, now: Timestamp) -> Result<Vec<Finding>, IntegrationError> {
    let (superuser, creates, signals, server_now): (bool, bool, bool, i64) = sqlx::query_as(
        "SELECT rolsuper, rolcreaterole, pg_has_role(oid, 'pg_signal_backend', 'USAGE'),
                round(extract(epoch FROM clock_timestamp()) * 1000000)::int8
         FROM pg_roles WHERE rolname = current_user",
    )
    .fetch_one(connection)
    .await
    .map_err(failed("reading the bot's own role"))?;
    let mut findings = Vec::new();
    if superuser {
        findings.push(Finding::Warning(
            "the bot is a superuser; CREATEROLE and pg_signal_backend are enough".to_owned(),
        ));
    }
    if !superuser && !creates {
        findings.push(Finding::Problem(
            "the bot cannot make logins: its role lacks CREATEROLE".to_owned(),
        ));
    }
    if !signals {
        findings.push(Finding::Problem(
            "the bot cannot end sessions: its role is no member of pg_signal_backend".to_owned(),
        ));
    }
    let server_now = Timestamp::from_micros(server_now);
    let skew = server_now.since(now).max(now.since(server_now));
    if skew > CLOCK_SKEW {
        findings.push(Finding::Warning(format!(
            "the server's clock and the bot's are {} s apart",
            skew.as_secs()
        )));
    }
    Ok(findings)
}

/// From PostgreSQL 16 on, CREATEROLE no longer lets a role give away groups that others made.
async fn groups_not_given(
    connection: &mut PgConnection,
    settings: &PostgresSettings,
    resources: &[Resource],
) -> Result<Vec<Finding>, IntegrationError> {
    let groups: Vec<String> = resources
        .iter()
        .flat_map(|resource| {
            let templates = settings.permissions.iter().map(|(_, template)| template);
            templates.map(|template| group_of(template, &resource.name))
        })
        .collect();
    let kept: Vec<String> = sqlx::query_scalar(
        "SELECT rolname::text FROM pg_roles
         WHERE rolname = ANY($1::text[]) AND current_setting('server_version_num')::int >= 160000
           AND NOT pg_has_role(oid, 'MEMBER WITH ADMIN OPTION')
         ORDER BY 1",
    )
    .bind(&groups)
    .fetch_all(connection)
    .await
    .map_err(failed("reading the group roles"))?;
    let told = kept.into_iter().map(|group| {
        Finding::Problem(format!(
            "the bot cannot give the group role {group}: it has no ADMIN OPTION on it"
        ))
    });
    Ok(told.collect())
}

async fn anybody_creates(server: &Server, database: &str) -> Result<bool, IntegrationError> {
    let mut there = server.connect_to(database).await?;
    sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT FROM pg_namespace, aclexplode(nspacl)
             WHERE nspname = 'public' AND grantee = 0 AND privilege_type = 'CREATE')",
    )
    .fetch_one(&mut there)
    .await
    .map_err(failed("reading who may make objects"))
}
