//! Extensions of live access: requested by the person who has it, as the flow allows.
//!
//! Invariant: the end that people and the timer rely on is committed first, together with the timer; only then is the target
//! told (`target`). Until it confirms, its own earlier deadline still applies there, and cards say so; a deadline there that
//! is later than ours gives nobody anything, because our timer ends the access.

mod answer;
mod target;

use std::time::Duration;

use crate::access::extension::{ExtensionRefusal, ExtensionState, rule};
use crate::access::flows::{Extensions, Policy};
use crate::access::forbidden::Forbidden;
use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::matching::first_match;
use crate::access::people::{Facts, Person};
use crate::access::policy::{Ask, Candidate, Moment, Refusal, Verdict, decide};
use crate::access::progress::progress;
use crate::access::request::{Request, RevokeCause, State};
use crate::access::time::Timestamp;
use crate::access::transition::Act;
use crate::audit::event::{PersonFacts, What};
use crate::audit::words::WordsRef;
use crate::store::{Extension, JobKind, JobSpec, ReadExtensions, ReadGrants, ReadLimits, Surface, Tx};

use super::answering::not_any_more;
use super::ask::asked;
use super::ending::soon::announce_end;
use super::step::{advance, tell};
use super::wanted_messages::{News, refresh_cards};
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, until_no_conflict};

pub use answer::{answer, lapse};
pub use target::{confirmed, refused};

/// The extension that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct More {
    pub added: Duration,
    /// What it is for, in their own words; optional.
    pub words: Option<String>,
}

/// Extends the access of `request`, or asks the people who have to approve. `facts` must hold fresh facts about its people.
#[tracing::instrument(name = "extend", skip_all)]
pub async fn extend(
    core: &Core,
    facts: &Facts,
    by: &Person,
    request: &RequestId,
    more: &More,
    receipt: Receipt<'_>,
) -> Result<(Request, Extension), UseCaseError> {
    until_no_conflict!(extend_once(core, facts, by, request, more, receipt))
}

async fn extend_once(
    core: &Core,
    facts: &Facts,
    by: &Person,
    request: &RequestId,
    more: &More,
    receipt: Receipt<'_>,
) -> Result<(Request, Extension), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let policy = core.active_policy(&mut tx).await?;
    let mut request = tx.request(request).await?.ok_or(UseCaseError::NoSuchRequest)?;
    if !request.is_of(&by.id) {
        return Err(Forbidden::NotYours.into());
    }
    let Some(mut tx) = receipt.settle(tx, "extended", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let mut grant = live(&mut tx, &request, now).await?;
    let before = tx.extensions(&request.id).await?;
    if before.iter().any(|other| other.state == ExtensionState::Pending) {
        return Err(ExtensionRefusal::OneIsPending.into());
    }
    let min = core.rules().min_duration;
    if more.added < min {
        return Err(UseCaseError::TooShort(min));
    }
    let facts = &facts.clone().limited(tx.limits().await?);
    let (verdict, rule) = allowed(&policy, facts, &request, &before, more.added, now)?;

    let words = keep_words(core, &mut tx, more.words.as_deref()).await?;
    let mut extension = Extension {
        request: request.id.clone(),
        position: i64::try_from(before.len()).unwrap_or(i64::MAX - 1) + 1,
        asked_by: by.id.clone(),
        asked_at: now,
        added: more.added,
        words: words.as_ref().map(|words| words.id.clone()),
        state: ExtensionState::Pending,
        decided_by: None,
        reason: None,
        decided_at: None,
        until: None,
    };
    let may_answer = progress(&verdict, &[]).candidates();
    let what = if rule.ask_again && !may_answer.is_empty() {
        put_to(
            core,
            &mut tx,
            facts,
            &mut request,
            &grant,
            &extension,
            may_answer,
            words,
        )
        .await?
    } else {
        apply(core, &mut tx, &mut request, &mut grant, &mut extension).await?;
        What::Extended {
            added_s: more.added.as_secs(),
            until: grant.until,
            nth: counted(&before) + 1,
            of: rule.times.into(),
            asked_by: None,
            decided_as: None,
            words,
        }
    };
    tell(core, tx, receipt.origin(by), &request, what).await?;
    Ok((request, extension))
}

/// Asks those who may decide; the end has not moved.
#[expect(
    clippy::too_many_arguments,
    reason = "everything that one message to several people says"
)]
async fn put_to(
    core: &Core,
    tx: &mut Tx,
    facts: &Facts,
    request: &mut Request,
    grant: &Grant,
    extension: &Extension,
    candidates: &[Candidate],
    words: Option<WordsRef>,
) -> Result<What, UseCaseError> {
    let answer_due = core.now().plus(core.rules().pending_for).min(grant.until);
    tx.put_extension(extension).await?;
    advance(tx, request, Act::Extend, core.now()).await?;
    tx.schedule(&JobSpec::about(JobKind::LapseExtension, request, answer_due))
        .await?;
    let cards = candidates
        .iter()
        .map(|candidate| News::about(&candidate.person, Surface::ExtensionCard, extension.position));
    refresh_cards(core, tx, request, &cards.collect::<Vec<_>>()).await?;
    Ok(What::ExtensionAsked {
        added_s: extension.added.as_secs(),
        would_end: grant.until.plus(extension.added),
        asked: asked(facts, candidates),
        answer_due,
        words,
    })
}

/// Moves the end and its timer, and schedules telling the target.
async fn apply(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    grant: &mut Grant,
    extension: &mut Extension,
) -> Result<(), UseCaseError> {
    grant.until = grant.until.plus(extension.added);
    request.duration += extension.added;
    extension.state = ExtensionState::OnItsWay;
    extension.until = Some(grant.until);
    tx.put_grant(grant).await?;
    tx.put_extension(extension).await?;
    advance(tx, request, Act::Extend, core.now()).await?;
    move_timers(core, tx, request, grant).await?;
    let tell = JobSpec::about(JobKind::Extend, request, core.now());
    tx.schedule(&tell).await?;
    refresh_cards(core, tx, request, &[]).await?;
    Ok(())
}

/// The timers follow the end.
async fn move_timers(core: &Core, tx: &mut Tx, request: &Request, grant: &Grant) -> Result<(), UseCaseError> {
    tx.schedule(&JobSpec::about(JobKind::Expire, request, grant.until))
        .await?;
    tx.unschedule(JobKind::EndingSoon, request.id.as_str()).await?;
    announce_end(core, tx, request, grant).await
}

/// The grant of access that is live and whose time is not up.
async fn live(tx: &mut Tx, request: &Request, now: Timestamp) -> Result<Grant, UseCaseError> {
    match (request.state, tx.grant(&request.id).await?) {
        (State::Granted, Some(grant)) if grant.has_time(now) => Ok(grant),
        (State::Granted, _) => Err(UseCaseError::NotNow(State::Revoking(RevokeCause::TimeOver))),
        (state, _) => Err(UseCaseError::NotNow(state)),
    }
}

/// Asks the present policy whether it still allows the access as originally requested, and the extension on top.
fn allowed<'p>(
    policy: &'p Policy,
    facts: &Facts,
    request: &Request,
    before: &[Extension],
    added: Duration,
    now: Timestamp,
) -> Result<(Verdict<'p>, Extensions), UseCaseError> {
    if facts.is_frozen(&request.integration) {
        let integration = request.integration.clone();
        return Err(UseCaseError::Refused(Refusal::Frozen { integration }));
    }
    let ask = Ask {
        duration: Some(asked_at_first(request, before)),
        ..Ask::of(request, Moment::Click)
    };
    let verdict = decide(policy, facts, &ask, now).map_err(not_any_more)?;
    let rule = rule(verdict.flows.iter().copied()).ok_or(ExtensionRefusal::NotAllowed)?;
    rule.allow(counted(before), added)?;
    Ok((verdict, rule))
}

/// How long the access was originally requested for, before any extension.
pub fn asked_at_first(request: &Request, extensions: &[Extension]) -> Duration {
    let added = extensions.iter().filter(|extension| extension.state.counts());
    request
        .duration
        .saturating_sub(added.map(|extension| extension.added).sum())
}

/// What may be added to live access, as far as the config alone can tell, or why nothing may: for a button, whose click is
/// checked again.
pub(super) fn on_offer(
    policy: &Policy,
    request: &Request,
    requester: &PersonFacts,
    extensions: &[Extension],
) -> Result<Extensions, ExtensionRefusal> {
    let mut states = extensions.iter().map(|extension| extension.state);
    if states.any(|state| state == ExtensionState::Pending) {
        return Err(ExtensionRefusal::OneIsPending);
    }
    let mut flows = Vec::new();
    for unit in &request.units {
        let flow = first_match(policy, requester, &request.integration, unit);
        flows.push(flow.ok_or(ExtensionRefusal::NotAllowed)?);
    }
    let rule = rule(flows).ok_or(ExtensionRefusal::NotAllowed)?;
    rule.allow(counted(extensions), Duration::ZERO)?;
    Ok(rule)
}

fn counted(extensions: &[Extension]) -> u64 {
    let count = extensions
        .iter()
        .filter(|extension| extension.state.counts())
        .count();
    u64::try_from(count).unwrap_or(u64::MAX)
}
