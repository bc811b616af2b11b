//! People who are deactivated, become guests, or are not in the workspace any more lose what they have within minutes:
//! Slack's events say so at once, and everybody who has or waits for something is looked at now and then, because events
//! can be lost.
//!
//! Invariant: only what Slack says about a person ends anything. An error says nothing, and that Slack knows no such user
//! counts when it says so twice, of an account that belonged to the workspace which the bot is in now.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Person, Standing};
use crate::access::policy::first_match;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::audit::cause::Became as Left;
use crate::audit::event::PersonFacts;
use crate::usecases::leaving::{by_apono, left};
use crate::usecases::{UseCaseError, closing, person_facts};

use super::handlers::Bot;
use super::identity::IdentityError;
use super::web::Lane;

/// How long Slack has to go on not knowing somebody.
const UNKNOWN_FOR: Duration = Duration::from_mins(1);

/// What stands as the cause in the trail of what no event told of.
const LOOKED: &str = "a look at everybody with access";

/// Since when Slack does not know somebody.
pub type Unknown = HashMap<PersonId, Timestamp>;

/// Looks at everybody who has or waits for something.
pub async fn look(bot: &Bot, unknown: &mut Unknown) -> Result<(), UseCaseError> {
    let people = bot.core.store.people_with_open_requests().await?;
    unknown.retain(|person, _| people.contains(person));
    for person in people {
        match what_became_of(bot, &person).await? {
            Became::Stays | Became::CannotSay => {
                unknown.remove(&person);
            }
            Became::Unknown => {
                let now = bot.core.now();
                let since = *unknown.entry(person.clone()).or_insert(now);
                if now.since(since) >= UNKNOWN_FOR {
                    let known = bot.core.store.people_by_id(std::slice::from_ref(&person)).await?;
                    if let Some(known) = known.first() {
                        left(&bot.core, &known.into(), Left::Unknown, LOOKED).await?;
                    }
                }
            }
            Became::Gone(person, standing) => {
                left(&bot.core, &person, Left::Now(standing), LOOKED).await?;
            }
        }
    }
    close_unanswerable(bot, LOOKED).await
}

/// Accounts that Slack says changed, each once with the key of the event that said so first, until somebody looks at them.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<BTreeMap<String, String>>,
    came: Notify,
}

impl Changes {
    /// Most changes of an account are none of ours, and there may be thousands at once: it is looked at in its turn.
    pub(super) fn note(&self, user: String, key: String) {
        self.waiting().entry(user).or_insert(key);
        self.came.notify_one();
    }

    async fn next(&self) -> BTreeMap<String, String> {
        self.came.notified().await;
        std::mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.waiting.lock().expect("no holder of this lock can panic")
    }
}

/// Looks at changed accounts as Slack tells of them, for ever. What fails is left to the next look at everybody.
pub async fn keep_up(bot: &Bot) {
    loop {
        let changes = bot.changed_people.next().await;
        if let Err(error) = take_up(bot, &changes).await {
            tracing::warn!(%error, "changed people could not be looked at; the next round will");
        }
    }
}

async fn take_up(bot: &Bot, changes: &BTreeMap<String, String>) -> Result<(), UseCaseError> {
    let watched = bot.core.store.people_with_open_requests().await?;
    let mut cause = None;
    for (user, key) in changes {
        if answers_differ_after(bot, user, key, &watched).await? {
            cause = cause.or(Some(key));
        }
    }
    match cause {
        Some(key) => close_unanswerable(bot, key).await,
        None => Ok(()),
    }
}

/// Looks at one changed account; true if what it may answer can be different now.
async fn answers_differ_after(
    bot: &Bot,
    user: &str,
    key: &str,
    watched: &[PersonId],
) -> Result<bool, UseCaseError> {
    let before = bot.directory.known(user);
    let people = bot.core.store.people_of_user(user).await?;
    let mut looked_at = false;
    for person in people.iter().filter(|person| watched.contains(person)) {
        looked_at = true;
        if let Became::Gone(person, standing) = what_became_of(bot, person).await? {
            left(&bot.core, &person, Left::Now(standing), key).await?;
        }
    }
    if !looked_at {
        if before.is_none() {
            return Ok(false);
        }
        // What the directory knows of them is what answers are judged by.
        if let Err(error) = bot.directory.fetch(Lane::Bulk, user, &bot.core.policy()).await {
            tracing::warn!(%error, user, "a changed person could not be looked up");
        }
    }
    let counts = |person: Person| (person.standing, person.email);
    Ok(before.map(counts) != bot.directory.known(user).map(counts))
}

/// Requests whose last approver is gone are said to be so.
pub(super) async fn close_unanswerable(bot: &Bot, cause: &str) -> Result<(), UseCaseError> {
    let known = |policy: &Policy| bot.directory.complete_facts(policy);
    closing::close_unanswerable(&bot.core, known, &by_apono(cause)).await?;
    Ok(())
}

enum Became {
    Stays,
    /// They are not one of ours.
    Gone(PersonFacts, Standing),
    /// Slack knows no such user.
    Unknown,
    CannotSay,
}

async fn what_became_of(bot: &Bot, person: &PersonId) -> Result<Became, UseCaseError> {
    let policy = bot.core.policy();
    let home = bot.directory.home();
    let accounts = match bot
        .directory
        .fetch_all(Lane::Bulk, std::slice::from_ref(person), &policy)
        .await
    {
        Ok(accounts) => accounts,
        Err(IdentityError::Unknown) if !ours_of(bot, person).await?.is_empty() => return Ok(Became::Unknown),
        Err(IdentityError::Unknown | IdentityError::Slack(_)) => return Ok(Became::CannotSay),
        Err(IdentityError::Store(error)) => return Err(error.into()),
    };
    let has = |standing| accounts.iter().find(|account| account.standing == standing);
    if has(Standing::Member).is_some() {
        return Ok(Became::Stays);
    }
    if let Some(guest) = has(Standing::Guest) {
        let open = bot.core.store.open_requests_of(person).await?;
        if open.iter().all(|request| guest_may(&policy, guest, request)) {
            return Ok(Became::Stays);
        }
    }
    let ours = ours_of(bot, person).await?;
    // What an account elsewhere looks like says nothing about the one that was ours.
    let was_ours = |account: &Person| ours.contains(&account.account.user);
    if ours.is_empty()
        || accounts
            .iter()
            .any(|account| was_ours(account) && bot.directory.may_join(account, home.as_ref()))
    {
        return Ok(Became::CannotSay);
    }
    Ok(match accounts.first() {
        Some(account) => Became::Gone(person_facts(account), account.standing),
        None => Became::CannotSay,
    })
}

/// A guest keeps what a flow gives to their account by its id.
fn guest_may(policy: &Policy, guest: &Person, request: &Request) -> bool {
    let mut units = request.units.iter();
    units.all(|unit| first_match(policy, guest, &request.integration, unit).is_some())
}

/// Slack's ids of those of their accounts that belonged to the workspace which the bot is in. If its token is another workspace's now,
/// everybody looks like a stranger, and that says nothing about them.
async fn ours_of(bot: &Bot, person: &PersonId) -> Result<Vec<String>, UseCaseError> {
    let accounts = bot.core.store.accounts_of(std::slice::from_ref(person)).await?;
    let ours = accounts.into_iter().map(|known| known.account);
    Ok(ours
        .filter(|account| bot.directory.is_ours(account))
        .map(|account| account.user)
        .collect())
}
