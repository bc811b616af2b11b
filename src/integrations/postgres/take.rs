//! Taking away a role's rights: its memberships in groups, and its members.
//!
//! Invariant: each membership is removed with a separate statement that does not need the role's row, so neither a locked row
//! nor a membership that the bot may not remove blocks the others.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::account::{self, Member};
use super::errors::{code_of, failed, is_contended};
use super::login::Login;
use super::names::Identifier;
use super::steps::Step;
use super::target::{Plan, account_named, group_named};
use crate::failpoint;

/// How often to retry a membership that others are changing at the same time.
const TRIES: u32 = 5;

/// Whom a role served, and what happened to its memberships.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The accounts it was made for: their sessions end with it. None for a login.
    pub(crate) parties: Vec<Member>,
    /// Names of others that had become its members and no longer are.
    pub(crate) strangers: Vec<String>,
    /// Why something could not be taken yet: somebody holds it in an open transaction, perhaps in a session that is about to
    /// end.
    pub(crate) held: Option<IntegrationError>,
    /// Names of members that only somebody else can remove: from PostgreSQL 16 on, the role that added them, or a superuser.
    pub(crate) left: Vec<String>,
}

/// Takes everything that nobody holds. `accounts` are those in the config.
pub(crate) async fn take(
    connection: &mut PgConnection,
    plan: &Plan,
    role: &Login,
    name: &Identifier,
    accounts: &[String],
) -> Result<Taken, IntegrationError> {
    let mut held = None;
    for group in role.groups(connection).await? {
        let group = group_named(&group)?;
        let step = Step::Take {
            group: &group,
            role: name,
        };
        held = held.or(try_to(connection, plan, &step, &group).await?);
    }
    let members = account::members(connection, role.oid).await?;
    for member in &members {
        let account = account_named(&member.name)?;
        let step = Step::Part {
            lease: name,
            account: &account,
        };
        held = held.or(try_to(connection, plan, &step, &account).await?);
    }
    failpoint::passed("target: the rights taken");
    let is_party = |member: &Member| {
        let target = &plan.target;
        match (&plan.account, target.account_oid) {
            (None, _) => false,
            (Some(_), _) if target.claimed => accounts.contains(&member.name),
            (Some(_), Some(oid)) => member.oid == oid,
            (Some(account), None) => member.name == account.as_str(),
        }
    };
    let left = account::members(connection, role.oid).await?;
    let is_left = |name: &String| left.iter().any(|member| member.name == *name);
    let (mut parties, strangers): (Vec<Member>, Vec<Member>) = members.into_iter().partition(is_party);
    if parties.is_empty() {
        // An earlier try has already removed it.
        let found = account::named(connection, plan).await?;
        parties.extend(found.into_iter().filter(is_party));
    }
    let (left, strangers) = strangers.into_iter().map(|member| member.name).partition(is_left);
    Ok(Taken {
        parties,
        strangers,
        held,
        left,
    })
}

/// The bot may not be allowed to remove a membership that somebody else gave; a locked role cannot use it. If another call
/// removes the same one at this moment, the server reports XX000, and the next try finds it gone. If somebody holds it,
/// returns why.
async fn try_to(
    connection: &mut PgConnection,
    plan: &Plan,
    step: &Step<'_>,
    other: &Identifier,
) -> Result<Option<IntegrationError>, IntegrationError> {
    let mut tries = 1;
    let mut outcome = step.try_on(connection, plan.target.bounded).await;
    while tries < TRIES
        && outcome
            .as_ref()
            .is_err_and(|error| code_of(error).as_deref() == Some("XX000"))
    {
        outcome = step.try_on(connection, plan.target.bounded).await;
        tries += 1;
    }
    match outcome {
        Ok(()) => Ok(None),
        Err(error) if is_contended(&error) => Ok(Some(failed("taking the rights")(error))),
        Err(error) if matches!(code_of(&error).as_deref(), Some("42501" | "42704")) => {
            let code = code_of(&error).unwrap_or_default();
            tracing::warn!(
                role = plan.login.as_str(),
                other = other.as_str(),
                %code,
                "a role that is being locked still has a membership"
            );
            Ok(None)
        }
        Err(error) => Err(failed("taking the rights")(error)),
    }
}
