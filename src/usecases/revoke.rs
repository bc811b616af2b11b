//! Revoking access early: by the person who has it, an admin, or somebody who approved it. And withdrawing requests that were not granted yet.

use crate::access::explain::standpoint;
use crate::access::extension::ExtensionState;
use crate::access::forbidden::Forbidden;
use crate::access::ids::{PersonId, RequestId, RequestNumber, SubmissionId};
use crate::access::people::Person;
use crate::access::request::{Request, State};
use crate::access::transition::Act;
use crate::audit::cause::{Cause, Waited};
use crate::audit::event::{Event, Origin, What};
use crate::audit::words::WordsRef;
use crate::store::{
    Decision, DecisionVerdict, Extension, Job, JobKind, JobSpec, Read, ReadDecisions, ReadExtensions,
    ReadGrants, StoreError, Tx,
};

use super::ending::soon::is_announced;
use super::facts::facts_in;
use super::step::{advance, tell};
use super::wanted_messages::refresh_cards;
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, until_no_conflict};

/// What somebody does to their own request or access, or an admin does to anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    /// Withdraws a request that was not granted yet.
    Cancel,
    /// Ends the access, or withdraws the request if there is no access yet.
    Revoke,
}

/// Starts revoking the access of `number`; the target is read back before anything says "revoked". A request that was
/// not granted yet is withdrawn instead. An approver has to give a reason: [`UseCaseError::NoReason`].
#[tracing::instrument(name = "revoke", skip_all)]
pub async fn revoke(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(end_once(core, by, (number, None), Verb::Revoke, reason, receipt))
}

/// The same for somebody who was shown `version` of the request and ends nothing else: [`UseCaseError::Changed`].
#[tracing::instrument(name = "revoke.as_shown", skip_all)]
pub async fn revoke_as_shown(
    core: &Core,
    by: &Person,
    (number, version): (RequestNumber, i64),
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    let shown = (number, Some(version));
    until_no_conflict!(end_once(core, by, shown, Verb::Revoke, reason, receipt))
}

/// Withdraws one's own request before the target was touched; [`UseCaseError::Granted`] after that.
#[tracing::instrument(name = "revoke.cancel", skip_all)]
pub async fn cancel(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(end_once(core, by, (number, None), Verb::Cancel, None, receipt))
}

async fn end_once(
    core: &Core,
    by: &Person,
    (number, shown): (RequestNumber, Option<i64>),
    verb: Verb,
    reason: Option<&str>,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    let now = core.now();
    let id = core
        .store
        .request_by_number(number)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?
        .id;
    let mut tx = core.store.write().await?;
    let mut request = tx.request(&id).await?.ok_or(UseCaseError::NoSuchRequest)?;
    let part = part_of(core, &tx, &request, by).await?;
    let part = part.filter(|part| *part == Part::Holder || verb == Verb::Revoke);
    let part = part.ok_or(Forbidden::NotYours)?;
    if part == Part::Approver && reason.is_none() {
        return Err(UseCaseError::NoReason(number));
    }
    let Some(mut tx) = receipt.settle(tx, "revoked", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    if shown.is_some_and(|version| version != request.version) {
        return Err(UseCaseError::Changed(number));
    }
    let was = request.state;
    let untouched = tx.grant(&id).await?.is_none();
    let act = match (verb, was, part) {
        (_, State::Pending, Part::Holder) => Act::Cancel,
        (_, State::Approved, _) if untouched => Act::Cancel,
        (Verb::Cancel, State::Approved | State::Granted, _) => return Err(UseCaseError::Granted(number)),
        (Verb::Cancel, _, _) => return Err(UseCaseError::NotNow(was)),
        (Verb::Revoke, _, Part::Holder) => Act::GiveBack,
        (Verb::Revoke, _, Part::Admin) => Act::RevokeByAdmin,
        (Verb::Revoke, _, Part::Approver) => Act::RevokeByApprover,
    };
    let cause = match part {
        Part::Holder => Cause::GivenBack,
        Part::Admin => Cause::ByAdmin,
        Part::Approver => Cause::ByApprover,
    };
    let words = keep_words(core, &mut tx, reason).await?;
    let what = end(core, &mut tx, &mut request, act, cause, words).await?;
    tell(core, tx, receipt.origin(by), &request, what).await?;
    Ok(request)
}

/// By which right somebody may end a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Holder,
    Admin,
    /// They approved or extended it, and have to say why they end it.
    Approver,
}

/// By which right `by` may end this access, or withdraw the request; `None` if they may not.
pub async fn part_of(
    core: &Core,
    read: &impl Read,
    request: &Request,
    by: &Person,
) -> Result<Option<Part>, StoreError> {
    if request.is_of(&by.id) {
        return Ok(Some(Part::Holder));
    }
    let policy = core.policy();
    if policy.is_admin(by) {
        return Ok(Some(Part::Admin));
    }
    // Whoever was taken out of the flows since then has no more say in it.
    let answers = standpoint(&policy, by).answers;
    if !answers
        .iter()
        .any(|(flow, _)| flow.integration == request.integration)
    {
        return Ok(None);
    }
    let decisions = read.decisions(&request.id).await?;
    let extensions = read.extensions(&request.id).await?;
    Ok(did_allow(&decisions, &extensions, &by.id).then_some(Part::Approver))
}

/// Whether this person approved the request, or an extension of it that counts.
fn did_allow(decisions: &[Decision], extensions: &[Extension], person: &PersonId) -> bool {
    let approved = |decision: &Decision| {
        decision.counts && decision.verdict == DecisionVerdict::Approve && decision.person == *person
    };
    let extended = |extension: &Extension| {
        let by = extension.decided_by.as_ref().map(|(by, _)| by);
        extension.state.counts() && by == Some(person)
    };
    decisions.iter().any(approved) || extensions.iter().any(extended)
}

/// An admin ends `id` together with others by one `press`, inside the caller's transaction. The caller seals the event; `None`
/// if it is neither approved nor live.
pub(super) async fn end_by_admin(
    core: &Core,
    tx: &mut Tx,
    id: &RequestId,
    press: &SubmissionId,
    origin: &Origin,
) -> Result<Option<Event>, UseCaseError> {
    let Some(mut request) = tx.request(id).await? else {
        return Ok(None);
    };
    let act = match request.state {
        State::Approved if tx.grant(id).await?.is_none() => Act::Cancel,
        State::Approved | State::Granted => Act::RevokeByAdmin,
        State::Pending
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => return Ok(None),
    };
    let cause = Cause::RevokeAll { press: press.clone() };
    let what = end(core, tx, &mut request, act, cause, None).await?;
    let about = facts_in(tx, &request).await?;
    let (at, install) = (core.now(), core.install.clone());
    Ok(Some(Event::new(at, install, origin.clone(), Some(about), what)))
}

/// Access that is live ends as a review says, inside the caller's transaction. The caller seals the event about it.
pub(super) async fn end_by_review(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    cause: Cause,
    reason: Option<WordsRef>,
) -> Result<What, UseCaseError> {
    end(core, tx, request, Act::RevokeByReview, cause, reason).await
}

/// Withdraws a request that the target was never touched for, or starts to revoke the access, as `act` says.
async fn end(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    act: Act,
    cause: Cause,
    reason: Option<WordsRef>,
) -> Result<What, UseCaseError> {
    let was = request.state;
    advance(tx, request, act, core.now()).await?;
    let what = if request.state == State::Cancelled {
        tx.unschedule(JobKind::Lapse, request.id.as_str()).await?;
        tx.unschedule(JobKind::Provision, request.id.as_str()).await?;
        What::Cancelled {
            was: if was == State::Pending {
                Waited::Pending
            } else {
                Waited::Approved
            },
            reason,
        }
    } else {
        start_revoking(core, tx, request).await?;
        What::Revoking { cause, reason }
    };
    refresh_cards(core, tx, request, &[]).await?;
    Ok(what)
}

/// Schedules the revoke, drops the timer that it makes needless, and lets an unanswered extension lapse. The expiry timer is
/// removed with the revoke's commit.
pub(crate) async fn start_revoking(core: &Core, tx: &mut Tx, request: &Request) -> Result<(), UseCaseError> {
    tx.schedule(&revoke_of(core, request)).await?;
    if is_announced(request) {
        tx.unschedule(JobKind::EndingSoon, request.id.as_str()).await?;
    }
    end_extension(core, tx, request).await
}

/// The same for the holder of the expiry timer, which continues with the revoke. The notice of the end was due before that.
pub(super) async fn go_on_to_revoke(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    timer: &Job,
) -> Result<(), UseCaseError> {
    tx.schedule_after(timer, &revoke_of(core, request)).await?;
    end_extension(core, tx, request).await
}

fn revoke_of(core: &Core, request: &Request) -> JobSpec {
    JobSpec::about(JobKind::Revoke, request, core.now())
}

async fn end_extension(core: &Core, tx: &mut Tx, request: &Request) -> Result<(), UseCaseError> {
    let extensions = tx.extensions(&request.id).await?;
    if extensions
        .iter()
        .any(|extension| extension.state == ExtensionState::Pending)
    {
        tx.schedule(&JobSpec::about(JobKind::LapseExtension, request, core.now()))
            .await?;
    }
    Ok(())
}
