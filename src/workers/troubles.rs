//! What the log says about trouble that lasts, and noticing it where targets and the database are used.
//!
//! Invariant: each trouble is logged at once, then every hour with its count, then once when it is over.

use std::fmt::Display;
use std::time::Instant;

use crate::access::target::Trouble;
use crate::chained::chained;
use crate::integrations::{IntegrationError, asked};
use crate::lasting::{Matter, Met};
use crate::store::{Job, StoreError};
use crate::telling;
use crate::usecases::{Core, UseCaseError};

/// The matter is in trouble: `what` happened because of `why`.
pub fn troubled(core: &Core, matter: Matter, what: &str, why: &dyn Display) {
    let trouble = matter.name();
    if matter == Matter::Database {
        core.database_failed.notify_one();
    }
    let noted = matter.clone();
    let met = core.troubles.met(matter, core.now());
    core.troubles.note(&noted, format!("{what}: {why}"));
    match met {
        Met::First => tracing::warn!(error = %why, trouble, "{what}"),
        Met::Still { times, since } => {
            tracing::warn!(error = %why, trouble, times, %since, "{what}; this lasts");
        }
        Met::Said => tracing::debug!(error = %why, trouble, "{what}"),
    }
}

/// The matter is well. If it was in trouble, that is logged; the sentence is for whoever heard of the trouble.
pub fn calmed(core: &Core, matter: &Matter) -> Option<String> {
    let now = core.now();
    let over = core.troubles.over(matter, now)?;
    let sentence = telling::lasting::over(matter, over, now);
    tracing::info!(trouble = matter.name(), times = over.times, "{sentence}");
    Some(sentence)
}

/// Asks a target, and notices whether it answers.
pub async fn ask<T>(
    core: &Core,
    integration: &str,
    call: &'static str,
    answer: impl Future<Output = Result<T, IntegrationError>> + Send,
) -> Result<T, IntegrationError> {
    let began = Instant::now();
    let answer = asked(integration, call, answer).await;
    let labels = [("integration", integration), ("call", call)];
    core.counted.calls.took(labels, began.elapsed());
    if let Err(error) = &answer {
        let labels = [("integration", integration), ("trouble", error.trouble().name())];
        core.counted.failures.add(labels);
    }
    let target = Matter::Target(integration.to_owned());
    match &answer {
        Err(error) if is_silence(error) => {
            troubled(core, target, &format!("{integration} does not answer"), error);
        }
        Ok(_) => {
            core.contacts.answered(integration, core.now());
            drop(calmed(core, &target));
        }
        Err(_) => {}
    }
    answer
}

const fn is_silence(error: &IntegrationError) -> bool {
    matches!(error.trouble(), Trouble::Unreachable | Trouble::Slow)
}

/// An act failed on a target; unless the target does not answer at all, which [`ask`] has said.
pub fn failed_on_target(
    core: &Core,
    integration: &str,
    act: &'static str,
    what: &str,
    error: &IntegrationError,
) {
    if is_silence(error) {
        return tracing::debug!(%error, integration, "{what}");
    }
    troubled(core, on_target(integration, act), what, error);
}

/// The act succeeded there.
pub fn succeeded_on_target(core: &Core, integration: &str, act: &'static str) {
    drop(calmed(core, &on_target(integration, act)));
}

fn on_target(integration: &str, act: &'static str) -> Matter {
    Matter::OnTarget {
        integration: integration.to_owned(),
        act,
    }
}

/// A job as something that can be in trouble.
pub(super) fn job_matter(job: &Job) -> Matter {
    Matter::Job {
        id: job.id.clone(),
        kind: job.kind.name(),
    }
}

/// A job failed and is retried: `what` happened because of `why`.
pub(super) fn job_failed(core: &Core, job: &Job, what: &str, why: &dyn Display) {
    troubled(core, job_matter(job), what, why);
}

/// A background task, or a job, failed. If the database is down, that is one trouble, whatever met it.
pub fn failed(core: &Core, matter: Matter, what: &str, error: impl Into<UseCaseError>) {
    let error = error.into();
    let matter = match error {
        UseCaseError::Store(StoreError::Unavailable(_)) => Matter::Database,
        _ => matter,
    };
    troubled(core, matter, what, &chained(&error));
}
