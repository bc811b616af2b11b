//! Sessions of the portal: who somebody is, asked again at every request, and how sessions end.

use std::time::Duration;

use super::super::{Core, Receipt, UseCaseError, actor, person_facts};
use super::secret::Secret;
use super::visitor::Visitor;
use super::{ATTEMPT_LASTS, IDLE, LASTS, LINK_LASTS, WAITS_FOR, by_role, link};
use crate::access::people::{AccountKind, Person, Standing};
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, PersonFacts, Via, What};
use crate::audit::portal::{Portal, WhyOut};
use crate::people::{Directory, LookUpError};
use crate::store::{JobKind, JobSpec, PortalSession, ReadPeople, StoreError, Tx, Way};

/// How many sessions somebody has at once. One more ends the oldest.
const MOST: usize = 20;

/// Separates the hash of a session's secret from others.
const SESSION: &str = "session";

/// For how long reading trusts what the directory last said about somebody. It reports changes by itself; this is for reports
/// that were lost. Deciding asks it anew.
pub(super) const KNOWN_FOR: Duration = Duration::from_mins(10);

/// How long a page waits for the directory before it takes what is known.
pub(super) const ASKED_FOR: Duration = Duration::from_secs(2);

/// How exactly it is stored when a session was last used.
const SEEN_WITHIN: Duration = Duration::from_mins(1);

/// Where a browser is, and what it is.
#[derive(Clone, Debug)]
pub struct Here {
    pub address: String,
    /// `Firefox on Linux`.
    pub browser: String,
}

/// A session that began, and what opens it.
#[derive(Debug)]
pub struct Begun {
    pub secret: Secret,
    pub session: PortalSession,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    pub session: PortalSession,
    pub visitor: Visitor,
}

/// Who has a session.
#[derive(Clone, Debug)]
pub enum Holder<T> {
    Is(T),
    /// It is over, or there never was one.
    Nobody,
    /// The directory has to say whether they may still be here, and does not answer. The session stays.
    NotSaid,
}

/// The person who would sign in with this account; `None` if they may not be here.
pub async fn claimant(
    core: &Core,
    directory: &dyn Directory,
    account: &str,
) -> Result<Option<Person>, UseCaseError> {
    let Some(person) = person_of(core, directory, account).await? else {
        return Ok(None);
    };
    let kept_out = actor::keeps_out(core, &person).await?;
    let may_enter = kept_out.is_none() && person.was_looked_up();
    Ok(may_enter.then_some(person))
}

/// Somebody who entered the right code confirms that it is them. `None` if that was too long ago, or they may not be here.
#[tracing::instrument(name = "portal.begin", skip_all)]
pub async fn begin(
    core: &Core,
    directory: &dyn Directory,
    claim: &Secret,
    here: Here,
) -> Result<Option<Begun>, UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let Some((_, account)) = link::take(&mut tx, claim, now).await? else {
        return Ok(None);
    };
    tx.seal(Vec::new()).await?;
    let Some(person) = claimant(core, directory, &account).await? else {
        return Ok(None);
    };
    let mut tx = core.store.write().await?;
    let (begun, events) = open(core, &mut tx, &person_facts(&person), here, None).await?;
    tx.seal(events).await?;
    Ok(Some(begun))
}

/// Begins a session of `by`, who was found by `issuer`, or by a link. The caller seals the events.
pub(super) async fn open(
    core: &Core,
    tx: &mut Tx,
    by: &PersonFacts,
    here: Here,
    issuer: Option<&str>,
) -> Result<(Begun, Vec<Event>), StoreError> {
    let now = core.now();
    let secret = Secret::fresh()?;
    let session = PortalSession {
        id: core.new_id(),
        person: by.id.clone(),
        account: by.account.clone(),
        through: Some(issuer.map_or(Way::Link, |issuer| Way::Issuer(issuer.to_owned()))),
        address: here.address,
        browser: here.browser,
        began_at: now,
        seen_at: now,
    };
    let what = Portal::SignedIn {
        session: session.id.clone(),
        browser: session.browser.clone(),
        address: session.address.clone(),
        until: now.plus(LASTS),
        issuer: issuer.map(str::to_owned),
    };
    let ended = make_room(core, tx, by, &session).await?;
    tx.insert_portal_session(&session, &secret.hash(SESSION)).await?;
    match by.account.kind {
        AccountKind::Slack => {
            let told = JobSpec::at(JobKind::TellSignedIn, &session.id, now);
            tx.schedule(&told).await?;
        }
        // There is nowhere to tell them.
        AccountKind::Issuer => {}
    }
    let origin = Origin {
        via: Via::Portal,
        cause: session.id.clone(),
        actor: Actor::Person(by.clone()),
    };
    let events = std::iter::once(event(core, origin, what)).chain(ended);
    Ok((Begun { secret, session }, events.collect()))
}

/// Ends the oldest sessions above the limit, with `new` among them; the caller seals the event.
async fn make_room(
    core: &Core,
    tx: &mut Tx,
    person: &PersonFacts,
    new: &PortalSession,
) -> Result<Option<Event>, StoreError> {
    tx.hold_people(&[&person.id]).await?;
    let mut open = tx.portal_sessions_begun(&person.id).await?;
    open.retain(|session| is_open(session, new.began_at));
    let oldest = open.get(MOST - 1..).unwrap_or_default();
    for session in oldest {
        tx.end_portal_session(&person.id, &session.id).await?;
    }
    let origin = super::super::leaving::by_apono(&new.id);
    let count = oldest.len() as u64;
    Ok((count > 0).then(|| signed_out(core, person.clone(), count, WhyOut::TooMany, origin)))
}

/// Who has a session with this secret. People who may no longer be here lose all of theirs.
pub async fn whose(
    core: &Core,
    directory: &dyn Directory,
    secret: &Secret,
) -> Result<Holder<SignedIn>, UseCaseError> {
    let found = core.store.portal_session(&secret.hash(SESSION)).await?;
    who_has(core, directory, found).await
}

/// The same for a session that is known by its id: whether it is still open, and whose.
pub async fn still(
    core: &Core,
    directory: &dyn Directory,
    id: &str,
) -> Result<Holder<SignedIn>, UseCaseError> {
    let found = core.store.portal_session_by_id(id).await?;
    who_has(core, directory, found).await
}

async fn who_has(
    core: &Core,
    directory: &dyn Directory,
    found: Option<PortalSession>,
) -> Result<Holder<SignedIn>, UseCaseError> {
    let now = core.now();
    let Some(session) = found.filter(|session| is_open(session, now)) else {
        return Ok(Holder::Nobody);
    };
    let visitor = match &session.account.issuer {
        None => match whose_account(core, directory, &session).await? {
            Some(person) => Visitor::Person(person),
            None => return Ok(Holder::Nobody),
        },
        Some(issuer) => match by_role::who_has(core, directory, &session, issuer).await? {
            Holder::Is(reader) => Visitor::ByRole(reader),
            Holder::Nobody => return Ok(Holder::Nobody),
            Holder::NotSaid => return Ok(Holder::NotSaid),
        },
    };
    if now.since(session.seen_at) >= SEEN_WITHIN {
        core.store.see_portal_session(&session.id, now).await?;
    }
    Ok(Holder::Is(SignedIn { session, visitor }))
}

/// Who has this session, if its account is one of the directory and they may still be here.
async fn whose_account(
    core: &Core,
    directory: &dyn Directory,
    session: &PortalSession,
) -> Result<Option<Person>, UseCaseError> {
    let person = person_of(core, directory, &session.account.id).await?;
    let Some(person) = person.filter(|person| person.id == session.person) else {
        return Ok(None);
    };
    if let Some(judged) = actor::keeps_out(core, &person).await? {
        let why = match judged.standing {
            Some(Standing::Member | Standing::Guest) => WhyOut::Blocked,
            Some(Standing::Deactivated | Standing::Bot | Standing::Outsider) | None => WhyOut::Left,
        };
        let origin = super::super::leaving::by_apono(&session.id);
        let mut tx = core.store.write().await?;
        let events = end_all_in(core, &mut tx, &person_facts(&person), why, &origin).await?;
        tx.seal(events.into_iter().collect()).await?;
        return Ok(None);
    }
    Ok(Some(person))
}

fn is_open(session: &PortalSession, now: Timestamp) -> bool {
    now.since(session.began_at) < LASTS && now.since(session.seen_at) < IDLE
}

/// Who acts through this account, as the directory said lately. If it does not answer, what it last said stands; somebody it
/// was never asked about since the start is then known by what is stored, without an address or a role.
pub(super) async fn person_of(
    core: &Core,
    directory: &dyn Directory,
    account: &str,
) -> Result<Option<Person>, UseCaseError> {
    let known = directory.known().person(account);
    if let Some(known) = &known
        && core.now().since(known.fetched_at) < KNOWN_FOR
    {
        return Ok(Some(known.clone()));
    }
    let policy = core.policy();
    let asked = tokio::time::timeout(ASKED_FOR, directory.look_up(account, &policy)).await;
    match asked {
        Ok(Ok(person)) => Ok(Some(person)),
        Ok(Err(LookUpError::Unknown)) => Ok(None),
        Ok(Err(LookUpError::Store(error))) => Err(error.into()),
        Ok(Err(LookUpError::NoAnswer(_) | LookUpError::AnotherPerson)) | Err(_) => match known {
            Some(known) => Ok(Some(known)),
            None => Ok(stored(core, account).await?),
        },
    }
}

async fn stored(core: &Core, account: &str) -> Result<Option<Person>, StoreError> {
    let ids = core.store.people_of_user(account).await?;
    let accounts = core.store.accounts_of(&ids).await?;
    let found = accounts.into_iter().find(|known| known.account.user == account);
    Ok(found.map(|known| Person {
        id: known.id,
        account: known.account,
        other_ids: Vec::new(),
        name: known.name,
        email: None,
        standing: Standing::Member,
        // Never, by this process.
        fetched_at: Timestamp::from_micros(0),
    }))
}

/// `by` ends one of their own sessions; false if they have no such session any more.
#[tracing::instrument(name = "portal.end", skip_all)]
pub async fn end(
    core: &Core,
    by: &PersonFacts,
    id: &str,
    receipt: Receipt<'_>,
) -> Result<bool, UseCaseError> {
    let tx = core.store.write().await?;
    let Some(mut tx) = receipt.settle(tx, "signed out", core.now()).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let ended = tx.end_portal_session(&by.id, id).await?;
    let event = ended.then(|| {
        let origin = receipt.origin_of(Actor::Person(by.clone()));
        signed_out(core, by.clone(), 1, WhyOut::ByThemselves, origin)
    });
    tx.seal(event.into_iter().collect()).await?;
    Ok(ended)
}

/// `by` ends all of their own sessions.
#[tracing::instrument(name = "portal.end_all", skip_all)]
pub async fn end_all(core: &Core, by: &PersonFacts, receipt: Receipt<'_>) -> Result<(), UseCaseError> {
    let tx = core.store.write().await?;
    let Some(mut tx) = receipt.settle(tx, "signed out", core.now()).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let origin = receipt.origin_of(Actor::Person(by.clone()));
    let event = end_all_in(core, &mut tx, by, WhyOut::ByThemselves, &origin).await?;
    tx.seal(event.into_iter().collect()).await?;
    Ok(())
}

/// The same inside the caller's transaction, for any reason. The caller seals the event; `None` if there was no session.
pub(in crate::usecases) async fn end_all_in(
    core: &Core,
    tx: &mut Tx,
    person: &PersonFacts,
    why: WhyOut,
    origin: &Origin,
) -> Result<Option<Event>, StoreError> {
    let sessions = tx.end_portal_sessions(&person.id).await?;
    let ended = sessions > 0;
    Ok(ended.then(|| signed_out(core, person.clone(), sessions, why, origin.clone())))
}

/// Forgets links, sessions, attempts and waiting accounts whose time is over.
pub async fn forget_old(core: &Core) -> Result<(), StoreError> {
    let now = core.now();
    let (made, began, seen) = (now.minus(LINK_LASTS), now.minus(LASTS), now.minus(IDLE));
    let (attempts, waiting) = (now.minus(ATTEMPT_LASTS), now.minus(WAITS_FOR));
    let store = &core.store;
    if !store.has_old_in_portal(made, began, seen).await?
        && !store.has_old_identities(attempts, waiting).await?
    {
        return Ok(());
    }
    let mut tx = store.write().await?;
    tx.prune_portal(made, began, seen).await?;
    tx.prune_identities(attempts, waiting).await?;
    tx.seal(Vec::new()).await
}

fn signed_out(core: &Core, person: PersonFacts, sessions: u64, why: WhyOut, origin: Origin) -> Event {
    let what = Portal::SignedOut {
        person,
        sessions,
        why,
    };
    event(core, origin, what)
}

fn event(core: &Core, origin: Origin, what: Portal) -> Event {
    Event::new(core.now(), core.install.clone(), origin, None, What::Portal(what))
}
