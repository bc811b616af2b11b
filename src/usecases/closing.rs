//! Ends at once what somebody has or waits for, because they left, an admin blocked them, they approved it themselves, or the
//! config no longer has it;
//! and closes requests that nobody is left to answer.

use crate::access::flows::Policy;
use crate::access::ids::{PersonId, RequestId};
use crate::access::offered::Gone;
use crate::access::people::Facts;
use crate::access::policy::{Ask, Moment, Refusal, decide};
use crate::access::request::{RejectCause, Request, State};
use crate::access::transition::Act;
use crate::audit::cause::{Became, Cause};
use crate::audit::event::{Event, Origin, PersonFacts, What};
use crate::store::{JobKind, ReadGrants, ReadLimits, Surface, Tx};

use super::facts::facts_in;
use super::revoke::start_revoking;
use super::step::advance;
use super::wanted_messages::{News, refresh_cards};
use super::{Core, UseCaseError};

/// Why it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Because {
    Left(PersonFacts, Became),
    Blocked(PersonFacts),
    /// Two accounts turned out to be one person, who requested with one and approved with the other.
    SelfApproved,
    /// The config no longer has what it needs. This closes only what was never granted.
    Gone(Gone),
}

impl Because {
    const fn turns_down(&self) -> RejectCause {
        match self {
            Self::Left(..) => RejectCause::Left,
            Self::Blocked(_) => RejectCause::Blocked,
            Self::SelfApproved => RejectCause::NobodyLeft,
            Self::Gone(gone) => gone.rejects(),
        }
    }

    /// How it ends live access; `None` if it does not.
    const fn ends(&self) -> Option<Act> {
        match self {
            Self::Left(..) => Some(Act::Leave),
            Self::Blocked(_) => Some(Act::Block),
            Self::SelfApproved => Some(Act::EndSelfApproved),
            Self::Gone(_) => None,
        }
    }

    fn cause(&self) -> Cause {
        match self {
            Self::Left(person, became) => Cause::Left {
                person: person.clone(),
                became: *became,
            },
            Self::Blocked(person) => Cause::Blocked {
                person: person.clone(),
            },
            Self::SelfApproved => Cause::SelfApproved,
            Self::Gone(gone) => Cause::Gone(gone.clone()),
        }
    }
}

/// Closes what `person` requested and ends what they have, inside the caller's transaction. The caller seals the
/// events.
pub(super) async fn close_all(
    core: &Core,
    tx: &mut Tx,
    person: &PersonId,
    because: &Because,
    origin: &Origin,
) -> Result<Vec<Event>, UseCaseError> {
    let mut events = Vec::new();
    for id in tx.open_request_ids_of(person).await? {
        events.extend(close_one(core, tx, &id, because, origin).await?);
    }
    Ok(events)
}

/// The same for one request; admins are told about self-approved access. `None` if there is nothing to end, or it is already
/// ending.
pub(super) async fn close_one(
    core: &Core,
    tx: &mut Tx,
    id: &RequestId,
    because: &Because,
    origin: &Origin,
) -> Result<Option<Event>, UseCaseError> {
    let Some(mut request) = tx.request(id).await? else {
        return Ok(None);
    };
    let Some((what, mut news)) = end(core, tx, &mut request, because).await? else {
        return Ok(None);
    };
    if *because == Because::SelfApproved {
        let admins = tx.hold_people_named(&core.policy().admins).await?;
        news.extend(
            admins
                .iter()
                .map(|admin| News::to(admin, Surface::NoticeSelfApproved)),
        );
    }
    refresh_cards(core, tx, &request, &news).await?;
    let about = facts_in(tx, &request).await?;
    let (at, install) = (core.now(), core.install.clone());
    Ok(Some(Event::new(at, install, origin.clone(), Some(about), what)))
}

async fn end(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    because: &Because,
) -> Result<Option<(What, Vec<News>)>, UseCaseError> {
    let now = core.now();
    let cause = because.cause();
    let grant = tx.grant(&request.id).await?;
    match (request.state, grant) {
        (State::Pending, _) => {
            advance(tx, request, Act::TurnDown(because.turns_down()), now).await?;
            tx.unschedule(JobKind::Lapse, request.id.as_str()).await?;
            let news = told(request, because, Surface::NoticeRejected);
            Ok(Some((What::TurnedDown { cause }, news)))
        }
        (State::Approved, None) => {
            advance(tx, request, Act::FailUntouched(cause.fails()), now).await?;
            tx.unschedule(JobKind::Provision, request.id.as_str()).await?;
            let what = What::Failed {
                cause,
                tries: 0,
                undo_confirmed_at: None,
            };
            Ok(Some((what, told(request, because, Surface::NoticeFailed))))
        }
        (State::Approved, Some(_)) => {
            advance(tx, request, Act::Undo(cause.fails()), now).await?;
            start_revoking(core, tx, request).await?;
            Ok(Some((What::Revoking { cause, reason: None }, Vec::new())))
        }
        (State::Granted, _) => {
            let Some(ends) = because.ends() else {
                return Ok(None);
            };
            advance(tx, request, ends, now).await?;
            start_revoking(core, tx, request).await?;
            Ok(Some((What::Revoking { cause, reason: None }, Vec::new())))
        }
        (
            State::Revoking(_)
            | State::Rejected(_)
            | State::Cancelled
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_),
            _,
        ) => Ok(None),
    }
}

/// People who left get no messages any more.
fn told(request: &Request, because: &Because, notice: Surface) -> Vec<News> {
    match because {
        Because::Left(..) => Vec::new(),
        Because::Blocked(_) | Because::SelfApproved | Because::Gone(_) => {
            vec![News::to(&request.requester, notice)]
        }
    }
}

/// Closes pending requests that nobody is left to answer, and tells the requesters. `known` returns the facts about
/// everybody a policy names, or nothing as long as any of them was never looked up: then it is not certain that
/// nobody is left, and nothing is closed. Returns how many.
#[tracing::instrument(name = "closing.close_unanswerable", skip_all)]
pub async fn close_unanswerable(
    core: &Core,
    known: impl Fn(&Policy) -> Option<Facts> + Sync,
    origin: &Origin,
) -> Result<usize, UseCaseError> {
    let mut closed = 0;
    for id in core.store.pending_requests().await? {
        closed += usize::from(close_if_unanswerable(core, &known, &id, origin).await?);
    }
    Ok(closed)
}

async fn close_if_unanswerable(
    core: &Core,
    known: &(impl Fn(&Policy) -> Option<Facts> + Sync),
    id: &RequestId,
    origin: &Origin,
) -> Result<bool, UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    // Checked with the policy that decides here: a reload may have named more people since.
    let policy = core.active_policy(&mut tx).await?;
    let Some(facts) = known(&policy) else {
        return Ok(false);
    };
    let Some(mut request) = tx.request(id).await? else {
        return Ok(false);
    };
    let ask = Ask::of(&request, Moment::Card);
    let verdict = decide(&policy, &facts.limited(tx.limits().await?), &ask, now);
    if request.state != State::Pending || !matches!(verdict, Err(Refusal::NobodyCanDecide { .. })) {
        return Ok(false);
    }
    advance(&mut tx, &mut request, Act::TurnDown(RejectCause::NobodyLeft), now).await?;
    tx.unschedule(JobKind::Lapse, request.id.as_str()).await?;
    let notice = News::to(&request.requester, Surface::NoticeRejected);
    refresh_cards(core, &mut tx, &request, &[notice]).await?;
    let about = facts_in(&mut tx, &request).await?;
    let what = What::TurnedDown {
        cause: Cause::NobodyLeft,
    };
    tx.seal(vec![Event::new(
        now,
        core.install.clone(),
        origin.clone(),
        Some(about),
        what,
    )])
    .await?;
    Ok(true)
}
