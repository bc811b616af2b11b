//! Identifies people in Slack. Forms use the cache; clicks and provisioning ask Slack.
//!
//! Invariant: an email address identifies a person only if it is the confirmed address of a full member, and no other account
//! was pinned to it before.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;

use crate::access::flows::{PersonRef, Policy};
use crate::access::ids::PersonId;
use crate::access::people::{FRESH_FOR, Facts, Home, Person, SlackAccount, Standing};
use crate::people::{self, Known, Look, LookUpError};
use crate::store::{Kept, KnownPerson, ReadLimits, ReadPeople, Sighting, StoreError};
use crate::usecases::{Core, one_person};

use super::home::{Whose, standing_of};
use super::legible::legible;
use super::views::text::shorten;
use super::web::{Lane, UserInfo, WebApi, WebError};
use super::who_counts::{WhyNot, judge};

/// Longest stored name, in characters: a headline needs room for more than a name.
const MAX_NAME: usize = 50;

/// Why somebody could not be looked up.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("slack knows no such user")]
    Unknown,
    #[error(transparent)]
    Slack(WebError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WebError> for IdentityError {
    fn from(error: WebError) -> Self {
        match error.code() {
            Some("user_not_found" | "user_not_visible") => Self::Unknown,
            Some(_) | None => Self::Slack(error),
        }
    }
}

impl From<IdentityError> for LookUpError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::Unknown => Self::Unknown,
            IdentityError::Slack(error) => Self::NoAnswer(error.into()),
            IdentityError::Store(error) => Self::Store(error),
        }
    }
}

#[async_trait]
impl people::Directory for Directory {
    fn known(&self) -> &Known {
        &self.known
    }

    fn home(&self) -> Option<Home> {
        self.whose.home()
    }

    async fn who_shows(&self, email: &str, policy: &Policy) -> Result<Option<Person>, LookUpError> {
        Ok(self.who_shows(email, policy).await?)
    }

    async fn is_nobodys(&self, email: &str) -> Result<bool, LookUpError> {
        if self.home().is_none() {
            return Err(LookUpError::NoAnswer(
                "it is not known yet whose workspace this is".into(),
            ));
        }
        let has_account = match self.web.lookup_user_by_email(Lane::Interactive, email).await {
            Ok(found) => found.is_some(),
            Err(error) if error.code() == Some("user_not_visible") => true,
            Err(error) => return Err(LookUpError::NoAnswer(error.into())),
        };
        self.known.note_address(email, has_account, self.core.now());
        Ok(!has_account)
    }

    async fn look_up(&self, account: &str, policy: &Policy) -> Result<Person, LookUpError> {
        Ok(self.fetch(Lane::Bulk, account, policy).await?)
    }

    async fn fetch_people(&self, people: &[PersonId], policy: &Policy) -> Result<Vec<Person>, LookUpError> {
        Ok(self.fetch_all(Lane::Interactive, people, policy).await?)
    }

    async fn who_answers(&self, integration: &str, policy: &Policy) -> Result<Facts, LookUpError> {
        Ok(self.facts_about(policy.approvers_on(integration), policy).await?)
    }

    async fn look_at(&self, person: &PersonId, policy: &Policy) -> Result<Look, StoreError> {
        let home = self.home();
        let accounts = self.core.store.accounts_of(std::slice::from_ref(person)).await?;
        let Shown { people, unknown } = match self.fetch_accounts(Lane::Bulk, &accounts, policy).await {
            Ok(shown) => shown,
            Err(IdentityError::Unknown | IdentityError::Slack(_)) => return Ok(Look::CannotSay),
            Err(IdentityError::Store(error)) => return Err(error),
        };
        // If the bot's token now belongs to another workspace, everybody looks like a stranger, and what an account looks like
        // there says nothing about the one that was ours.
        let ours: Vec<_> = accounts
            .iter()
            .filter(|known| self.is_ours(&known.account))
            .collect();
        let may_be_ours = |shown: &Person| {
            let is_this = ours.iter().any(|known| known.account.user == shown.account.user);
            is_this && self.may_join(shown, home.as_ref())
        };
        if ours.is_empty() || people.iter().any(may_be_ours) {
            return Ok(Look::CannotSay);
        }
        let is_all = !unknown.iter().any(|account| self.is_ours(account));
        Ok(Look::Shows {
            accounts: people,
            is_all,
        })
    }
}

/// What Slack shows about one person.
#[derive(Default)]
struct Shown {
    people: Vec<Person>,
    /// Their accounts that Slack does not know.
    unknown: Vec<SlackAccount>,
}

/// Looks people up and remembers them.
pub struct Directory {
    pub(super) web: WebApi,
    pub(super) core: Arc<Core>,
    pub(super) whose: Whose,
    pub known: Known,
}

impl Directory {
    pub fn new(web: WebApi, core: Arc<Core>) -> Self {
        Self {
            web,
            core,
            whose: Whose::default(),
            known: Known::default(),
        }
    }

    /// The person with this account, looked up in Slack now.
    pub async fn fetch(&self, lane: Lane, user: &str, policy: &Policy) -> Result<Person, IdentityError> {
        let info = self.web.user_info(lane, user).await?;
        Box::pin(self.admit(info, policy)).await
    }

    /// All accounts of these people, each looked up in Slack once, now. [`IdentityError::Unknown`] if Slack knows no
    /// account of one of them.
    pub async fn fetch_all(
        &self,
        lane: Lane,
        people: &[PersonId],
        policy: &Policy,
    ) -> Result<Vec<Person>, IdentityError> {
        // For most requests the requester is also the grantee.
        let distinct: BTreeSet<&PersonId> = people.iter().collect();
        let accounts = self.core.store.accounts_of(people).await?;
        let mut found = Vec::new();
        for id in distinct {
            let theirs: Vec<_> = accounts.iter().filter(|known| known.id == *id).cloned().collect();
            let shown = self.fetch_accounts(lane, &theirs, policy).await?;
            if shown.people.is_empty() {
                return Err(IdentityError::Unknown);
            }
            found.extend(shown.people);
        }
        Ok(found)
    }

    /// Looks up each account of one person as theirs when they acted: that counts, whoever Slack says the account belongs to
    /// now.
    async fn fetch_accounts(
        &self,
        lane: Lane,
        accounts: &[KnownPerson],
        policy: &Policy,
    ) -> Result<Shown, IdentityError> {
        let mut shown = Shown::default();
        for known in accounts {
            match self.fetch(lane, &known.account.user, policy).await {
                Ok(person) => shown.people.push(Person {
                    id: known.id.clone(),
                    ..person
                }),
                Err(IdentityError::Unknown) => shown.unknown.push(known.account.clone()),
                Err(error @ (IdentityError::Slack(_) | IdentityError::Store(_))) => return Err(error),
            }
        }
        Ok(shown)
    }

    /// The same, from memory if it is fresh.
    pub async fn find(&self, user: &str, policy: &Policy) -> Result<Person, IdentityError> {
        match self.known.person(user) {
            Some(person) if self.core.now().since(person.fetched_at) <= FRESH_FOR => Ok(person),
            Some(_) | None => self.fetch(Lane::Interactive, user, policy).await,
        }
    }

    /// Everybody known, always including the people in `wanted`: those never looked up before are looked up now.
    pub async fn facts_about<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a PersonRef>,
        policy: &Policy,
    ) -> Result<Facts, IdentityError> {
        self.look_up(wanted, policy).await?;
        Ok(self.known.facts().limited(self.core.store.limits().await?))
    }

    /// Asks Slack about the people it was not asked about yet.
    pub(super) async fn look_up<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a PersonRef>,
        policy: &Policy,
    ) -> Result<(), IdentityError> {
        for reference in wanted {
            if !self.known.was_looked_up(reference) {
                self.resolve(reference, Lane::Interactive, policy).await?;
            }
        }
        Ok(())
    }

    /// The full member who shows this address, confirmed, even if it identifies somebody else here. Looked up in Slack now.
    pub async fn who_shows(&self, email: &str, policy: &Policy) -> Result<Option<Person>, IdentityError> {
        let Some(info) = self.web.lookup_user_by_email(Lane::Interactive, email).await? else {
            return Ok(None);
        };
        let shows = info.is_email_confirmed == Some(true)
            && info
                .email
                .as_ref()
                .is_some_and(|shown| shown.to_lowercase() == email);
        let person = Box::pin(self.admit(info, policy)).await?;
        Ok(Some(person).filter(|person| shows && person.standing == Standing::Member))
    }

    /// Looks up all of `named`, and says for each one Slack answered about why they are not accepted, if so. For people who
    /// cannot be looked up now, the previous knowledge stands.
    pub async fn refresh(
        &self,
        named: &BTreeSet<&PersonRef>,
        policy: &Policy,
    ) -> Vec<(PersonRef, Option<WhyNot>)> {
        let mut failed = None;
        let mut looked_at = Vec::new();
        for reference in named {
            let home = self.home();
            match self.resolve(reference, Lane::Bulk, policy).await {
                // It is not known yet which organisation the workspace is in.
                Ok(Some(WhyNot::Outsider)) if self.is_joining(reference, home.as_ref()) => {}
                Ok(why_not) => looked_at.push(((*reference).clone(), why_not)),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "some people in the config could not be looked up");
        }
        looked_at
    }

    fn is_joining(&self, reference: &PersonRef, before: Option<&Home>) -> bool {
        self.known
            .is_somebody(reference, |person| self.may_join(person, before))
    }

    /// Asks Slack who `reference` is; says why they are not accepted, if so.
    async fn resolve(
        &self,
        reference: &PersonRef,
        lane: Lane,
        policy: &Policy,
    ) -> Result<Option<WhyNot>, IdentityError> {
        let found = loop {
            let found = match reference {
                PersonRef::Slack(user) => self.web.user_info(lane, user).await.map(Some),
                PersonRef::Email(email) => self.web.lookup_user_by_email(lane, email).await,
            };
            match found {
                Err(WebError::RateLimited { retry_after, .. }) => tokio::time::sleep(retry_after).await,
                Err(error) => match IdentityError::from(error) {
                    IdentityError::Unknown => break None,
                    error @ (IdentityError::Slack(_) | IdentityError::Store(_)) => return Err(error),
                },
                Ok(found) => break found,
            }
        };
        if let (PersonRef::Email(email), Some(_)) = (reference, &found) {
            self.known.note_address(email, true, self.core.now());
        }
        let Some(info) = found else {
            self.known.lose(reference);
            return Ok(Some(WhyNot::Unknown));
        };
        let user = info.id.clone();
        let person = Box::pin(self.admit(info.clone(), policy)).await?;
        // Only now is it certain whose workspace this is.
        let ours = self.whose.get();
        let why_not = ours.and_then(|ours| judge(reference, &info, &ours));
        self.known.answered(reference);
        let moved = || match reference {
            PersonRef::Email(_) => (!person.is(reference)).then_some(WhyNot::Moved { user }),
            PersonRef::Slack(_) => None,
        };
        Ok(why_not.or_else(moved))
    }

    async fn admit(&self, info: UserInfo, policy: &Policy) -> Result<Person, IdentityError> {
        let now = self.core.now();
        let seen = SlackAccount {
            enterprise: info.enterprise_id.clone(),
            team: info.team_id.clone(),
            user: info.id.clone(),
        };
        let is_at_home = self.admits(&seen).await? && !info.is_stranger;
        let Some(ours) = self.whose.get() else {
            // Before we know whose workspace this is, everybody would look like a stranger.
            let why = "it has not said yet whose workspace this is".to_owned();
            return Err(IdentityError::Slack(WebError::Unreachable {
                method: "auth.test",
                why,
            }));
        };
        let standing = standing_of(&info, &ours);
        let shown = info.email.as_ref().map(|email| email.to_lowercase());
        let confirmed = shown
            .clone()
            .filter(|_| standing == Standing::Member && info.is_email_confirmed == Some(true));
        let organisations = info.enterprise_user.filter(|user| *user != info.id);
        let name = info
            .display_name
            .filter(|_| info.real_name.is_none())
            .or(info.real_name)
            .unwrap_or(info.name);
        let name = shorten(&legible(&name), MAX_NAME);
        let home = self.home().filter(|_| is_at_home);
        let email = confirmed.as_deref();
        let is_named = |email: &str| {
            policy
                .named_people()
                .contains(&PersonRef::Email(email.to_owned()))
        };
        let sighting = Sighting {
            home: home.as_ref(),
            account: seen,
            organisations: organisations.as_deref(),
            name: &name,
            email,
            shown: shown.as_deref().filter(|_| is_at_home),
            is_pinned: email.is_some_and(is_named),
        };
        let (kept, joined) = one_person::keep(&self.core, &sighting).await?;
        let Kept {
            id, account, email, ..
        } = kept;
        if confirmed.is_some() && email.is_none() {
            tracing::error!(
                user = account.user,
                "an email address in the config now belongs to another Slack account; it identifies nobody until an admin accepts it"
            );
        }
        self.known.rename(&joined);
        let beside = self.known.ids_beside(&id, &account.user);
        let person = Person {
            // The organisation's own id for the account comes first, if there is one.
            other_ids: organisations.into_iter().chain(beside).collect(),
            id,
            account,
            name,
            email,
            standing,
            fetched_at: now,
        };
        self.known.remember(person.clone());
        self.known.note_zone(&person.account.user, info.tz);
        Ok(one_person::join(&self.core, &self.known, person, policy).await?)
    }
}
