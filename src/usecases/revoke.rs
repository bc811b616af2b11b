//! Revoking access early: by the person who has it, or by an admin. And withdrawing requests that were not granted yet.

use crate::access::extension::ExtensionState;
use crate::access::forbidden::Forbidden;
use crate::access::ids::{RequestId, RequestNumber, SubmissionId};
use crate::access::people::Person;
use crate::access::request::{Request, State};
use crate::access::transition::Act;
use crate::audit::cause::{Cause, Waited};
use crate::audit::event::{Event, Origin, What};
use crate::store::{Job, JobKind, JobSpec, ReadExtensions, ReadGrants, Tx};

use super::ending::soon::is_announced;
use super::facts::facts_in;
use super::step::{advance, tell};
use super::wanted_messages::refresh_cards;
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
/// not granted yet is withdrawn instead.
#[tracing::instrument(name = "revoke", skip_all)]
pub async fn revoke(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(end_once(core, by, number, Verb::Revoke, receipt))
}

/// Withdraws one's own request before the target was touched; [`UseCaseError::Granted`] after that.
#[tracing::instrument(name = "revoke.cancel", skip_all)]
pub async fn cancel(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(end_once(core, by, number, Verb::Cancel, receipt))
}

async fn end_once(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    verb: Verb,
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
    let owns = request.is_of(&by.id);
    let may = owns || (verb == Verb::Revoke && core.policy().is_admin(by));
    if !may {
        return Err(Forbidden::NotYours.into());
    }
    let Some(mut tx) = receipt.settle(tx, "revoked", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let was = request.state;
    let untouched = tx.grant(&id).await?.is_none();
    let act = match (verb, was, owns) {
        (_, State::Pending, true) => Act::Cancel,
        (_, State::Approved, _) if untouched => Act::Cancel,
        (Verb::Cancel, State::Approved | State::Granted, _) => return Err(UseCaseError::Granted(number)),
        (Verb::Cancel, _, _) => return Err(UseCaseError::NotNow(was)),
        (Verb::Revoke, _, true) => Act::GiveBack,
        (Verb::Revoke, _, false) => Act::RevokeByAdmin,
    };
    let cause = if owns { Cause::GivenBack } else { Cause::ByAdmin };
    let what = end(core, &mut tx, &mut request, act, cause).await?;
    tell(core, tx, receipt.origin(by), &request, what).await?;
    Ok(request)
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
    let what = end(core, tx, &mut request, act, cause).await?;
    let about = facts_in(tx, &request).await?;
    let (at, install) = (core.now(), core.install.clone());
    Ok(Some(Event::new(at, install, origin.clone(), Some(about), what)))
}

/// Withdraws a request that the target was never touched for, or starts to revoke the access, as `act` says.
async fn end(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    act: Act,
    cause: Cause,
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
        }
    } else {
        start_revoking(core, tx, request).await?;
        What::Revoking { cause }
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
