//! Creating a login, or a lease for an account that people already have, and extending it.
//!
//! Invariants: the deadline is part of the statement that creates the role, so a grant that comes too late creates nothing
//! that works, and anyone looking at the server can see when a lease ends. A role that was locked is never opened again.

use super::super::{Confirmed, IntegrationError};
use super::account;
use super::errors::{code_of, failed};
use super::groups;
use super::login::Login;
use super::mark::live_comment;
use super::server::{Server, commit};
use super::steps::Step;
use super::target::Plan;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::failpoint;

/// How often to look at a role that another call is creating at the same moment.
const MOST_TRIES: u32 = 3;

pub(crate) async fn grant(
    server: &Server,
    plan: &Plan,
    until: Timestamp,
) -> Result<Confirmed, IntegrationError> {
    let mut tries = 1;
    while give(server, plan, until).await? == Given::ByAnother {
        if tries == MOST_TRIES {
            let word = plan.word();
            return Err(IntegrationError::retry(
                Trouble::Busy,
                format!("another call is already creating the {word}"),
            ));
        }
        tries += 1;
    }
    read_back(server, plan).await
}

#[derive(PartialEq, Eq)]
enum Given {
    Now,
    /// Another call created the role between our check and our statement.
    ByAnother,
}

async fn give(server: &Server, plan: &Plan, until: Timestamp) -> Result<Given, IntegrationError> {
    let Plan {
        login,
        account,
        target,
        ..
    } = plan;
    let groups = plan.groups()?;
    let (mut tx, found) = Login::hold(server, plan).await?;
    let doing = match account {
        None => "creating the login",
        Some(_) => "creating the lease",
    };
    let now: i64 = sqlx::query_scalar("SELECT round(extract(epoch FROM clock_timestamp()) * 1000000)::int8")
        .fetch_one(&mut *tx)
        .await
        .map_err(failed(doing))?;
    if Timestamp::from_micros(now) >= until {
        return Err(IntegrationError::refuse(
            Trouble::Over,
            format!("its end, {until}, is in the past by the server's clock"),
        ));
    }
    groups::check_plan(server, &mut tx, plan).await?;
    if let Some(account) = account
        && let Some((cause, objection)) = account::objection(&mut tx, account).await?
    {
        return Err(IntegrationError::refuse(cause, objection));
    }
    let bounded = target.bounded;
    let Some(has) = make_or_extend(&mut tx, plan, found, until, doing).await? else {
        return Ok(Given::ByAnother);
    };
    for group in groups.iter().filter(|g| !has.iter().any(|h| h == g.as_str())) {
        let give = Step::Give {
            group,
            role: login,
            set_role: plan.may_set_role(group),
        };
        give.on(&mut tx, bounded, doing).await?;
    }
    if let Some(account) = account {
        let lease = login;
        let join = Step::Join { lease, account };
        join.on(&mut tx, bounded, "giving the membership").await?;
    }
    commit(tx, doing).await?;
    Ok(Given::Now)
}

/// The groups that the role already has; `None` if another call created it between our check and our statement.
async fn make_or_extend(
    tx: &mut sqlx::PgConnection,
    plan: &Plan,
    found: Option<Login>,
    until: Timestamp,
    doing: &'static str,
) -> Result<Option<Vec<String>>, IntegrationError> {
    let Plan {
        login,
        account,
        target,
        ..
    } = plan;
    let note = |until| live_comment(&target.install, target.request, plan.made(), until);
    match found {
        None => {
            let make = Step::Make {
                role: login,
                login: account.is_none(),
                until,
                note: &note(until),
            };
            match make.try_on(tx, target.bounded).await {
                Ok(()) => Ok(Some(Vec::new())),
                Err(error) if matches!(code_of(&error).as_deref(), Some("42710" | "23505")) => Ok(None),
                Err(error) => Err(failed(doing)(error)),
            }
        }
        Some(found) if !found.mark.is_of(&target.install, target.request) => Err(IntegrationError::refuse(
            Trouble::NotOurs,
            format!(
                "a role {} already exists and does not belong to this request",
                login.as_str()
            ),
        )),
        Some(found) if !found.open || found.mark.is_revoked() => Err(IntegrationError::refuse(
            Trouble::Over,
            format!("the {} {} was revoked", plan.word(), login.as_str()),
        )),
        Some(found) => {
            let later = found.until.map_or(until, |held| held.max(until));
            let extend = Step::Extend {
                role: login,
                until: later,
                note: &note(later),
            };
            extend.on(tx, target.bounded, doing).await?;
            found.groups(tx).await.map(Some)
        }
    }
}

/// What the server has after the commit.
async fn read_back(server: &Server, plan: &Plan) -> Result<Confirmed, IntegrationError> {
    let word = plan.word();
    let missing = |what: String| {
        IntegrationError::retry(
            Trouble::Unfinished,
            format!("the {word} was created, but reading it back {what}"),
        )
    };
    let mut connection = server.connection("reading the login back").await?;
    let held = Login::find(&mut connection, plan)
        .await?
        .filter(|held| held.open)
        .ok_or_else(|| missing("found none that is unlocked".to_owned()))?;
    let has = held.groups(&mut connection).await?;
    for group in plan.groups()? {
        if !has.iter().any(|h| h == group.as_str()) {
            return Err(missing(format!("showed that it is not in {}", group.as_str())));
        }
    }
    let account = account::named(&mut connection, plan).await?;
    if let Some(account) = &account
        && !account::is_joined(&mut connection, held.oid, account.oid).await?
    {
        return Err(missing(format!(
            "showed that {} is not a member of it",
            account.name
        )));
    }
    failpoint::passed("target: grant read back");
    Ok(Confirmed {
        granted: plan.confirmed(
            held.oid,
            account.as_ref().map(|account| account.oid),
            connection.server_version_num(),
        ),
        // The server has a lease's end too, but does not enforce it.
        target_deadline: if account.is_none() { held.until } else { None },
    })
}
