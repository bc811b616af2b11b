//! Setting right what somebody changed on the server by hand.
//!
//! Invariant: a role that was locked, by a revoke or by somebody, stays locked, and one whose comment does not say that it
//! is this grant's is not touched.

use sqlx::PgConnection;

use super::super::{Confirmed, IntegrationError};
use super::cluster::Cluster;
use super::errors::failed;
use super::grant::grant;
use super::names::{Identifier, Literal};
use super::roles::{self, Role};
use super::server::{Server, run};
use super::sessions::{self, Which};
use super::target::{Plan, account_named, group_named};
use crate::access::time::Timestamp;

const DOING: &str = "setting the access right";

/// Takes away what is too much, ends the sessions that may use it, and then grants anew what is missing.
pub(crate) async fn restore(
    cluster: &Cluster,
    plan: &Plan,
    until: Timestamp,
) -> Result<Confirmed, IntegrationError> {
    let losers = take_away(&cluster.primary, plan, until).await?;
    if !losers.is_empty() {
        for server in std::iter::once(&cluster.primary).chain(&cluster.replicas) {
            let mut connection = server.pool()?.acquire().await.map_err(failed("connecting"))?;
            for role in &losers {
                sessions::end(&mut connection, *role, Which::Present).await?;
            }
        }
    }
    let confirmed = grant(&cluster.primary, plan, until).await?;
    read_back(&cluster.primary, plan).await?;
    Ok(confirmed)
}

/// From PostgreSQL 16 on, what somebody else gave stays without an error: only they can take it back, or a superuser.
async fn read_back(server: &Server, plan: &Plan) -> Result<(), IntegrationError> {
    let mut connection = server.pool()?.acquire().await.map_err(failed(DOING))?;
    let Some(role) = roles::named(&mut connection, plan.login.as_str()).await? else {
        return Err(IntegrationError::Retry("somebody dropped it again".to_owned()));
    };
    let due = plan.groups()?;
    let mut left: Vec<&str> = too_many(&role.groups, &due).collect();
    left.extend(too_many(&role.members, plan.account.as_slice()));
    if left.is_empty() {
        return Ok(());
    }
    Err(IntegrationError::Refuse(format!(
        "somebody else gave what is too much, and only they can take it back, or a superuser: {}",
        left.join(", ")
    )))
}

/// Those of `names` that are not among `due`.
fn too_many<'n>(names: &'n [String], due: &'n [Identifier]) -> impl Iterator<Item = &'n str> {
    let names = names.iter().map(String::as_str);
    names.filter(|name| !due.iter().any(|due| due.as_str() == *name))
}

/// Returns the oids of those who lost something.
async fn take_away(server: &Server, plan: &Plan, until: Timestamp) -> Result<Vec<i64>, IntegrationError> {
    let login = &plan.login;
    let mut tx = server.begin_on(login).await?;
    let Some(role) = roles::named(&mut tx, login.as_str()).await? else {
        return Ok(Vec::new());
    };
    if !role.mark.is_of(&plan.target.install, plan.target.request) {
        let name = login.as_str();
        return Err(IntegrationError::Refuse(format!(
            "the role {name} is not this request's by its comment, so it is not touched"
        )));
    }
    if !role.is_open() || role.mark.is_revoked() {
        let word = plan.word();
        return Err(IntegrationError::Refuse(format!(
            "the {word} was locked on the server, and what was locked is never opened again"
        )));
    }
    let mut losers = Vec::new();
    if take_rights(&mut tx, plan, &role).await? {
        losers.push(role.oid);
    }
    for member in too_many(&role.members, plan.account.as_slice()) {
        let member = account_named(member)?;
        run(&mut tx, DOING, format!("REVOKE {login} FROM {member}")).await?;
        losers.extend(oid_of(&mut tx, &member).await?);
    }
    if role.until != Some(until) {
        let end = format!("ALTER ROLE {login} VALID UNTIL {}", Literal(&until.to_rfc3339()));
        run(&mut tx, DOING, end).await?;
    }
    tx.commit().await.map_err(failed(DOING))?;
    Ok(losers)
}

/// Whether there was a group or a power to take.
async fn take_rights(
    connection: &mut PgConnection,
    plan: &Plan,
    role: &Role,
) -> Result<bool, IntegrationError> {
    let login = &plan.login;
    let due = plan.groups()?;
    let mut taken = false;
    for group in too_many(&role.groups, &due) {
        run(
            connection,
            DOING,
            format!("REVOKE {} FROM {login}", group_named(group)?),
        )
        .await?;
        taken = true;
    }
    // Each by itself, for the bot may not even name some of them.
    for power in role.undue() {
        run(connection, DOING, format!("ALTER ROLE {login} NO{power}")).await?;
        taken = true;
    }
    Ok(taken)
}

async fn oid_of(connection: &mut PgConnection, name: &Identifier) -> Result<Option<i64>, IntegrationError> {
    sqlx::query_scalar("SELECT oid::int8 FROM pg_roles WHERE rolname = $1")
        .bind(name.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed(DOING))
}
