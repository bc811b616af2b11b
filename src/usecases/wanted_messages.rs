//! Slack messages that a request needs: created in the transaction that makes them true, together with the one job that
//! delivers all messages of the request to Slack.

use std::time::Duration;

use crate::access::ids::PersonId;
use crate::access::request::{Request, RevokeCause, State};
use crate::access::time::Timestamp;
use crate::store::{Born, Job, JobKind, JobSpec, Message, StoreError, Surface, Tx};

use super::Core;

/// After requests with a card that has to change: a decided card must lose its buttons before anybody is told anything new.
const NEW_MESSAGE: i64 = 10;

/// An alarm goes before all of them.
const ALARM: i64 = -10;

/// How long cards wait before they show a state that usually passes at once: the next state then replaces it.
const FLEETING: Duration = Duration::from_secs(3);

/// The same once the time is up: cards have said when that would be, and nobody waits for an answer to a click.
const ENDING: Duration = Duration::from_secs(5);

/// How many messages one run of the job shows, and so the most first posts that can begin with the transaction that needs them.
pub const SHOWN_AT_ONCE: usize = 20;

/// One more message about a request.
#[derive(Clone, Debug)]
pub(crate) struct News {
    person: PersonId,
    surface: Surface,
    extension: i64,
}

impl News {
    pub(crate) fn to(person: &PersonId, surface: Surface) -> Self {
        Self::about(person, surface, 0)
    }

    /// About the extension at this position (each has messages of its own), or the reminder with that number.
    pub(crate) fn about(person: &PersonId, surface: Surface, extension: i64) -> Self {
        Self {
            person: person.clone(),
            surface,
            extension,
        }
    }
}

/// Has every card of `request` shown again, and `news` sent after them. Called once by whatever changes the request, after
/// all of its changes.
pub(crate) async fn refresh_cards(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    news: &[News],
) -> Result<(), StoreError> {
    let now = core.now();
    let at = if keep(core, tx, request, news).await? {
        now
    } else {
        shown_from(request).max(now)
    };
    deliver(tx, request, at, 0, news).await
}

/// Has `news` sent about a request whose cards stay as they are. False, and nothing changes, if all of it is already pending or
/// sent.
pub(crate) async fn want(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    news: &[News],
) -> Result<bool, StoreError> {
    let is_new = keep(core, tx, request, news).await?;
    if is_new {
        deliver(tx, request, core.now(), NEW_MESSAGE, news).await?;
    }
    Ok(is_new)
}

/// Schedules the request's job. If it begins with this commit, so do the first posts of `news`: the job's holder need not
/// commit that they are being sent.
async fn deliver(
    tx: &mut Tx,
    request: &Request,
    at: Timestamp,
    priority: i64,
    news: &[News],
) -> Result<(), StoreError> {
    let is_alarm = news.iter().any(|news| news.surface.is_alarm());
    let delivery = JobSpec {
        priority: if is_alarm { ALARM } else { priority },
        ..JobSpec::about(JobKind::Message, request, at)
    };
    let born = tx.schedule_by(&delivery).await?;
    if born == Born::Leased && (1..=SHOWN_AT_ONCE).contains(&news.len()) {
        tx.begin_first_posts(&request.id, at).await?;
    }
    Ok(())
}

/// The state that `job` was to end at once lasts: the cards of its request show it now.
pub(crate) async fn show_now(core: &Core, tx: &mut Tx, job: &Job) -> Result<(), StoreError> {
    let delivery = JobSpec {
        request: job.request,
        ..JobSpec::at(JobKind::Message, &job.key, core.now())
    };
    tx.schedule_by(&delivery).await?;
    Ok(())
}

/// From when on cards show the state of `request`, if the next step goes well.
pub fn shown_from(request: &Request) -> Timestamp {
    match request.state {
        State::Revoking(RevokeCause::TimeOver) => request.changed_at.plus(ENDING),
        State::Approved | State::Revoking(_) => request.changed_at.plus(FLEETING),
        State::Pending
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => request.changed_at,
    }
}

/// Whether any of it is new.
async fn keep(core: &Core, tx: &mut Tx, request: &Request, news: &[News]) -> Result<bool, StoreError> {
    let wanted = news.iter().map(|news| {
        let (person, surface) = (news.person.clone(), news.surface);
        Message::wanted(core.new_id(), request.id.clone(), person, surface, news.extension)
    });
    Ok(tx.want_messages(&wanted.collect::<Vec<_>>()).await? > 0)
}
