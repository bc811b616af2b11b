//! Ending expired access using only what the server knows: each role of a grant says whose it is and until when, in `VALID
//! UNTIL` and in its comment. Neither the bot nor its database is needed.
//!
//! Invariant: the earlier of the two applies, by the server's clock. A role is never touched unless both its name and its
//! comment say that it is ours.

use crate::access::grant::Granted;
use crate::access::target::Trouble;

use super::super::{IntegrationError, Reap, Reaped};
use super::cluster::Cluster;
use super::inspect::as_found;
use super::names::{Literal, OURS};
use super::revoke::revoke;
use super::roles;
use super::target::Plan;
use super::unfinished::Unfinished;
use super::within;

/// The placeholder in [`SQL`] for the integration's accounts.
const NO_ACCOUNTS: &str = "ARRAY[]::pg_catalog.text[]";

const SQL: &str = include_str!("reap.sql");

/// The names of the statements in [`SQL`], and what a bounded bot runs instead.
const BOUNDED: [(&str, &str); 6] = [
    (" taking ", "SELECT apono.take(%1$L, %2$L)"),
    (" taking_from_16_on ", "SELECT apono.take(%1$L, %2$L)"),
    (" parting ", "SELECT apono.part(%1$L, %2$L)"),
    (" parting_from_16_on ", "SELECT apono.part(%1$L, %2$L)"),
    (" ending ", "SELECT apono.end_session(%1$s)"),
    (" locking ", "SELECT apono.lock(%1$L, %2$L)"),
];

/// Does on the server itself what [`reap`] does from outside, for an integration whose config names these accounts. Refused if
/// a name would end the SQL's own quotes.
pub fn reap_sql(accounts: &[String], bounded: bool) -> Result<String, IntegrationError> {
    if let Some(name) = accounts.iter().find(|name| name.contains("$apono$")) {
        return Err(IntegrationError::refuse(
            Trouble::Setup,
            format!("the account {name:?} contains $apono$"),
        ));
    }
    let quoted: Vec<String> = accounts.iter().map(|name| Literal(name).to_string()).collect();
    let named = format!("ARRAY[{}]::pg_catalog.text[]", quoted.join(", "));
    let sql = SQL.replacen(NO_ACCOUNTS, &named, 1);
    if !bounded {
        return Ok(sql);
    }
    let lines = sql.lines().map(|line| {
        let constant = BOUNDED
            .iter()
            .find(|(name, _)| line.starts_with(&format!("   {name}CONSTANT ")));
        constant.map_or_else(
            || format!("{line}\n"),
            |(name, call)| format!("   {name}CONSTANT pg_catalog.text := '{call}';\n"),
        )
    });
    Ok(lines.collect())
}

/// Ends each of them as a revoke would. Of accounts, only the sessions of `accounts` end, which the config lists. One that
/// cannot be ended does not stop the others, and neither does a replica that is down.
pub(crate) async fn reap(cluster: &Cluster, accounts: &[String]) -> Result<Reap, IntegrationError> {
    let unfinished = Unfinished::default();
    let (overdue, mut unseen) = within(overdue(cluster)).await?;
    unseen.extend(cluster.unread.iter().cloned());
    let mut ended = Vec::new();
    for granted in overdue {
        let plan = Plan::read(&granted)?;
        ended.push(Reaped {
            end: within(revoke(cluster, &plan, accounts, &unfinished)).await,
            request: plan.target.request,
            principal: granted.principal,
        });
    }
    Ok(Reap { ended, unseen })
}

/// What has expired and still gives access or still has sessions; and which replicas could not be asked.
async fn overdue(cluster: &Cluster) -> Result<(Vec<Granted>, Vec<String>), IntegrationError> {
    let (roles, unseen) = roles::in_reach(cluster, OURS).await?;
    let overdue = roles.iter().filter(|role| {
        let serves = !role.accounts().is_empty() && !role.groups.is_empty();
        (role.can_login || serves || role.in_session) && role.is_over()
    });
    // The server's name in the config does not matter here.
    let overdue = overdue.filter_map(|role| as_found("", cluster, role)).collect();
    Ok((overdue, unseen))
}
