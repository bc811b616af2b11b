//! Making a login, or the lease of an account that people have anyway, and extending one.
//!
//! Invariants: the deadline is inside the statement that makes the role, so that a grant that comes too late makes nothing
//! that works, and whoever looks at the server sees when a lease is over; and a role that was locked is never opened again.

use super::super::{Confirmed, IntegrationError};
use super::account;
use super::errors::failed;
use super::groups;
use super::login::Login;
use super::mark::live_comment;
use super::names::Literal;
use super::server::{Server, commit, run};
use super::target::Plan;
use crate::access::time::Timestamp;
use crate::failpoint;

/// A person with a few tools open needs some; nobody needs all of the server's.
const CONNECTION_LIMIT: u32 = 20;

pub(crate) async fn grant(
    server: &Server,
    plan: &Plan,
    until: Timestamp,
) -> Result<Confirmed, IntegrationError> {
    let Plan {
        login,
        account,
        target,
    } = plan;
    let groups = plan.groups()?;
    let mut tx = server.begin_on(login).await?;
    let doing = match account {
        None => "making the login",
        Some(_) => "making the lease",
    };
    let now: i64 = sqlx::query_scalar("SELECT round(extract(epoch FROM clock_timestamp()) * 1000000)::int8")
        .fetch_one(&mut *tx)
        .await
        .map_err(failed(doing))?;
    if Timestamp::from_micros(now) >= until {
        return Err(IntegrationError::Refuse(format!(
            "its end, {until}, has passed by the server's clock"
        )));
    }
    groups::check(&mut tx, &groups, &target.allow_roles).await?;
    if let Some(account) = account
        && let Some(objection) = account::objection(&mut tx, account).await?
    {
        return Err(IntegrationError::Refuse(objection));
    }
    let until = match Login::find(&mut tx, plan).await? {
        None => {
            let names: Vec<String> = groups.iter().map(ToString::to_string).collect();
            let login_or_not = if account.is_none() { "LOGIN" } else { "NOLOGIN" };
            let create = format!(
                "CREATE ROLE {login} {login_or_not} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT \
                 CONNECTION LIMIT {CONNECTION_LIMIT} VALID UNTIL {} IN ROLE {}",
                Literal(&until.to_rfc3339()),
                names.join(", ")
            );
            run(&mut tx, doing, create).await?;
            until
        }
        Some(found) if !found.mark.is_of(&target.install, target.request) => {
            return Err(IntegrationError::Refuse(format!(
                "a role {} exists and is not this request's",
                login.as_str()
            )));
        }
        Some(found) if !found.open || found.mark.is_revoked() => {
            return Err(IntegrationError::Refuse(format!(
                "the {} {} was revoked",
                plan.word(),
                login.as_str()
            )));
        }
        Some(found) => {
            let later = found.until.map_or(until, |held| held.max(until));
            let has = found.groups(&mut tx).await?;
            for group in groups.iter().filter(|g| !has.iter().any(|h| h == g.as_str())) {
                run(&mut tx, doing, format!("GRANT {group} TO {login}")).await?;
            }
            let extend = format!("ALTER ROLE {login} VALID UNTIL {}", Literal(&later.to_rfc3339()));
            run(&mut tx, doing, extend).await?;
            later
        }
    };
    if let Some(account) = account {
        account::join(&mut tx, plan, account).await?;
    }
    let comment = live_comment(&target.install, target.request, plan.made(), until);
    run(
        &mut tx,
        doing,
        format!("COMMENT ON ROLE {login} IS {}", Literal(&comment)),
    )
    .await?;
    commit(tx, doing).await?;
    read_back(server, plan).await
}

/// What the server holds after the commit.
async fn read_back(server: &Server, plan: &Plan) -> Result<Confirmed, IntegrationError> {
    let word = plan.word();
    let missing =
        |what: String| IntegrationError::Retry(format!("the {word} was made, but reading it back {what}"));
    let mut connection = server
        .pool()?
        .acquire()
        .await
        .map_err(failed("reading the login back"))?;
    let held = Login::find(&mut connection, plan)
        .await?
        .filter(|held| held.open)
        .ok_or_else(|| missing("found none that is open".to_owned()))?;
    let has = held.groups(&mut connection).await?;
    for group in plan.groups()? {
        if !has.iter().any(|h| h == group.as_str()) {
            return Err(missing(format!("found it outside {}", group.as_str())));
        }
    }
    failpoint::passed("target: grant read back");
    let target_deadline = match &plan.account {
        None => held.until,
        // The server holds a lease's end, but does nothing about it.
        Some(account) if account::is_joined(&mut connection, plan, account).await? => None,
        Some(account) => return Err(missing(format!("found {} outside it", account.as_str()))),
    };
    Ok(Confirmed { target_deadline })
}
