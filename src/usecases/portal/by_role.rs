//! Somebody without an account in the directory reads by a role of the config, signed in with an account of an issuer.
//!
//! Invariant: they read, and nothing more: no use case that asks, decides or ends anything takes them. They are here only while
//! the config names their address as an outside auditor's and no account in the directory has or had it; what the directory has
//! not said lately is no.

use tokio::time::timeout;

use super::super::{Core, UseCaseError, leaving};
use super::identity::{Proven, Through, bind};
use super::session::{self, ASKED_FOR, Here, Holder, KNOWN_FOR, end_all_in};
use crate::access::flows::Policy;
use crate::access::people::ByRole;
use crate::audit::event::{Event, Origin, PersonFacts};
use crate::audit::portal::WhyOut;
use crate::people::{Directory, LookUpError};
use crate::store::{PortalIdentity, PortalSession, ReadPeople, StoreError, Tx};

impl PortalIdentity {
    /// Whose it is, if they have no account in the directory.
    pub fn by_role(self) -> Option<ByRole> {
        self.is_by_role().then_some(ByRole {
            id: self.person,
            issuer: self.issuer,
            subject: self.subject,
            email: self.email,
        })
    }
}

/// Signs in somebody whose verified address no account in the directory has. The directory is asked again; if it does not answer,
/// nobody signs in.
pub(super) async fn enter(
    core: &Core,
    directory: &dyn Directory,
    proven: &Proven,
    email: &str,
    here: Here,
) -> Result<Through, UseCaseError> {
    let nobody = || Through::Nobody {
        email: email.to_owned(),
    };
    if why_out(core, email).await?.is_some() {
        return Ok(nobody());
    }
    match directory.is_nobodys(email).await {
        Ok(true) => {}
        Ok(false) => return Ok(nobody()),
        Err(LookUpError::Store(error)) => return Err(error.into()),
        Err(error @ (LookUpError::NoAnswer(_) | LookUpError::Unknown | LookUpError::AnotherPerson)) => {
            tracing::warn!(%error, "whether anybody has an address could not be looked up");
            return Ok(Through::NoAnswer);
        }
    }
    let mut tx = core.store.write().await?;
    // A reload that takes the address out ends this session, whichever of the two is faster.
    tx.hold_active_policy().await?;
    if !core.active_policy(&mut tx).await?.is_outside_auditor(email) {
        return Ok(nobody());
    }
    let person = match tx.person_by_role(email).await? {
        Some(person) => person,
        None => tx.insert_person(core.now()).await?,
    };
    let reader = ByRole {
        id: person,
        issuer: proven.issuer.clone(),
        subject: proven.subject.clone(),
        email: email.to_owned(),
    };
    let facts = PersonFacts::from(&reader);
    tx.hold_people(&[&facts.id]).await?;
    let mut events = match bind(core, &mut tx, proven, &facts, email).await? {
        Ok(events) => events,
        Err(waits) => {
            tx.seal(Vec::new()).await?;
            return Ok(waits);
        }
    };
    let (begun, opened) = session::open(core, &mut tx, &facts, here, Some(&proven.issuer)).await?;
    events.extend(opened);
    tx.seal(events).await?;
    Ok(Through::SignedIn(Box::new(begun)))
}

/// Who has this session, if its account is one of an issuer and they may still read. Those who may not lose all of theirs.
pub(super) async fn who_has(
    core: &Core,
    directory: &dyn Directory,
    session: &PortalSession,
    issuer: &str,
) -> Result<Holder<ByRole>, UseCaseError> {
    let known = core.store.known_identity(issuer, &session.account.id).await?;
    let subject = &session.account.id;
    let reader = ByRole {
        id: session.person.clone(),
        issuer: issuer.to_owned(),
        subject: subject.clone(),
        email: known
            .as_ref()
            .map_or_else(|| subject.clone(), |known| known.email.clone()),
    };
    let is_theirs = |known: &PortalIdentity| known.person == session.person && known.is_bound_by_role();
    let is_a_persons = |known: &PortalIdentity| known.bound_at.is_some() && !known.is_by_role();
    let why = if known.as_ref().is_some_and(is_a_persons) {
        WhyOut::NowAPerson
    } else if !known.as_ref().is_some_and(is_theirs) {
        WhyOut::Replaced
    } else if let Some(why) = why_out(core, &reader.email).await? {
        why
    } else {
        match is_nobodys(core, directory, &reader.email).await? {
            Some(true) => return Ok(Holder::Is(reader)),
            Some(false) => WhyOut::HasAccount,
            None => return Ok(Holder::NotSaid),
        }
    };
    let origin = leaving::by_apono(&session.id);
    let mut tx = core.store.write().await?;
    let event = end_all_in(core, &mut tx, &PersonFacts::from(&reader), why, &origin).await?;
    tx.seal(event.into_iter().collect()).await?;
    Ok(Holder::Nobody)
}

/// Ends the sessions of those to whom `policy` gives no role, in the change that makes it the active one. The caller seals the
/// events.
pub async fn end_without_role(
    core: &Core,
    tx: &mut Tx,
    policy: &Policy,
    origin: &Origin,
) -> Result<Vec<Event>, StoreError> {
    let mut events = Vec::new();
    for identity in tx.identities_in_session_by_role().await? {
        if let Some(reader) = identity.by_role()
            && !policy.is_outside_auditor(&reader.email)
        {
            let reader = PersonFacts::from(&reader);
            events.extend(end_all_in(core, tx, &reader, WhyOut::NoRole, origin).await?);
        }
    }
    Ok(events)
}

/// Why the holder of this address may not read, as far as the config and the database can tell.
async fn why_out(core: &Core, email: &str) -> Result<Option<WhyOut>, StoreError> {
    if !core.policy().is_outside_auditor(email) {
        return Ok(Some(WhyOut::NoRole));
    }
    let Some(user) = core.store.account_with(email).await? else {
        return Ok(None);
    };
    tracing::warn!(
        user,
        "an address in outside_auditors gives nothing to read: the account in Slack has or had it"
    );
    Ok(Some(WhyOut::HasAccount))
}

/// Whether no account of the directory has the address, as it said lately; `None` if it does not answer.
async fn is_nobodys(core: &Core, directory: &dyn Directory, email: &str) -> Result<Option<bool>, StoreError> {
    let known = directory.known().nobodys_at(email);
    if known.is_some_and(|at| core.now().since(at) < KNOWN_FOR) {
        return Ok(Some(true));
    }
    match timeout(ASKED_FOR, directory.is_nobodys(email)).await {
        Ok(Ok(is_nobodys)) => Ok(Some(is_nobodys)),
        Ok(Err(LookUpError::Store(error))) => Err(error),
        Ok(Err(LookUpError::NoAnswer(_) | LookUpError::Unknown | LookUpError::AnotherPerson)) | Err(_) => {
            Ok(None)
        }
    }
}
