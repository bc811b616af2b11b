//! The red button: an admin ends everything that somebody has, or everything on an integration.
//!
//! Invariant: what ends is everything that was approved or live when the press was committed. That commit records each
//! request and handles the first few; a job handles the others, a few at a time, so a thousand of them hold
//! up nobody and no crash loses one. Adopted access without a request on the integration ends with it.

use crate::access::ids::{PersonId, RequestId, SubmissionId};
use crate::access::people::Person;
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, PersonFacts, Via, What, Whole};
use crate::store::{
    Everything, Job, JobKind, JobSpec, KnownPerson, OpenCounts, ReadLimits, ReadPeople, ReadStrays, Stray, Tx,
};

use super::limits::{block_in, by_admin, freeze_in};
use super::revoke::end_by_admin;
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, until_no_conflict};

/// How many requests one transaction handles.
const AT_ONCE: u64 = 10;

/// Runs before the revokes that it leads to, which may each wait long for a target.
const FIRST: i64 = -10;

/// Whose access is to end, or on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    Of(KnownPerson),
    /// By name, whether the config has it or not.
    On(String),
}

/// What would end if the button were pressed now.
#[derive(Clone, Debug)]
pub struct Extent {
    pub counts: OpenCounts,
    /// Access on the integration without a request. Nobody knows whose it is, so it does not end with any person's access.
    pub strays: u64,
    /// The oldest requests that would end.
    pub first: Vec<Ending>,
    /// Whether a block or a freeze can be added.
    pub may_brake: bool,
}

/// One request that would end.
#[derive(Clone, Debug)]
pub struct Ending {
    pub request: Request,
    pub grantee: PersonFacts,
    /// `None` while the target was not touched.
    pub until: Option<Timestamp>,
}

/// How much a press ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressed {
    pub requests: u64,
    pub strays: u64,
}

/// A press, as the form describes it.
#[derive(Clone, Copy, Debug)]
pub struct Press<'a> {
    /// Created when the form was opened: the same form sent twice is one press.
    pub form: &'a SubmissionId,
    pub scope: &'a Scope,
    /// Also block the person, or freeze the integration.
    pub brake: bool,
    pub reason: Option<&'a str>,
}

impl Scope {
    fn everything(&self) -> Everything<'_> {
        match self {
            Self::Of(person) => Everything::Of(&person.id),
            Self::On(integration) => Everything::On(integration),
        }
    }

    const fn person(&self) -> Option<&KnownPerson> {
        match self {
            Self::Of(person) => Some(person),
            Self::On(_) => None,
        }
    }
}

/// Finds what would end, as far as `reader` may read it, and names the oldest `limit` requests.
pub async fn extent(core: &Core, reader: &Reader, scope: &Scope, limit: u64) -> Result<Extent, UseCaseError> {
    let counts = core.store.open_counts(reader, scope.everything()).await?;
    let requests = core.store.first_to_end(reader, scope.everything(), limit).await?;
    let ids: Vec<RequestId> = requests.iter().map(|request| request.id.clone()).collect();
    let grants = core.store.grants_of(&ids).await?;
    let grantees: Vec<PersonId> = requests.iter().map(|request| request.grantee.clone()).collect();
    let people = core.store.people_by_id(&grantees).await?;
    let first = requests.into_iter().filter_map(|request| {
        let grantee = people.iter().find(|person| person.id == request.grantee)?;
        let grant = grants.iter().find(|grant| grant.request == request.id);
        Some(Ending {
            grantee: grantee.into(),
            until: grant.map(|grant| grant.until),
            request,
        })
    });
    let strays = match scope {
        Scope::Of(_) => 0,
        Scope::On(name) => many(&core.store.standing_strays_on(name).await?),
    };
    let limits = core.store.limits().await?;
    let may_brake = match scope {
        Scope::Of(person) => reader.person() != Some(&person.id) && !limits.blocked.contains(&person.id),
        Scope::On(name) => core.integrations().get(name).is_some() && !limits.frozen.contains(name),
    };
    Ok(Extent {
        counts,
        strays,
        first: first.collect(),
        may_brake,
    })
}

/// Presses the button, and returns how much ends with it.
#[tracing::instrument(name = "red_button.press", skip_all)]
pub async fn press(
    core: &Core,
    by: &Person,
    press: Press<'_>,
    receipt: Receipt<'_>,
) -> Result<Pressed, UseCaseError> {
    until_no_conflict!(press_once(core, by, press, receipt))
}

async fn press_once(
    core: &Core,
    by: &Person,
    press: Press<'_>,
    receipt: Receipt<'_>,
) -> Result<Pressed, UseCaseError> {
    let Press { form, scope, .. } = press;
    let mut tx = by_admin(core, by, scope.person(), receipt, "pressed").await?;
    if !tx.press_red_button(form, &by.id, core.now()).await? {
        tx.seal(Vec::new()).await?;
        return Err(UseCaseError::SeenBefore);
    }
    let reason = keep_words(core, &mut tx, press.reason).await?;
    let origin = receipt.origin(by);
    let ending = tx.note_to_end(form, scope.everything()).await?;
    let strays = match scope {
        Scope::Of(_) => 0,
        Scope::On(integration) => end_strays(core, &mut tx, integration).await?,
    };
    let what = What::RevokeAll {
        press: form.clone(),
        whole: match scope {
            Scope::Of(person) => Whole::Person(person.into()),
            Scope::On(integration) => Whole::Integration(integration.clone()),
        },
        ending,
        strays,
        braked: press.brake,
        reason: reason.clone(),
    };
    let (at, install) = (core.now(), core.install.clone());
    let mut events = vec![Event::new(at, install, origin.clone(), None, what)];
    match scope {
        Scope::Of(person) if press.brake => {
            let blocked = block_in(core, &mut tx, by, person, reason, &origin).await?;
            events.extend(blocked.into_iter().flat_map(|(_, events)| events));
        }
        Scope::On(integration) if press.brake => {
            events.extend(freeze_in(core, &mut tx, by, integration, reason, &origin).await?);
        }
        Scope::Of(_) | Scope::On(_) => {}
    }
    events.extend(take_up(core, &mut tx, form, &origin).await?);
    tx.seal(events).await?;
    Ok(Pressed {
        requests: ending,
        strays,
    })
}

/// Ends the time of access adopted on the integration now; the trail reports each when it is read back. Returns
/// how many there are.
async fn end_strays(core: &Core, tx: &mut Tx, integration: &str) -> Result<u64, UseCaseError> {
    let now = core.now();
    let mut strays = tx.standing_strays_on(integration).await?;
    strays.retain(|stray| now < stray.until);
    let count = many(&strays);
    for stray in strays {
        tx.schedule(&JobSpec::at(JobKind::EndStray, &stray.id, now).on(integration))
            .await?;
        tx.update_stray(&Stray { until: now, ..stray }).await?;
    }
    Ok(count)
}

fn many(strays: &[Stray]) -> u64 {
    u64::try_from(strays.len()).unwrap_or(u64::MAX)
}

/// Handles more of what the job's button is to end.
#[tracing::instrument(name = "red_button.go_on", skip_all)]
pub async fn go_on(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let form = SubmissionId::new(&job.key);
    let mut tx = core.store.write().await?;
    let by = tx.who_pressed(&form).await?;
    let origin = Origin {
        via: Via::Worker,
        cause: job.id.clone(),
        actor: Actor::Person(PersonFacts::from(&by)),
    };
    let events = take_up(core, &mut tx, &form, &origin).await?;
    tx.finish(job).await?;
    tx.seal(events).await?;
    Ok(())
}

/// Ends the next few; a job continues with the others.
async fn take_up(
    core: &Core,
    tx: &mut Tx,
    form: &SubmissionId,
    origin: &Origin,
) -> Result<Vec<Event>, UseCaseError> {
    let next = tx.take_to_end(form, AT_ONCE).await?;
    let mut events = Vec::new();
    for id in &next {
        events.extend(end_by_admin(core, tx, id, form, origin).await?);
    }
    if u64::try_from(next.len()).is_ok_and(|taken| taken == AT_ONCE) {
        let go_on = JobSpec {
            priority: FIRST,
            ..JobSpec::at(JobKind::RedButton, form.as_str(), core.now())
        };
        tx.schedule(&go_on).await?;
    }
    Ok(events)
}
