//! Correcting what somebody changed on the server by hand.
//!
//! Invariant: a role that was locked, by a revoke or by a person, stays locked, and a role whose comment does not say that it
//! is this grant's is not touched.

use sqlx::PgConnection;

use super::super::{Confirmed, Earlier, IntegrationError};
use super::cluster::Cluster;
use super::errors::failed;
use super::grant::grant;
use super::login::Login;
use super::mark::live_comment;
use super::roles::{self, Role};
use super::server::{Server, run};
use super::steps::Step;
use super::target::Plan;
use super::{end_sessions, take_off};
use crate::access::target::Trouble;
use crate::access::time::Timestamp;

const DOING: &str = "correcting the access";

/// Removes what was not granted, ends the sessions that may be using it, and then grants what is missing again.
pub(crate) async fn restore(
    cluster: &Cluster,
    plan: &Plan,
    until: Timestamp,
    earlier: Earlier,
) -> Result<Confirmed, IntegrationError> {
    if let Some(taken) = take_away(&cluster.primary, plan, until).await?
        && (taken.some || earlier == Earlier::Some)
    {
        end_sessions::of_grantee(cluster, plan, taken.from).await?;
    }
    let confirmed = grant(&cluster.primary, plan, until).await?;
    read_back(&cluster.primary, plan).await?;
    Ok(confirmed)
}

async fn read_back(server: &Server, plan: &Plan) -> Result<(), IntegrationError> {
    let mut connection = server.connection(DOING).await?;
    let Some(role) = roles::named(&mut connection, plan.login.as_str()).await? else {
        return Err(IntegrationError::retry(
            Trouble::Unfinished,
            "somebody dropped the role again",
        ));
    };
    take_off::nothing_left(plan, &role)
}

/// What was found about the role that was made for a grant.
struct Taken {
    /// Its oid.
    from: i64,
    /// Whether it gave its grantee something that was not granted.
    some: bool,
}

/// Removes what was not granted; none if the role does not exist.
async fn take_away(
    server: &Server,
    plan: &Plan,
    until: Timestamp,
) -> Result<Option<Taken>, IntegrationError> {
    let login = &plan.login;
    let (mut tx, held) = Login::hold(server, plan).await?;
    if held.is_none() {
        return Ok(None);
    }
    let Some(role) = roles::named(&mut tx, login.as_str()).await? else {
        return Ok(None);
    };
    if !role.mark.is_of(&plan.target.install, plan.target.request) || plan.is_another(role.oid) {
        let name = login.as_str();
        return Err(IntegrationError::refuse(
            Trouble::NotOurs,
            format!(
                "the role {name} does not belong to this request according to its comment, so it was not touched"
            ),
        ));
    }
    if !role.is_open() || role.mark.is_revoked() {
        let word = plan.word();
        return Err(IntegrationError::refuse(
            Trouble::Over,
            format!("the {word} was locked on the server, and a locked role is never opened again"),
        ));
    }
    let some = take_rights(&mut tx, plan, &role).await?;
    take_off::members(&mut tx, plan, &role).await?;
    if role.until != Some(until) {
        let target = &plan.target;
        let end = Step::Extend {
            role: login,
            until,
            note: &live_comment(&target.install, target.request, plan.made(), until),
        };
        end.on(&mut tx, target.bounded, DOING).await?;
    }
    tx.commit().await.map_err(failed(DOING))?;
    Ok(Some(Taken { from: role.oid, some }))
}

/// Whether there was a group or a power to take away.
async fn take_rights(
    connection: &mut PgConnection,
    plan: &Plan,
    role: &Role,
) -> Result<bool, IntegrationError> {
    let login = &plan.login;
    let mut taken = take_off::groups(connection, plan, role).await?;
    for group in plan.groups()?.iter().filter(|group| !plan.may_set_role(group)) {
        if role.settable.iter().any(|settable| settable == group.as_str()) {
            let give = Step::Give {
                group,
                role: login,
                set_role: false,
            };
            give.on(connection, plan.target.bounded, DOING).await?;
            taken = true;
        }
    }
    // One statement each, because the bot may not even be allowed to name some of them.
    for power in role.undue() {
        run(connection, DOING, format!("ALTER ROLE {login} NO{power}")).await?;
        taken = true;
    }
    Ok(taken)
}
