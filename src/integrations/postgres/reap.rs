//! Ending what is past its time by what the server alone knows: each role of a grant says whose it is and until when, in
//! `VALID UNTIL` and in its comment. Neither the bot nor its database is needed.
//!
//! Invariant: whichever of the two is earlier counts, by the server's clock; a role whose name and comment do not both say
//! that it is ours is never touched, whatever else it says.

use super::super::{Granted, IntegrationError, Reaped};
use super::cluster::Cluster;
use super::inspect::as_found;
use super::names::OURS;
use super::revoke::{Unfinished, revoke};
use super::roles;
use super::target::Plan;
use super::within;

/// Ends each of them as a revoke would; one that cannot be ended keeps no other.
pub(crate) async fn reap(cluster: &Cluster) -> Result<Vec<Reaped>, IntegrationError> {
    let unfinished = Unfinished::default();
    let mut reaped = Vec::new();
    for granted in within(overdue(cluster)).await? {
        let plan = Plan::read(&granted)?;
        reaped.push(Reaped {
            end: within(revoke(cluster, &plan, &unfinished)).await,
            request: plan.target.request,
            principal: granted.principal,
        });
    }
    Ok(reaped)
}

/// What is past its time and still gives something, or is still in session.
async fn overdue(cluster: &Cluster) -> Result<Vec<Granted>, IntegrationError> {
    let roles = roles::with_prefix(cluster, OURS).await?;
    let overdue = roles.iter().filter(|role| {
        let serves = !role.accounts().is_empty() && !role.groups.is_empty();
        (role.can_login || serves || role.in_session) && role.is_over()
    });
    // How the config calls the server plays no part here.
    Ok(overdue.filter_map(|role| as_found("", cluster, role)).collect())
}
