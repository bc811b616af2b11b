//! Ending sessions that a role has now and may open again: the grantee's after they had more than was granted, and those of a
//! role that is not part of the grant, when an admin orders it.
//!
//! Invariant: the role is known by its oid, which is the same on every replica. If one server does not answer, the sessions on
//! the others end anyway.

use futures_util::future::join_all;

use crate::access::target::Trouble;

use super::super::IntegrationError;
use super::cluster::Cluster;
use super::errors::failed;
use super::names::Literal;
use super::server::Server;
use super::sessions::{self, Which};
use super::target::Plan;

const DOING: &str = "looking for the role";

/// Ends the grantee's sessions; `login` is the oid of the role that was made for the grant.
pub(crate) async fn of_grantee(cluster: &Cluster, plan: &Plan, login: i64) -> Result<(), IntegrationError> {
    let role = match &plan.account {
        None => Some(login),
        Some(account) => find(&cluster.primary, account.as_str())
            .await?
            .map(|role| role.oid),
    };
    match role {
        Some(role) => everywhere(cluster, role).await.map(drop),
        None => Ok(()),
    }
}

/// Ends the sessions of a role that the grant is not for, and returns how many they were.
pub(crate) async fn of_others(cluster: &Cluster, name: &str) -> Result<u32, IntegrationError> {
    let Some(role) = find(&cluster.primary, name).await? else {
        return Ok(0);
    };
    if role.is_superuser {
        return Err(IntegrationError::refuse(
            Trouble::Rights,
            format!(
                "the role {name} is a superuser, so only a superuser can end its sessions: \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = {}",
                Literal(name)
            ),
        ));
    }
    if role.is_bots {
        return Err(IntegrationError::refuse(
            Trouble::NotOurs,
            format!("the role {name} is the bot's own, and the bot needs its sessions to work"),
        ));
    }
    everywhere(cluster, role.oid).await
}

struct Role {
    oid: i64,
    is_superuser: bool,
    is_bots: bool,
}

async fn find(server: &Server, name: &str) -> Result<Option<Role>, IntegrationError> {
    let mut connection = server.connection("connecting").await?;
    let found: Option<(i64, bool, bool)> = sqlx::query_as(
        "SELECT oid::pg_catalog.int8, rolsuper, rolname IN (current_user, session_user)
         FROM pg_catalog.pg_roles WHERE rolname = $1",
    )
    .bind(name)
    .fetch_optional(&mut *connection)
    .await
    .map_err(failed(DOING))?;
    Ok(found.map(|(oid, is_superuser, is_bots)| Role {
        oid,
        is_superuser,
        is_bots,
    }))
}

/// On the server and on each replica, as far as they answer.
async fn everywhere(cluster: &Cluster, role: i64) -> Result<u32, IntegrationError> {
    let servers = std::iter::once(&cluster.primary).chain(&cluster.replicas);
    let ends = join_all(servers.map(async |server| {
        let ended = on(server, role, cluster.bounded).await;
        ended.map_err(|error| format!("{}: {error}", server.endpoint.place()))
    }));
    let (mut ended, mut unseen) = (0_u32, Vec::new());
    for end in ends.await {
        match end {
            Ok(there) => ended = ended.saturating_add(there),
            Err(why) => unseen.push(why),
        }
    }
    if unseen.is_empty() {
        return Ok(ended);
    }
    Err(IntegrationError::retry(
        Trouble::Unfinished,
        format!("sessions could not be ended everywhere: {}", unseen.join("; ")),
    ))
}

async fn on(server: &Server, role: i64, bounded: bool) -> Result<u32, IntegrationError> {
    let mut connection = server.connection("connecting").await?;
    sessions::end(&mut connection, role, Which::Present, bounded).await
}
