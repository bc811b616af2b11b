//! Finds what will fail or is unwise on a server before somebody requests access. It only reads.

use std::time::Duration;

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::account;
use super::cluster::Cluster;
use super::errors::{code_of, failed};
use super::server::Server;
use super::steps::MEMBERSHIP_OPTIONS_SINCE;
use super::target::{account_named, group_of};
use super::{AccountKind, PostgresSettings, check_bounded, check_databases, check_groups, discover, rights};
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::findings::Finding;

/// Access ends by the server's clock and is reported by ours; people notice a larger difference than this.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

/// The fix for most findings.
pub(super) fn setup_sql(settings: &PostgresSettings) -> String {
    let bounded = if settings.bounded { " --bounded" } else { "" };
    format!(
        "run the SQL of `apono integrations setup-sql {}{bounded}`",
        settings.name
    )
}

pub(crate) async fn check(
    cluster: &Cluster,
    settings: &PostgresSettings,
    now: Timestamp,
) -> Result<Vec<Finding>, IntegrationError> {
    let server = &cluster.primary;
    let mut connection = match server.pool()?.acquire().await {
        Ok(connection) => connection,
        // The answer of a server that has not been set up yet.
        Err(error) if code_of(&error).as_deref() == Some("28P01") => {
            return Ok(vec![Finding::problem(
                "the password is wrong, or there is no such user (28P01)",
                format!(
                    "{}, with the password from the URL, or correct the secret",
                    setup_sql(settings)
                ),
            )]);
        }
        Err(error) => return Err(server.not_connected("checking the server", error).await),
    };
    let (works, mut findings) = of_the_bot(&mut connection, settings, now).await?;
    for server in std::iter::once(server).chain(&cluster.replicas) {
        findings.extend(server.doubt()?);
    }
    let resources = discover::discover(&mut connection, settings, &server.endpoint).await?;
    if works {
        findings.extend(of_the_live_roles(&mut connection, settings, &resources).await?);
    }
    for listed in settings.resources.iter().flatten() {
        if !resources.iter().any(|r| r.name == *listed) {
            findings.push(Finding::problem(
                format!("the database {listed} does not exist or does not accept connections"),
                "create it, or remove it from `resources`",
            ));
        }
    }
    findings.extend(check_groups::of_the_offer(settings, &resources));
    findings.extend(of_the_accounts(&mut connection, settings).await?);
    for replica in &cluster.replicas {
        findings.extend(of_the_replica(replica).await);
    }
    findings.extend(check_groups::of_the_groups(&mut connection, server, settings, &resources, works).await?);
    findings.extend(check_databases::of_the_databases(&mut connection, server, settings, &resources).await?);
    Ok(findings)
}

/// Whether the check can continue with what the bot may give, and what was found.
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
        "connected to PostgreSQL {version} as the role {role}"
    ))];
    let mut works = true;
    if settings.bounded {
        let (found, of_the_functions) = check_bounded::of_the_functions(connection, settings).await?;
        works = found;
        findings.extend(of_the_functions);
    } else {
        let bounded = !creates && check_bounded::is_bounded(connection).await?;
        if bounded {
            works = false;
            findings.push(Finding::problem(
                "the bot's role is bounded, but the config does not say so",
                "add `bounded = true` to the integration",
            ));
        } else {
            let is_root = connection.server_version_num().unwrap_or_default() < MEMBERSHIP_OPTIONS_SINCE;
            findings.extend(of_its_powers(settings, &powers, creates, signals, is_root));
        }
    }
    let server_now = Timestamp::from_micros(server_now);
    let skew = server_now.since(now).max(now.since(server_now));
    if skew > CLOCK_SKEW {
        findings.push(Finding::warning(
            format!(
                "the server's clock and the bot's differ by {} s, so access ends that much early or late",
                skew.as_secs()
            ),
            "keep both machines' clocks in sync with NTP",
        ));
    }
    Ok((works, findings))
}

/// Which rights a bot that is not bounded lacks or has too many of.
fn of_its_powers(
    settings: &PostgresSettings,
    powers: &[String],
    creates: bool,
    signals: bool,
    is_root: bool,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if creates && is_root {
        findings.push(Finding::warning(
            "on this server, as on all before PostgreSQL 16, the bot's CREATEROLE is as good as root",
            format!(
                "use a bounded role: the SQL of `apono integrations setup-sql {} --bounded`",
                settings.name
            ),
        ));
    }
    if !powers.is_empty() {
        findings.push(Finding::warning(
            format!(
                "the bot's role {}; it only needs CREATEROLE and pg_signal_backend",
                powers.join(", ")
            ),
            format!(
                "use a role created by the SQL of `apono integrations setup-sql {}`",
                settings.name
            ),
        ));
    }
    if !creates {
        findings.push(Finding::problem(
            "the bot cannot create logins: its role lacks CREATEROLE",
            setup_sql(settings),
        ));
    }
    if !signals {
        findings.push(Finding::problem(
            "the bot cannot end sessions: its role is not a member of pg_signal_backend",
            setup_sql(settings),
        ));
    }
    findings
}

/// Roles of grants that the bot could not lock: it lost a right, or never had it on roles from before an upgrade.
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
        return check_bounded::out_of_reach(connection, &groups).await;
    }
    for role in rights::out_of_reach(connection, &groups).await? {
        let missing = rights::missing(connection, &role, false).await?;
        findings.push(Finding::problem(
            format!("the bot cannot end the access of {role} permanently: {missing}"),
            "run that statement; until then the bot ends its sessions, but it can log in again",
        ));
    }
    Ok(findings)
}

/// Whether the accounts that people already have can be given anything.
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
                let mend = "fix the account, or remove it from `accounts`";
                findings.extend(objection.map(|(_, objection)| Finding::problem(objection, mend)));
            }
        }
    }
    Ok(findings)
}

/// A replica that does not answer delays the end of every grant, so it is a finding, not an error of the check.
async fn of_the_replica(replica: &Server) -> Option<Finding> {
    let standby = async {
        let mut connection = replica.connection("connecting").await?;
        sqlx::query_scalar("SELECT pg_is_in_recovery()")
            .fetch_one(&mut *connection)
            .await
            .map_err(failed("reading whether it is a replica"))
    };
    let problem = match standby.await {
        Ok(true) => return None,
        Ok(false) => "it is not a streaming replica: it accepts writes".to_owned(),
        Err(error) => error.to_string(),
    };
    let (host, port) = (&replica.endpoint.host, replica.endpoint.port);
    Some(Finding::problem(
        format!("the replica {host}:{port}: {problem}"),
        "until it answers, no access ends; remove it from `replicas` if it is gone permanently",
    ))
}
