//! Setting right what somebody changed on the server by hand.
//!
//! Invariant: a role that was locked, by a revoke or by somebody, stays locked, and one whose comment does not say that it
//! is this grant's is not touched.

use sqlx::PgConnection;

use super::super::{Confirmed, IntegrationError};
use super::account;
use super::cluster::Cluster;
use super::errors::failed;
use super::grant::grant;
use super::login::Login;
use super::mark::{live_comment, unsettled_comment};
use super::names::Identifier;
use super::roles::{self, Role};
use super::server::{Server, run};
use super::sessions::{self, Which};
use super::steps::Step;
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
                sessions::end(&mut connection, *role, Which::Present, plan.target.bounded).await?;
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
    let (mut tx, held) = Login::hold(server, plan).await?;
    if held.is_none() {
        return Ok(Vec::new());
    }
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
        let part = Step::Part {
            lease: login,
            account: &member,
        };
        part.on(&mut tx, plan.target.bounded, DOING).await?;
        losers.extend(oid_of(&mut tx, &member).await?);
    }
    // What an earlier try took, before it failed to end the sessions, the server itself remembers.
    if role.mark.is_unsettled() {
        let party = if plan.account.is_some() {
            account::named(&mut tx, plan).await?.map(|account| account.oid)
        } else {
            Some(role.oid)
        };
        losers.extend(party);
    }
    if role.until != Some(until) || !losers.is_empty() {
        let target = &plan.target;
        let note = if losers.is_empty() {
            live_comment
        } else {
            unsettled_comment
        };
        let end = Step::Extend {
            role: login,
            until,
            note: &note(&target.install, target.request, plan.made(), until),
        };
        end.on(&mut tx, target.bounded, DOING).await?;
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
    let bounded = plan.target.bounded;
    let due = plan.groups()?;
    let mut taken = false;
    for group in too_many(&role.groups, &due) {
        let group = group_named(group)?;
        let take = Step::Take {
            group: &group,
            role: login,
        };
        take.on(connection, bounded, DOING).await?;
        taken = true;
    }
    for group in due.iter().filter(|group| !plan.may_set_role(group)) {
        if role.settable.iter().any(|settable| settable == group.as_str()) {
            let give = Step::Give {
                group,
                role: login,
                set_role: false,
            };
            give.on(connection, bounded, DOING).await?;
            taken = true;
        }
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
