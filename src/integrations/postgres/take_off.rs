//! Removing memberships that nobody granted: somebody else's in the role that was made for a grant, or that role's in another
//! group. Before PostgreSQL 16 a login could create these itself.
//!
//! Invariant: nothing is given here, and only the grantee's sessions end. A role that joined without a grant is often an
//! application, and a grantee must not be able to make us end its sessions.

use sqlx::PgConnection;

use crate::access::target::Trouble;

use super::super::{Earlier, IntegrationError};
use super::cluster::Cluster;
use super::end_sessions;
use super::names::Identifier;
use super::roles::{self, Role};
use super::steps::Step;
use super::target::{Plan, account_named, group_named};

const DOING: &str = "removing a membership";

pub(crate) async fn take_off(
    cluster: &Cluster,
    plan: &Plan,
    earlier: Earlier,
) -> Result<(), IntegrationError> {
    let mut connection = cluster.primary.connection("connecting").await?;
    let Some(role) = of_plan(&mut connection, plan).await? else {
        return Ok(());
    };
    let taken = groups(&mut connection, plan, &role).await?;
    members(&mut connection, plan, &role).await?;
    let left = of_plan(&mut connection, plan).await?;
    drop(connection);
    if taken || earlier == Earlier::Some {
        end_sessions::of_grantee(cluster, plan, role.oid).await?;
    }
    left.map_or(Ok(()), |role| nothing_left(plan, &role))
}

/// The role that was made for the grant, if it exists and its comment says so.
async fn of_plan(connection: &mut PgConnection, plan: &Plan) -> Result<Option<Role>, IntegrationError> {
    let name = plan.login.as_str();
    let found = roles::named(connection, name).await?;
    if let Some(role) = &found
        && (!role.mark.is_of(&plan.target.install, plan.target.request) || plan.is_another(role.oid))
    {
        return Err(IntegrationError::refuse(
            Trouble::NotOurs,
            format!(
                "the role {name} does not belong to this request according to its comment, so it was not touched"
            ),
        ));
    }
    Ok(found)
}

/// Removes the role from each group that was not granted; returns whether there was one.
pub(crate) async fn groups(
    connection: &mut PgConnection,
    plan: &Plan,
    role: &Role,
) -> Result<bool, IntegrationError> {
    let (login, due) = (&plan.login, plan.groups()?);
    let mut taken = false;
    for group in too_many(&role.groups, &due) {
        let group = group_named(group)?;
        let take = Step::Take {
            group: &group,
            role: login,
        };
        take.on(connection, plan.target.bounded, DOING).await?;
        taken = true;
    }
    Ok(taken)
}

/// Removes each member that the grant is not for.
pub(crate) async fn members(
    connection: &mut PgConnection,
    plan: &Plan,
    role: &Role,
) -> Result<(), IntegrationError> {
    let login = &plan.login;
    for member in too_many(&role.members, plan.account.as_slice()) {
        let member = account_named(member)?;
        let part = Step::Part {
            lease: login,
            account: &member,
        };
        part.on(connection, plan.target.bounded, DOING).await?;
    }
    Ok(())
}

/// Reads back that nobody has anything that was not granted. From PostgreSQL 16 on, a membership that somebody else gave stays
/// without an error: only they or a superuser can take it back.
pub(crate) fn nothing_left(plan: &Plan, role: &Role) -> Result<(), IntegrationError> {
    let (login, due) = (&plan.login, plan.groups()?);
    let mut left = Vec::new();
    for group in too_many(&role.groups, &due) {
        left.push(format!("REVOKE {} FROM {login} CASCADE", group_named(group)?));
    }
    for group in due.iter().filter(|group| !plan.may_set_role(group)) {
        if role.settable.iter().any(|settable| settable == group.as_str()) {
            left.push(format!("REVOKE SET OPTION FOR {group} FROM {login} CASCADE"));
        }
    }
    for member in too_many(&role.members, plan.account.as_slice()) {
        left.push(format!("REVOKE {login} FROM {} CASCADE", account_named(member)?));
    }
    if left.is_empty() {
        return Ok(());
    }
    Err(IntegrationError::refuse(
        Trouble::Rights,
        format!(
            "somebody else gave access that was not granted, and only they or a superuser can take it back: {}",
            left.join("; ")
        ),
    ))
}

/// Those of `names` that are not in `due`.
fn too_many<'n>(names: &'n [String], due: &'n [Identifier]) -> impl Iterator<Item = &'n str> {
    let names = names.iter().map(String::as_str);
    names.filter(|name| !due.iter().any(|due| due.as_str() == *name))
}
