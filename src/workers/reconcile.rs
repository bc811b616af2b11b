//! Comparing targets with what was granted: at the start, now and then, and by one process at a time.
//!
//! A check may run in the middle of a change here. So what seems wrong is checked a second time, and counts only if
//! nothing changed here between the moment it was read and the moment something is done about it: a change would have
//! moved the request's version, or left its job.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::reconcile::{Drift, Judgement, Known, judge};
use crate::access::request::State;
use crate::access::usage::Sessions;
use crate::integrations::{KeepsState, LiveGrant};
use crate::store::{ReadPolicies, ReadStrays, StandingGrant, Stray};
use crate::usecases::reconcile::{Changes, Whose, adopt, changed, unchanged, whose};
use crate::usecases::uses::looked;
use crate::usecases::{Core, UseCaseError};

use super::troubles::{ask, failed_on_target, succeeded_on_target};

/// As the log calls it.
const ACT: &str = "the comparison with what was granted";

const LEASE: &str = "reconcile";
const LEASE_FOR: Duration = Duration::from_mins(1);

/// Grants read at once.
const PAGE: u64 = 500;

/// How many changed grants one check reports: a server that lost all its roles must not fill the trail. The next check
/// continues. Access without a request is always handled in full, because some of it may be past its time.
const MOST_TOLD: usize = 50;

/// The outcome of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    Done,
    /// The target did not answer or cannot be asked, so nothing is known about it; the log says why.
    Unreachable,
    /// Another process is checking, or another config is active.
    NotOurs,
}

/// Something that seems wrong.
struct Suspect {
    name: String,
    known: Known,
    /// Somebody has access that nobody granted, so it is not left to the next check.
    urgent: bool,
    about: About,
}

enum About {
    /// A grant that is live as far as we know.
    Live(Box<StandingGrant>),
    /// Something without a live request.
    Stray {
        whose: Whose,
        /// As it was recorded before.
        seen: Option<Box<Stray>>,
    },
}

/// Checks one integration, and does what follows.
pub async fn tick(core: &Core, name: &str, drift: Drift) -> Result<Look, UseCaseError> {
    let rules = core.rules();
    let is_active = core.store.active_policy().await?.as_deref() == Some(rules.policy.digest.as_str());
    if !is_active {
        return Ok(Look::NotOurs);
    }
    let Some(integration) = rules.integrations.get(name) else {
        tracing::debug!(
            integration = name,
            "an integration that cannot be used is not checked"
        );
        return Ok(Look::Unreachable);
    };
    let Some(target) = integration.state() else {
        return Ok(Look::Done);
    };
    if !core.store.is_ours(LEASE, &core.owner, LEASE_FOR).await? {
        return Ok(Look::NotOurs);
    }
    let at = core.now();
    let Some(found) = inspect(core, name, target).await else {
        return Ok(Look::Unreachable);
    };
    let mut used = Vec::new();
    let suspects = suspects(core, name, target, found, &mut used).await?;
    if let Err(error) = looked(core, at, &used).await {
        tracing::warn!(%error, integration = name, "how access is used could not be written; the next look writes it");
    }
    if suspects.is_empty() {
        return Ok(Look::Done);
    }
    let Some(found) = inspect(core, name, target).await else {
        return Ok(Look::Unreachable);
    };
    let mut told = 0;
    for suspect in suspects {
        let is_live = matches!(suspect.about, About::Live(_));
        if is_live && !suspect.urgent && told == MOST_TOLD {
            continue;
        }
        if !core.store.is_ours(LEASE, &core.owner, LEASE_FOR).await? {
            tracing::warn!(
                integration = name,
                "the next check continues with the remaining differences"
            );
            break;
        }
        if act(core, &suspect, found.get(&suspect.name), drift).await? && is_live && !suspect.urgent {
            told += 1;
        }
    }
    Ok(Look::Done)
}

/// Returns whether there was something new to report.
async fn act(
    core: &Core,
    suspect: &Suspect,
    live: Option<&LiveGrant>,
    drift: Drift,
) -> Result<bool, UseCaseError> {
    let judgement = judge(&suspect.known, live.map(|live| &live.held), core.now());
    match (judgement, &suspect.about, live) {
        (Judgement::Changed(besides), About::Live(standing), _) => {
            let changes = Changes {
                besides,
                ..Changes::default()
            };
            changed(core, standing, &changes, drift).await
        }
        (Judgement::Ungranted { memberships, besides }, About::Live(standing), _) => {
            let changes = Changes { memberships, besides };
            changed(core, standing, &changes, drift).await
        }
        (Judgement::EndsAt(until), About::Stray { whose, seen }, Some(live)) => {
            adopt(core, live, whose, seen.as_deref(), until).await
        }
        (
            Judgement::Well | Judgement::Changed(_) | Judgement::Ungranted { .. } | Judgement::EndsAt(_),
            _,
            _,
        ) => Ok(false),
    }
}

/// What is on the target, if it says so.
async fn inspect(core: &Core, name: &str, target: &dyn KeepsState) -> Option<HashMap<String, LiveGrant>> {
    match ask(core, name, "inspect", target.inspect(&core.install)).await {
        Ok(found) => {
            succeeded_on_target(core, name, ACT);
            Some(by_name(found))
        }
        Err(error) => {
            let what =
                format!("{name} could not be compared with what was granted; nothing is concluded from that");
            failed_on_target(core, name, ACT, &what, &error);
            None
        }
    }
}

fn by_name(found: Vec<LiveGrant>) -> HashMap<String, LiveGrant> {
    found.into_iter().map(|live| (live.name.clone(), live)).collect()
}

/// Everything that seems wrong at a first check; `used` gets the sessions of live access. Every grant was committed before its target was touched, so access that is
/// found, but is unknown when the database is read afterwards, has no grant.
async fn suspects(
    core: &Core,
    name: &str,
    target: &dyn KeepsState,
    mut found: HashMap<String, LiveGrant>,
    used: &mut Vec<(RequestId, Sessions)>,
) -> Result<Vec<Suspect>, UseCaseError> {
    let drifted = core.store.drifted().await?;
    let mut suspects = Vec::new();
    let mut after: Option<RequestId> = None;
    loop {
        let page = core.store.standing_on(name, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.grant.request.clone());
        for standing in page {
            suspects.extend(check(core, target, standing, &mut found, &drifted, used).await?);
        }
    }
    for live in found.into_values() {
        let Some(number) = live.held.request else { continue };
        let whose = whose(core, target, number, &live.name).await?;
        let seen = core.store.stray_named(&live.place, &live.name).await?;
        let is_ending = seen
            .as_ref()
            .is_some_and(|seen| seen.ended_at.is_none() && seen.until <= core.now());
        let known = match whose {
            Whose::Nobodys | Whose::Ended(_) if is_ending => Known::Busy,
            Whose::Nobodys => Known::Nothing,
            Whose::Standing => Known::Busy,
            Whose::Ended(_) => Known::Ended,
        };
        if judge(&known, Some(&live.held), core.now()) != Judgement::Well {
            suspects.push(Suspect {
                name: live.name,
                known,
                urgent: false,
                about: About::Stray {
                    whose,
                    seen: seen.map(Box::new),
                },
            });
        }
    }
    Ok(suspects)
}

/// Judges one grant, removes it from what was found, and notes its sessions.
async fn check(
    core: &Core,
    target: &dyn KeepsState,
    standing: StandingGrant,
    found: &mut HashMap<String, LiveGrant>,
    drifted: &HashSet<RequestId>,
    used: &mut Vec<(RequestId, Sessions)>,
) -> Result<Option<Suspect>, UseCaseError> {
    let grant = &standing.grant;
    // One that cannot be read belongs to another kind that once had this name.
    let Ok(intact) = target.intact(&grant.granted, grant.until) else {
        return Ok(None);
    };
    if intact.place != target.place() {
        return Ok(None);
    }
    let live = found.remove(&intact.name);
    if standing.state == State::Granted
        && let Some(live) = &live
    {
        used.push((grant.request.clone(), live.sessions.clone()));
    }
    let is_live = standing.state == State::Granted && !standing.changing && grant.has_time(core.now());
    let known = if is_live {
        Known::Live(intact.held)
    } else {
        Known::Busy
    };
    let judgement = judge(&known, live.as_ref().map(|live| &live.held), core.now());
    if judgement == Judgement::Well {
        if is_live && drifted.contains(&grant.request) {
            unchanged(core, &grant.request).await?;
        }
        return Ok(None);
    }
    Ok(Some(Suspect {
        name: intact.name,
        known,
        urgent: matches!(judgement, Judgement::Ungranted { .. }),
        about: About::Live(Box::new(standing)),
    }))
}
