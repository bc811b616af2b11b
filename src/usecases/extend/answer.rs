//! An approver's answer to an extension. The first valid one decides; if there is none, the access ends when it was due to end.

use crate::access::extension::ExtensionState;
use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestId;
use crate::access::people::{Facts, Person};
use crate::access::request::{Request, State};
use crate::access::transition::Act;
use crate::audit::event::What;
use crate::store::{Extension, Job, JobKind, ReadExtensions, Surface, Tx};

use super::super::answering::{self, Outcome};
use super::super::decide::Answer;
use super::super::step::{advance, report, tell};
use super::super::wanted_messages::{News, refresh_cards};
use super::super::words::keep_words;
use super::super::{Core, Receipt, UseCaseError, person_facts, until_no_conflict};
use super::{allowed, apply, counted, live};

/// Accepts `by`'s answer to the extension at `position`. `facts` must hold fresh facts about the requester and `by`.
#[tracing::instrument(name = "extend.answer", skip_all)]
pub async fn answer(
    core: &Core,
    facts: &Facts,
    by: &Person,
    extension: (&RequestId, i64),
    answer: &Answer,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(answer_once(core, facts, by, extension, answer, receipt))
}

async fn answer_once(
    core: &Core,
    facts: &Facts,
    by: &Person,
    (request, position): (&RequestId, i64),
    answer: &Answer,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    let now = core.now();
    let (mut tx, policy, mut request) = answering::take(core, request, receipt).await?;
    let all = tx.extensions(&request.id).await?;
    let mut extension = at(&all, position)?;
    is_others(&request, &extension, by)?;
    let mut grant = live(&mut tx, &request, now).await?;
    if extension.state != ExtensionState::Pending {
        return Err(UseCaseError::ExtensionClosed(position));
    }
    let facts = answering::limited(&mut tx, facts, by).await?;
    let (verdict, rule) = allowed(&policy, &facts, &request, &all, extension.added, now)?;
    let (outcome, because) = answering::judge(&verdict, &facts, by, answer.verdict, now)?;

    let reason = keep_words(core, &mut tx, answer.reason.as_deref()).await?;
    extension.decided_by = Some((by.id.clone(), because.clone()));
    extension.decided_at = Some(now);
    extension.reason = reason.as_ref().map(|words| words.id.clone());
    tx.unschedule(JobKind::LapseExtension, request.id.as_str())
        .await?;
    let what = match outcome {
        Outcome::Approved => {
            apply(core, &mut tx, &mut request, &mut grant, &mut extension).await?;
            What::Extended {
                added_s: extension.added.as_secs(),
                until: grant.until,
                nth: counted(&all) + 1,
                of: rule.times.into(),
                asked_by: facts.person(&extension.asked_by).map(person_facts),
                decided_as: Some(because),
                words: reason,
            }
        }
        Outcome::Rejected => {
            let rejected = ExtensionState::Rejected;
            refuse(core, &mut tx, &mut request, &mut extension, rejected).await?;
            What::ExtensionRejected {
                decided_as: because,
                waited_us: waited(core, &extension),
                reason,
            }
        }
    };
    tell(core, tx, receipt.origin(by), &request, what).await?;
    Ok(request)
}

fn at(all: &[Extension], position: i64) -> Result<Extension, UseCaseError> {
    let extension = all.iter().find(|extension| extension.position == position);
    extension.cloned().ok_or(UseCaseError::NoSuchRequest)
}

/// Nobody decides on an extension for themselves, or of what they requested.
fn is_others(request: &Request, extension: &Extension, by: &Person) -> Result<(), Forbidden> {
    if [&request.requester, &request.grantee, &extension.asked_by].contains(&&by.id) {
        return Err(Forbidden::OwnRequest);
    }
    Ok(())
}

/// Nobody answered in time, or the access ended first. Does nothing if somebody did answer.
#[tracing::instrument(name = "extend.lapse", skip_all)]
pub async fn lapse(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    let id = RequestId::new(&job.key);
    let mut request = tx.request(&id).await?.ok_or(UseCaseError::NoSuchRequest)?;
    tx.finish(job).await?;
    let all = tx.extensions(&id).await?;
    let pending = all
        .into_iter()
        .find(|extension| extension.state == ExtensionState::Pending);
    let Some(mut extension) = pending else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    if request.state == State::Granted {
        refuse(
            core,
            &mut tx,
            &mut request,
            &mut extension,
            ExtensionState::Lapsed,
        )
        .await?;
    } else {
        extension.state = ExtensionState::Lapsed;
        tx.put_extension(&extension).await?;
    }
    let what = What::ExtensionLapsed {
        waited_us: waited(core, &extension),
    };
    report(core, tx, job, &request, what).await
}

/// The end stays where it was, and the person who asked is told.
async fn refuse(
    core: &Core,
    tx: &mut Tx,
    request: &mut Request,
    extension: &mut Extension,
    state: ExtensionState,
) -> Result<(), UseCaseError> {
    extension.state = state;
    tx.put_extension(extension).await?;
    advance(tx, request, Act::Extend, core.now()).await?;
    let (person, about) = (&extension.asked_by, extension.position);
    let notice = News::about(person, Surface::NoticeNotExtended, about);
    refresh_cards(core, tx, request, &[notice]).await?;
    Ok(())
}

fn waited(core: &Core, extension: &Extension) -> u64 {
    let waited = core.now().since(extension.asked_at);
    u64::try_from(waited.as_micros()).unwrap_or(u64::MAX)
}
