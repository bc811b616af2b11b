//! Taking a role's rights: the groups that it is in, and whoever is in it.
//!
//! Invariant: each membership goes by a statement of its own and needs no row of the role, so that neither a row that somebody
//! holds nor one membership that is not the bot's to take keeps any other.

use sqlx::PgConnection;

use super::super::IntegrationError;
use super::account::{self, Member};
use super::errors::{code_of, failed, is_contended};
use super::login::Login;
use super::names::Identifier;
use super::steps::Step;
use super::target::{Plan, account_named, group_named};
use crate::failpoint;

/// How often a membership is taken that others change at the same time.
const TRIES: u32 = 5;

/// Whom a role served.
#[derive(Debug)]
pub(crate) struct Taken {
    /// The accounts that it was made for: their sessions end with it. None for a login.
    pub(crate) parties: Vec<Member>,
    /// By name, others who had become its members and are none any more.
    pub(crate) strangers: Vec<String>,
    /// Why some of it could not be taken yet: somebody holds it in an open transaction, perhaps in a session that is to end.
    pub(crate) held: Option<IntegrationError>,
    /// By name, those whom only somebody else can take out: from PostgreSQL 16 on, whoever put them in, or a superuser.
    pub(crate) left: Vec<String>,
}

/// Takes all of it that nobody holds. `accounts` are those that the config names.
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
        // An earlier try took it off already.
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

/// A membership that somebody else gave may not be the bot's to take. A locked role cannot use it. Where another call takes the
/// same one at this moment, the server says XX000, and the next try finds it gone. Returns why it is held, where somebody does.
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
                "a membership is kept by a role that is being locked"
            );
            Ok(None)
        }
        Err(error) => Err(failed("taking the rights")(error)),
    }
}
