//! Where a message is posted: in the conversation with its person, or where alarms go.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::ids::PersonId;
use crate::slack::views::kit::Post;
use crate::store::{KnownPerson, Message, ReadPeople, StoreError};

use super::alarm::{self, Destination};
use super::outcome::{Outcome, is_final};
use super::run::Run;

/// How long until a person without a known account is looked up again: a bug, or somebody changed rows.
const ACCOUNT_AGAIN: Duration = Duration::from_mins(1);

/// Where `message` is posted, or its outcome if that is not known.
pub(super) async fn place(
    run: &Run<'_>,
    accounts: &[KnownPerson],
    message: &Message,
) -> Result<Result<Destination, Outcome>, StoreError> {
    if message.surface.is_alarm() {
        return alarm::place(run, message.clone()).await;
    }
    if let Some(channel) = message.channel.clone() {
        return Ok(Ok(Destination {
            channel,
            thread: None,
        }));
    }
    let Some(user) = account(run, accounts, &message.person) else {
        tracing::error!(message = message.id, "the recipient of a message is unknown");
        return Ok(Err(Outcome::Later {
            message: message.clone(),
            after: ACCOUNT_AGAIN,
            why: "its recipient is unknown".to_owned(),
        }));
    };
    Ok(match run.bot.web.open_dm(user).await {
        Ok(channel) => Ok(Destination {
            channel,
            thread: None,
        }),
        Err(error) if is_final(&error) => Err(Outcome::given_up(run.bot, message.clone(), &error)),
        Err(error) => Err(Outcome::later(message.clone(), &error)),
    })
}

/// The accounts that are needed to message people.
pub(super) async fn accounts(run: &Run<'_>, new: &[(Message, Post)]) -> Result<Vec<KnownPerson>, StoreError> {
    let unknown: BTreeSet<&PersonId> = new
        .iter()
        .filter(|(message, _)| !message.surface.is_alarm() && message.channel.is_none())
        .map(|(message, _)| &message.person)
        .filter(|person| first_account(run, person).is_none())
        .collect();
    if unknown.is_empty() {
        return Ok(Vec::new());
    }
    let unknown: Vec<PersonId> = unknown.into_iter().cloned().collect();
    run.bot.core.store.accounts_of(&unknown).await
}

/// A person with several accounts is messaged at one that is still active, always the same one.
fn account<'a>(run: &'a Run<'_>, accounts: &'a [KnownPerson], person: &PersonId) -> Option<&'a str> {
    if let Some(user) = first_account(run, person) {
        return Some(user);
    }
    let mut own = accounts.iter().filter(|known| known.id == *person).peekable();
    let first = own.peek().map(|known| known.account.user.as_str());
    let active = own.find(|known| run.bot.directory.known.is_member(&known.account.user));
    active.map(|known| known.account.user.as_str()).or(first)
}

/// The first-seen account of a person the request shows, if they are still active.
fn first_account<'a>(run: &'a Run<'_>, person: &PersonId) -> Option<&'a str> {
    let about = &run.view.about;
    let mut shown = [Some(&about.requester), about.grantee.as_ref()]
        .into_iter()
        .flatten();
    shown
        .find(|shown| shown.id == *person)
        .map(|shown| shown.account.id.as_str())
        .filter(|user| run.bot.directory.known.is_member(user))
}
