//! Signing in with an account of an OpenID Connect issuer.
//!
//! Invariant: an account of an issuer is its issuer and subject. An address binds one such account to one person, once; a second
//! one waits for an admin, and so does everybody once the address was bound by a role. People with an account in our directory sign
//! in as them, with the standing that it has now; others only by a role (`by_role.rs`).

use super::super::same_person::may_accept;
use super::super::{Core, Receipt, UseCaseError, actor, person_facts};
use super::by_role;
use super::session::{self, Begun, Here};
use crate::access::people::{AccountKind, Person, Standing};
use crate::audit::event::{Actor, Event, Origin, PersonFacts, Via, What};
use crate::audit::portal::{Portal, WhyOut};
use crate::people::{Directory, LookUpError};
use crate::store::{PortalIdentity, StoreError, Tx};

/// Who somebody is, as an issuer says it. The face has verified that it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    pub issuer: String,
    pub subject: String,
    pub by: By,
}

/// What leads from the issuer's account to one of our directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The issuer is the directory, and names the account and where it is from.
    Account { user: String, team: String },
    /// An address that the issuer has verified. Lower case.
    Email(String),
    /// The issuer names an address that it has not verified.
    Unverified,
    /// It names none.
    Nothing,
}

/// What became of it.
#[derive(Debug)]
pub enum Through {
    SignedIn(Box<Begun>),
    /// The directory did not say who this is; it may later.
    NoAnswer,
    /// The account belongs to another workspace.
    Elsewhere,
    /// Nobody knows whose account this is, and no verified address says so.
    Unverified,
    /// No full member of the workspace has this confirmed address, and it gives nobody without an account there anything to read.
    Nobody {
        email: String,
    },
    /// The address identified another account before, until an admin accepts it.
    Moved {
        email: String,
    },
    /// Another account of the issuer is theirs already, until an admin accepts this one.
    Waits {
        email: String,
    },
    /// An account of the issuer was bound to the address by a role, before anybody in the directory had it; until an admin accepts
    /// one.
    WasByRole {
        email: String,
    },
    /// They may not be here.
    Blocked,
    /// The same because of their account in the directory.
    Left,
}

/// Signs in the person whom an issuer names, if that is one of ours.
#[tracing::instrument(name = "portal.sign_in_with", skip_all)]
pub async fn sign_in_with(
    core: &Core,
    directory: &dyn Directory,
    proven: &Proven,
    here: Here,
) -> Result<Through, UseCaseError> {
    if let By::Account { user, team } = &proven.by {
        let Some(home) = directory.home() else {
            return Ok(Through::NoAnswer);
        };
        // On Grid, other workspaces of the organisation are ours too.
        let is_home = home.has(None, Some(team));
        let is_ours = |person: &Person| {
            is_home || person.account.team.as_ref() == Some(team) && home.has_account(&person.account)
        };
        return match session::person_of(core, directory, user).await? {
            Some(person) if is_ours(&person) => enter(core, proven, &person, None, here).await,
            None if is_home => Ok(Through::NoAnswer),
            Some(_) | None => Ok(Through::Elsewhere),
        };
    }
    let known = core.store.known_identity(&proven.issuer, &proven.subject).await?;
    let known = known.filter(|known| known.bound_at.is_some());
    // Whose address is an outside auditor's is that one alone: moving the link would free the address for anybody. Nor does whoever
    // has read by a role become a person by another address, without an admin.
    if let (Some(known), By::Email(email)) = (&known, &proven.by)
        && known.is_by_role()
        && known.email != *email
        && (core.policy().is_outside_auditor(&known.email) || !core.policy().is_outside_auditor(email))
    {
        return Ok(Through::Nobody { email: email.clone() });
    }
    // An address that was bound without an account is asked about anew: it is all that they are here by.
    let known = known.filter(|known| !known.is_by_role());
    if let Some(known) = &known {
        let person = session::person_of(core, directory, &known.account).await?;
        if let Some(person) = person.filter(|person| person.id == known.person && !has_left(person)) {
            return enter(core, proven, &person, None, here).await;
        }
    }
    match by_address(core, directory, proven, here.clone()).await? {
        // They have no other account in the directory either.
        Through::Unverified | Through::Nobody { .. } if known.is_some() => Ok(Through::Left),
        Through::Nobody { email } => by_role::enter(core, directory, proven, &email, here).await,
        through => Ok(through),
    }
}

/// Signs in the person who shows the address that the issuer has verified.
async fn by_address(
    core: &Core,
    directory: &dyn Directory,
    proven: &Proven,
    here: Here,
) -> Result<Through, UseCaseError> {
    let email = match &proven.by {
        By::Email(email) => email,
        By::Account { .. } | By::Unverified | By::Nothing => return Ok(Through::Unverified),
    };
    match directory.who_shows(email, &core.policy()).await {
        Ok(Some(holder)) if holder.email.as_ref() == Some(email) => {
            enter(core, proven, &holder, Some(email), here).await
        }
        Ok(Some(_)) => Ok(Through::Moved { email: email.clone() }),
        Ok(None) | Err(LookUpError::Unknown) => Ok(Through::Nobody { email: email.clone() }),
        Err(LookUpError::NoAnswer(error)) => {
            tracing::warn!(%error, "who has an address could not be looked up");
            Ok(Through::NoAnswer)
        }
        Err(LookUpError::AnotherPerson) => Ok(Through::NoAnswer),
        Err(LookUpError::Store(error)) => Err(error.into()),
    }
}

const fn has_left(person: &Person) -> bool {
    match person.standing {
        Standing::Member | Standing::Guest => false,
        Standing::Deactivated | Standing::Bot | Standing::Outsider => true,
    }
}

/// Begins the session; with `email`, the account of the issuer becomes the person's first.
async fn enter(
    core: &Core,
    proven: &Proven,
    person: &Person,
    email: Option<&str>,
    here: Here,
) -> Result<Through, UseCaseError> {
    if !person.was_looked_up() {
        return Ok(Through::NoAnswer);
    }
    if actor::keeps_out(core, person).await?.is_some() {
        return Ok(if has_left(person) {
            Through::Left
        } else {
            Through::Blocked
        });
    }
    let mut tx = core.store.write().await?;
    let mut events = Vec::new();
    if let Some(email) = email {
        tx.hold_people(&[&person.id]).await?;
        match bind(core, &mut tx, proven, &person_facts(person), email).await? {
            Ok(bound) => events.extend(bound),
            Err(waits) => {
                tx.seal(Vec::new()).await?;
                return Ok(waits);
            }
        }
    }
    let facts = person_facts(person);
    let (begun, opened) = session::open(core, &mut tx, &facts, here, Some(&proven.issuer)).await?;
    events.extend(opened);
    tx.seal(events).await?;
    Ok(Through::SignedIn(Box::new(begun)))
}

/// The account of the issuer is this person's from now on: what there is to record about that. Or an admin has to say so first, and
/// this one waits.
pub(super) async fn bind(
    core: &Core,
    tx: &mut Tx,
    proven: &Proven,
    person: &PersonFacts,
    email: &str,
) -> Result<Result<Vec<Event>, Through>, UseCaseError> {
    let now = core.now();
    let before = bound_before(tx, &proven.issuer, person, email).await?;
    let account = account_of(person, email);
    let waits = match &before {
        None => None,
        Some(before) if before.account == account => {
            if before.subject == proven.subject {
                return Ok(Ok(Vec::new()));
            }
            Some(Through::Waits {
                email: email.to_owned(),
            })
        }
        Some(before) => {
            let waits = Through::WasByRole {
                email: email.to_owned(),
            };
            // It waits as it is: if it were gone, the next one with the address would be the first.
            if before.subject == proven.subject {
                return Ok(Err(waits));
            }
            Some(waits)
        }
    };
    let identity = PortalIdentity {
        issuer: proven.issuer.clone(),
        subject: proven.subject.clone(),
        person: person.id.clone(),
        account,
        email: email.to_owned(),
        seen_at: now,
        bound_at: waits.is_none().then_some(now),
    };
    tx.put_portal_identity(&identity).await?;
    if let Some(waits) = waits {
        return Ok(Err(waits));
    }
    let origin = Origin {
        via: Via::Portal,
        cause: core.new_id(),
        actor: Actor::Person(person.clone()),
    };
    Ok(Ok(vec![bound(core, person, &identity, None, origin)]))
}

/// By which account an identity is theirs: of somebody who has none in the directory, by the address.
fn account_of(person: &PersonFacts, email: &str) -> String {
    match person.account.kind {
        AccountKind::Slack => person.account.id.clone(),
        AccountKind::Issuer => email.to_owned(),
    }
}

/// The issuer's account that is theirs, or was the address's before they had an account in the directory.
async fn bound_before(
    tx: &mut Tx,
    issuer: &str,
    person: &PersonFacts,
    email: &str,
) -> Result<Option<PortalIdentity>, StoreError> {
    let theirs = tx.bound_identity(issuer, &account_of(person, email)).await?;
    match theirs {
        Some(theirs) => Ok(Some(theirs)),
        None => tx.bound_identity(issuer, email).await,
    }
}

/// An admin says that the account of an issuer that waits under its address is `holder`'s, instead of the one before. Whether
/// they show the address, or nobody in the directory does, was looked up a moment ago.
#[tracing::instrument(name = "portal.accept_identity", skip_all)]
pub async fn accept_identity(
    core: &Core,
    by: &Person,
    waiting: &PortalIdentity,
    holder: &PersonFacts,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.hold_people(&[&by.id, &holder.id]).await?;
    may_accept(core, &mut tx, by, &holder.id).await?;
    let Some(mut tx) = receipt.settle(tx, "accepted", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let before = bound_before(&mut tx, &waiting.issuer, holder, &waiting.email).await?;
    let accepted = PortalIdentity {
        person: holder.id.clone(),
        account: account_of(holder, &waiting.email),
        bound_at: Some(now),
        ..waiting.clone()
    };
    // Sessions that the account before opened end with it.
    let ended = match &before {
        Some(before) => {
            tx.forget_portal_identity(&before.issuer, &before.subject).await?;
            let origin = receipt.origin(by);
            let (whose, why) = match before.clone().by_role() {
                Some(reader) if reader.id != holder.id => (PersonFacts::from(&reader), WhyOut::NowAPerson),
                Some(_) | None => (holder.clone(), WhyOut::Replaced),
            };
            session::end_all_in(core, &mut tx, &whose, why, &origin).await?
        }
        None => None,
    };
    tx.put_portal_identity(&accepted).await?;
    let instead_of = before
        .map(|before| before.subject)
        .filter(|subject| *subject != accepted.subject);
    let event = bound(core, holder, &accepted, instead_of, receipt.origin(by));
    tx.seal(std::iter::once(event).chain(ended).collect()).await?;
    Ok(())
}

fn bound(
    core: &Core,
    person: &PersonFacts,
    identity: &PortalIdentity,
    instead_of: Option<String>,
    origin: Origin,
) -> Event {
    let what = Portal::IdentityBound {
        person: person.clone(),
        issuer: identity.issuer.clone(),
        subject: identity.subject.clone(),
        email: identity.email.clone(),
        instead_of,
    };
    Event::new(core.now(), core.install.clone(), origin, None, What::Portal(what))
}
