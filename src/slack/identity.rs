//! Who is who in Slack. Forms ask the cache; clicks and provisioning ask Slack.
//!
//! Invariant: an e-mail stands for a person only if it is the confirmed address of a full member, and no other account
//! was pinned to it before.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use crate::access::flows::{PersonRef, Policy};
use crate::access::ids::PersonId;
use crate::access::people::{FRESH_FOR, Facts, Home, Person, SlackAccount, Standing};
use crate::people::{self, LookUpError};
use crate::store::{Kept, Sighting, StoreError};
use crate::usecases::Core;
use crate::usecases::same_person::{self, Joined};

use super::home::{Whose, standing_of};
use super::legible::legible;
use super::one_account::{keep, of_the_store};
use super::views::text::shorten;
use super::web::{Lane, UserInfo, WebApi, WebError};
use super::who_counts::{WhyNot, judge};

/// Longest name that is kept, in characters: a headline has room for more than a name.
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
    async fn fetch_people(&self, people: &[PersonId], policy: &Policy) -> Result<Vec<Person>, LookUpError> {
        Ok(self.fetch_all(Lane::Interactive, people, policy).await?)
    }

    async fn who_answers(&self, integration: &str, policy: &Policy) -> Result<Facts, LookUpError> {
        Ok(self.facts_about(policy.approvers_on(integration), policy).await?)
    }
}

/// Looks people up and remembers them.
pub struct Directory {
    pub(super) web: WebApi,
    pub(super) core: Arc<Core>,
    pub(super) whose: Whose,
    known: Mutex<Known>,
}

/// What Slack said last.
#[derive(Default)]
struct Known {
    /// By user id.
    people: HashMap<String, Person>,
    /// Names of the config that Slack knows nobody by.
    absent: HashSet<PersonRef>,
    /// Names of the config that Slack was asked about and answered, whatever it said.
    answered: HashSet<PersonRef>,
}

impl Known {
    fn is_complete(&self, policy: &Policy) -> bool {
        let named = policy.named_people();
        named
            .into_iter()
            .all(|reference| self.answered.contains(reference))
    }

    fn facts(&self) -> Facts {
        Facts::new(self.people.values().cloned().collect())
    }
}

impl Directory {
    pub fn new(web: WebApi, core: Arc<Core>) -> Self {
        Self {
            web,
            core,
            whose: Whose::default(),
            known: Mutex::default(),
        }
    }

    /// The person of an account, asked from Slack now.
    pub async fn fetch(&self, lane: Lane, user: &str, policy: &Policy) -> Result<Person, IdentityError> {
        let info = self.web.user_info(lane, user).await?;
        Box::pin(self.admit(info, policy)).await
    }

    /// All accounts of these people, each asked from Slack now and once. [`IdentityError::Unknown`] if Slack knows no
    /// account of one.
    pub async fn fetch_all(
        &self,
        lane: Lane,
        people: &[PersonId],
        policy: &Policy,
    ) -> Result<Vec<Person>, IdentityError> {
        // The requester of most requests is their grantee too.
        let distinct: BTreeSet<&PersonId> = people.iter().collect();
        let accounts = self.core.store.accounts_of(people).await?;
        let mut found = Vec::new();
        for id in distinct {
            let before = found.len();
            for known in accounts.iter().filter(|known| known.id == *id) {
                match self.fetch(lane, &known.account.user, policy).await {
                    // Whose account this was when they acted counts, wherever Slack says that it belongs now.
                    Ok(person) => found.push(Person {
                        id: id.clone(),
                        ..person
                    }),
                    Err(IdentityError::Unknown) => {}
                    Err(error @ (IdentityError::Slack(_) | IdentityError::Store(_))) => return Err(error),
                }
            }
            if found.len() == before {
                return Err(IdentityError::Unknown);
            }
        }
        Ok(found)
    }

    /// The same, from memory if it is fresh.
    pub async fn find(&self, user: &str, policy: &Policy) -> Result<Person, IdentityError> {
        match self.known(user) {
            Some(person) if self.core.now().since(person.fetched_at) <= FRESH_FOR => Ok(person),
            Some(_) | None => self.fetch(Lane::Interactive, user, policy).await,
        }
    }

    /// Everybody known now.
    pub fn facts(&self) -> Facts {
        self.known
            .lock()
            .expect("no holder of this lock can panic")
            .facts()
    }

    /// Everybody known now, if that is everybody whom `policy` names: only then does it say that nobody is left.
    pub fn complete_facts(&self, policy: &Policy) -> Option<Facts> {
        let known = self.known.lock().expect("no holder of this lock can panic");
        known.is_complete(policy).then(|| known.facts())
    }

    /// Everybody known, and certainly those whom `wanted` names: whoever was never looked up is looked up now.
    pub async fn facts_about<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a PersonRef>,
        policy: &Policy,
    ) -> Result<Facts, IdentityError> {
        self.look_up(wanted, policy).await?;
        Ok(self.facts().limited(self.core.store.limits().await?))
    }

    /// Asks Slack about those of them whom it was not asked about yet.
    pub(super) async fn look_up<'a>(
        &self,
        wanted: impl IntoIterator<Item = &'a PersonRef>,
        policy: &Policy,
    ) -> Result<(), IdentityError> {
        for reference in wanted {
            if !self.was_looked_up(reference) {
                self.resolve(reference, Lane::Interactive, policy).await?;
            }
        }
        Ok(())
    }

    fn was_looked_up(&self, reference: &PersonRef) -> bool {
        let known = self.known.lock().expect("no holder of this lock can panic");
        known.absent.contains(reference) || known.people.values().any(|person| person.is(reference))
    }

    /// The full member who shows this address, confirmed, whoever it stands for. Asked from Slack now.
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

    /// An address stands for another account now: whoever it stood for loses it at once.
    pub fn forget_address(&self, email: &str) {
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        known.answered.remove(&PersonRef::Email(email.to_owned()));
        for person in known.people.values_mut() {
            if person.email.as_deref() == Some(email) {
                person.email = None;
            }
        }
    }

    /// What Slack said last of this account, if it was ever looked up.
    pub fn known(&self, user: &str) -> Option<Person> {
        let known = self.known.lock().expect("no holder of this lock can panic");
        known.people.get(user).cloned()
    }

    /// Whether this account was a full member's when it was looked up last.
    pub fn is_member(&self, user: &str) -> bool {
        self.known(user)
            .is_some_and(|person| person.standing == Standing::Member)
    }

    /// Whether everybody whom `policy` names was looked up since the start.
    pub fn is_complete(&self, policy: &Policy) -> bool {
        self.known
            .lock()
            .expect("no holder of this lock can panic")
            .is_complete(policy)
    }

    /// Looks up all of `named`, and says of each whom Slack answered for why they do not count, if so. Of whom Slack cannot be
    /// asked now, the former knowledge stands.
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
                // Nobody can say yet of which organisation the workspace is.
                Ok(Some(WhyNot::Outsider)) if self.is_joining(reference, home.as_ref()) => {}
                Ok(why_not) => looked_at.push(((*reference).clone(), why_not)),
                Err(error) => failed = Some(error),
            }
        }
        if let Some(error) = failed {
            tracing::warn!(%error, "some people of the config could not be looked up");
        }
        looked_at
    }

    fn is_joining(&self, reference: &PersonRef, before: Option<&Home>) -> bool {
        let known = self.known.lock().expect("no holder of this lock can panic");
        let mut people = known.people.values();
        people.any(|person| person.is(reference) && self.may_join(person, before))
    }

    /// Asks Slack who `reference` is; says why they do not count, if so.
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
        let Some(info) = found else {
            self.lose(reference);
            return Ok(Some(WhyNot::Unknown));
        };
        let user = info.id.clone();
        let person = Box::pin(self.admit(info.clone(), policy)).await?;
        // Only now it is sure whose workspace this is.
        let ours = self.whose.get();
        let why_not = ours.and_then(|ours| judge(reference, &info, &ours));
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        known.answered.insert(reference.clone());
        drop(known);
        let moved = || match reference {
            PersonRef::Email(_) => (!person.is(reference)).then_some(WhyNot::Moved { user }),
            PersonRef::Slack(_) => None,
        };
        Ok(why_not.or_else(moved))
    }

    /// Slack knows nobody by this reference any more: whoever it stood for is looked up anew before they count.
    fn lose(&self, reference: &PersonRef) {
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        known.people.retain(|_, person| !person.is(reference));
        known.absent.insert(reference.clone());
        known.answered.insert(reference.clone());
    }

    async fn admit(&self, info: UserInfo, policy: &Policy) -> Result<Person, IdentityError> {
        let now = self.core.now();
        let seen = SlackAccount {
            enterprise: info.enterprise_id.clone().unwrap_or_default(),
            team: info.team_id.clone().unwrap_or_default(),
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
        let confirmed = (standing == Standing::Member && info.is_email_confirmed == Some(true))
            .then(|| info.email.as_ref().map(|email| email.to_lowercase()))
            .flatten();
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
            is_pinned: email.is_some_and(is_named),
        };
        let (kept, joined) = keep(&self.core, &sighting).await?;
        let Kept {
            id, account, email, ..
        } = kept;
        if confirmed.is_some() && email.is_none() {
            tracing::error!(
                user = account.user,
                "an e-mail address of the config now belongs to another Slack account; it stands for nobody until an admin accepts it"
            );
        }
        self.rename(&joined);
        let person = Person {
            other_ids: self.other_ids(&id, &account.user, organisations),
            id,
            account,
            name,
            email,
            standing,
            fetched_at: now,
        };
        self.remember(person.clone());
        self.join(person, policy).await
    }

    /// `organisations` is the id by which the organisation knows the account, where it is another than `user`.
    fn other_ids(&self, id: &PersonId, user: &str, organisations: Option<String>) -> Vec<String> {
        let known = self.known.lock().expect("no holder of this lock can panic");
        let is_this =
            |person: &&Person| person.id == *id && person.other_ids.iter().any(|other| other == user);
        let at_workspaces = known.people.values().filter(is_this);
        organisations
            .into_iter()
            .chain(at_workspaces.map(|person| person.account.user.clone()))
            .collect()
    }

    /// Whoever turned out to be somebody known longer is known as them.
    fn rename(&self, joined: &[Joined]) {
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        for person in known.people.values_mut() {
            if let Some(joined) = joined.iter().find(|joined| joined.gone == person.id) {
                person.id = joined.stays.clone();
            }
        }
    }

    fn remember(&self, person: Person) {
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        known.absent.retain(|reference| !person.is(reference));
        known.people.insert(person.account.user.clone(), person);
    }

    /// Whoever has several accounts by the config is one person before they count as anybody.
    async fn join(&self, mut person: Person, policy: &Policy) -> Result<Person, IdentityError> {
        let accounts = policy
            .people
            .iter()
            .find(|accounts| accounts.iter().any(|account| person.is(account)));
        let Some(accounts) = accounts else {
            return Ok(person);
        };
        let joined = same_person::join(&self.core, accounts)
            .await
            .map_err(of_the_store)?;
        // Somebody else may have joined them since this account's person was read.
        let SlackAccount { team, user, .. } = &person.account;
        if let Some(id) = self.core.store.person_of_account(team, user).await? {
            person.id = id;
        }
        self.rename(&joined);
        let mut known = self.known.lock().expect("no holder of this lock can panic");
        for account in known
            .people
            .values_mut()
            .filter(|known| known.account == person.account)
        {
            account.id = person.id.clone();
        }
        Ok(person)
    }
}
