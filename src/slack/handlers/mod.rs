//! What happens when somebody does something in Slack, one file for each kind of act.
//!
//! Invariant: an act that changes something settles its inbox row in the transaction that changes it; every other act
//! settles it with its outcome, so a replay after a crash finds either nothing done or all of it.

pub mod buttons;
pub mod clicks;
pub mod commands;
mod connect;
mod decision_form;
mod extension_form;
pub mod filling;
mod filters;
pub mod form;
mod nudge;
mod readings;
mod red_button;
mod request_form;
mod review;
mod saying;
pub mod windows;

use std::sync::Arc;

use serde_json::json;
use tokio::sync::Notify;
use tracing::{Span, field};

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::people::{Account, Facts, Person, SlackAccount, Standing};
use crate::access::policy::Refusal;
use crate::access::request::Request;
use crate::audit::event::{Actor, Via};
use crate::chained::chained;
use crate::integrations::IntegrationError;
use crate::lasting::Matter;
use crate::people::leavers::Changes;
use crate::people::{LookUpError, fresh};
use crate::store::{InboxLease, ReadPeople, StoreError};
use crate::usecases::look::{self, RequestView};
use crate::usecases::refuse::{Attempt, Judged, not_done};
use crate::usecases::{Core, Receipt, UseCaseError, actor};

use super::act::Sender;
use super::alarms::Alarms;
use super::allowance::Allowances;
use super::channel::Channel;
use super::identity::{Directory, IdentityError};
use super::views::answers::said;
use super::web::{Lane, WebApi, WebError};

/// What every handler needs.
pub struct Bot {
    pub core: Arc<Core>,
    pub web: WebApi,
    pub directory: Arc<Directory>,
    pub alarms: Alarms,
    /// For alarms that must not be missed.
    pub alerts: Arc<Channel>,
    pub allowances: Allowances,
    /// Slack reported a change to a channel: tasks waiting for the audit channel check again.
    pub channel_changed: Notify,
    pub changed_people: Changes,
    /// The portal's origin, if there is a portal.
    pub portal: Option<String>,
}

/// Why an act was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The person is told in these words, and the refusal is recorded.
    #[error("refused: {}", .0.why)]
    Refused(Box<Judged>),
    /// It cannot be decided now; the inbox row stays and is retried.
    #[error("it cannot be decided now")]
    Later(#[source] Later),
    /// The person is told in the words of the use case.
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

/// Why it cannot be decided now whether an act may be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Later {
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Slack(#[from] WebError),
    #[error(transparent)]
    Target(#[from] IntegrationError),
    #[error("looking people up in Slack took too long")]
    TooSlow,
    #[error(transparent)]
    People(#[from] LookUpError),
}

impl From<StoreError> for HandlerError {
    fn from(error: StoreError) -> Self {
        Self::UseCase(UseCaseError::Store(error))
    }
}

impl From<Judged> for HandlerError {
    fn from(judged: Judged) -> Self {
        Self::Refused(Box::new(judged))
    }
}

impl From<Forbidden> for HandlerError {
    fn from(why: Forbidden) -> Self {
        Self::UseCase(why.into())
    }
}

impl HandlerError {
    pub(super) fn later(error: impl Into<Later>) -> Self {
        Self::Later(error.into())
    }
}

/// How an act that was not carried out is reported.
pub(crate) struct Report<'a> {
    pub sender: &'a Sender,
    pub tried: &'a Tried,
    pub request: Option<&'a RequestId>,
    pub receipt: Receipt<'a>,
    pub response_url: Option<&'a str>,
}

impl Bot {
    /// The person behind an envelope, looked up in Slack now, if they may act here at all.
    pub async fn actor(&self, sender: &Sender) -> Result<Person, HandlerError> {
        self.of_our_own(sender).await?;
        let policy = self.core.policy();
        let fetched = self
            .directory
            .fetch(Lane::Interactive, &sender.account.user, &policy);
        self.let_in(found(sender, fetched.await)?).await
    }

    /// The same from what is already known about them, for windows that change nothing.
    pub(super) async fn onlooker(&self, sender: &Sender) -> Result<Person, HandlerError> {
        self.of_our_own(sender).await?;
        let policy = self.core.policy();
        let found = self.directory.find(&sender.account.user, &policy);
        self.let_in(self::found(sender, found.await)?).await
    }

    async fn let_in(&self, person: Person) -> Result<Person, HandlerError> {
        match actor::keeps_out(&self.core, &person).await? {
            None => Ok(person),
            Some(judged) => Err(judged.into()),
        }
    }

    async fn of_our_own(&self, sender: &Sender) -> Result<(), HandlerError> {
        match self.directory.admits(&sender.account).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(outsider(sender)),
            Err(error) => Err(HandlerError::later(error)),
        }
    }

    /// The person who has the access of `request`, by their stored account alone: giving access back must not wait for Slack.
    pub(super) async fn holder(
        &self,
        sender: &Sender,
        request: &RequestId,
    ) -> Result<Option<Person>, StoreError> {
        let store = &self.core.store;
        let Some(id) = self.holder_of(&sender.account).await? else {
            return Ok(None);
        };
        let found = store.request(request).await?;
        if !found.is_some_and(|request| request.is_of(&id)) {
            return Ok(None);
        }
        self.as_stored(&id).await
    }

    /// The person behind an account, by what is stored alone: they end something of their own.
    pub(super) async fn owner(&self, sender: &Sender) -> Result<Option<Person>, StoreError> {
        match self.holder_of(&sender.account).await? {
            Some(id) => self.as_stored(&id).await,
            None => Ok(None),
        }
    }

    async fn as_stored(&self, id: &PersonId) -> Result<Option<Person>, StoreError> {
        let known = self.core.store.people_by_id(std::slice::from_ref(id)).await?;
        Ok(known.into_iter().next().map(|person| Person {
            id: person.id,
            account: person.account,
            other_ids: Vec::new(),
            name: person.name,
            email: person.email,
            standing: Standing::Member,
            fetched_at: self.core.now(),
        }))
    }

    /// The person who acts through an account, if it was ever seen. An organisation that an envelope names together with another
    /// workspace than ours may be a stranger's too, so it counts only if no workspace is named.
    async fn holder_of(&self, account: &SlackAccount) -> Result<Option<PersonId>, StoreError> {
        let store = &self.core.store;
        let team = account.team.as_deref();
        let enterprise = account.enterprise.as_deref().filter(|_| team.is_none());
        match self.directory.home().filter(|home| home.has(enterprise, team)) {
            Some(home) => {
                let known = store
                    .accounts_at(&home, std::slice::from_ref(&account.user))
                    .await?;
                Ok(known.into_iter().next().map(|known| known.id))
            }
            None => store.person_of_account(team, &account.user).await,
        }
    }

    /// Facts in which the request's people and the person who decides are fresh, with all their accounts.
    pub(super) async fn fresh_facts(&self, request: &Request, by: &Person) -> Result<Facts, HandlerError> {
        match fresh::for_answer(
            &self.core.store,
            &*self.directory,
            request,
            by,
            &self.core.policy(),
        )
        .await
        {
            Ok(facts) => Ok(facts),
            Err(LookUpError::Unknown) => {
                Err(UseCaseError::Refused(Refusal::RequesterNotAllowed(Standing::Outsider)).into())
            }
            Err(LookUpError::Store(error)) => Err(error.into()),
            Err(error @ (LookUpError::NoAnswer(_) | LookUpError::AnotherPerson)) => {
                Err(HandlerError::later(error))
            }
        }
    }

    /// The request with this id. Each log line about the envelope names it from here on.
    pub(super) async fn request(&self, id: &RequestId) -> Result<Request, HandlerError> {
        let stored = self.core.store.request(id).await?;
        let stored = stored.ok_or(UseCaseError::NoSuchRequest)?;
        name_in_log(stored.number);
        Ok(stored)
    }

    /// The same with everything that cards show about it.
    pub(super) async fn view(&self, id: &RequestId) -> Result<RequestView, HandlerError> {
        let view = look::view(&self.core, id).await?;
        let view = view.ok_or(UseCaseError::NoSuchRequest)?;
        name_in_log(view.request.number);
        Ok(view)
    }

    /// Records, settles and answers an act that was not carried out. On an error it stays in the inbox and is retried.
    pub(crate) async fn report(
        &self,
        error: HandlerError,
        by: Option<&Person>,
        report: Report<'_>,
    ) -> Result<(), HandlerError> {
        let judged = match &error {
            HandlerError::Refused(judged) => Some(Judged::clone(judged)),
            HandlerError::Later(_) | HandlerError::UseCase(UseCaseError::Store(_)) => return Err(error),
            HandlerError::UseCase(error) => by.and_then(|by| Judged::of(error, by)),
        };
        let sentence = self.why_not(&error, by, report.request).await;
        if let HandlerError::UseCase(UseCaseError::Forbidden(Forbidden::PolicyNotActive)) = error {
            let sentence = "I am running with a config that is not the active one, so I cannot decide anything. Start me with the config that the others have.";
            self.raise(Matter::Policy, sentence).await;
        }
        let attempt = Attempt {
            tried: report.tried,
            request: report.request,
        };
        if !not_done(&self.core, judged.as_ref(), attempt, report.receipt).await? {
            // It arrived twice, and was answered the first time.
            return Ok(());
        }
        if let Some(url) = report.response_url {
            self.respond(url, &said(sentence.clone())).await;
        }
        tracing::info!(
            user = report.sender.account.user,
            why = sentence.plain(),
            "an action was not carried out"
        );
        Ok(())
    }

    /// The same for an act that Slack shows an answer to at once and that nobody retries.
    pub(crate) async fn report_once(&self, error: HandlerError, by: Option<&Person>, report: Report<'_>) {
        if let Err(error) = self.report(error, by, report).await {
            tracing::warn!(
                error = %chained(&error),
                "an action was not carried out and will not be retried"
            );
        }
    }

    /// Answers where the person acted, visible only to them. An answer that cannot be delivered changes nothing.
    pub async fn respond(&self, response_url: &str, text: &str) {
        let body = json!({ "response_type": "ephemeral", "replace_original": false, "text": text });
        if let Err(error) = self.web.respond(response_url, &body).await {
            tracing::warn!(%error, "an answer could not be delivered");
        }
    }
}

/// For an envelope in the inbox on which this process has the lease.
pub(super) const fn kept(lease: &InboxLease) -> Receipt<'_> {
    Receipt::kept(Via::Slack, lease)
}

/// For an envelope that is settled with what it does, by its key.
pub(super) const fn once(key: &str) -> Receipt<'_> {
    Receipt::now(Via::Slack, key)
}

/// Each log line about the envelope names this request from here on.
pub(super) fn name_in_log(number: RequestNumber) {
    Span::current().record("request", field::display(number));
}

fn found(sender: &Sender, found: Result<Person, IdentityError>) -> Result<Person, HandlerError> {
    match found {
        Ok(person) => Ok(person),
        Err(IdentityError::Unknown) => Err(outsider(sender)),
        Err(error @ (IdentityError::Slack(_) | IdentityError::Store(_))) => Err(HandlerError::later(error)),
    }
}

fn outsider(sender: &Sender) -> HandlerError {
    let judged = Judged {
        actor: Actor::Stranger {
            account: Account::slack(&sender.account.user),
            home: sender.account.team.clone().unwrap_or_default(),
        },
        why: Forbidden::Account(Standing::Outsider),
        standing: Some(Standing::Outsider),
    };
    judged.into()
}

pub(super) fn may_decide(by: &Person) -> Result<(), HandlerError> {
    actor::decides_nothing(by).map_or(Ok(()), |judged| Err(judged.into()))
}
