//! Reports that run by themselves: whose rights count, and what follows a run.

use std::time::Duration;

use crate::access::people::{Person, Standing};
use crate::access::reader::Reader;
use crate::access::recipient::Recipient;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::report::{Reporting, WhyHalted};
use crate::people::{Directory, Look, LookUpError};
use crate::store::{Job, SavedReport, Schedule, StoreError};

use super::super::look::Onlooker;
use super::super::{Core, UseCaseError, step};
use super::changes::plan;

/// A run that keeps failing for so long is given up, and the next one is waited for.
const GIVES_UP: Duration = Duration::from_hours(24);

/// How long until a run that failed is tried again, doubled each time up to the longest pause: a bot that has just started has not
/// heard from its directory yet.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(5);

/// A run of a report that is due.
#[derive(Clone, Debug)]
pub struct Due {
    pub report: SavedReport,
    pub schedule: Schedule,
    /// The moment that it was to run.
    pub at: Timestamp,
}

/// Why it did not arrive this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In apono's words.
    pub why: String,
    /// When trying again makes sense, if it is known.
    pub after: Option<Duration>,
    /// Trying again does not help.
    pub is_final: bool,
}

/// Why a run does not come to its end now.
#[derive(Debug)]
pub enum Stopped {
    /// It no longer runs by itself.
    Halted(WhyHalted),
    Failed(Failure),
    UseCase(UseCaseError),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<UseCaseError> for Stopped {
    fn from(error: UseCaseError) -> Self {
        Self::UseCase(error)
    }
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        Self::UseCase(error.into())
    }
}

impl Failure {
    /// It may be over soon.
    pub fn for_now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            after: None,
            is_final: false,
        }
    }
}

/// The run that the job is for; `None` if there is none any more.
pub async fn due(core: &Core, job: &Job) -> Result<Option<Due>, StoreError> {
    let report = core.store.report(&job.key).await?;
    Ok(report.filter(|report| !report.is_paused).and_then(|report| {
        let (schedule, at) = report.schedule.clone().zip(report.due_at)?;
        Some(Due { report, schedule, at })
    }))
}

/// What the owner of a report may read now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    Reads(Reader),
    /// It may not run by itself.
    MayNot(WhyHalted),
    /// The directory does not say; it may later.
    NotSaid,
}

/// Asks whether its owner is still one of ours, and what they may read.
pub async fn owner_now(
    core: &Core,
    directory: &dyn Directory,
    Due { report, schedule, .. }: &Due,
) -> Result<Owner, UseCaseError> {
    let policy = core.policy();
    let (accounts, is_all) = match directory.look_at(&report.owner, &policy).await? {
        Look::Shows { accounts, is_all } => (accounts, is_all),
        Look::CannotSay => return Ok(Owner::NotSaid),
    };
    let is_ours = |person: &Person| matches!(person.standing, Standing::Member | Standing::Guest);
    let ours: Vec<Person> = accounts.into_iter().filter(is_ours).collect();
    if core.store.is_blocked(&report.owner).await? || (ours.is_empty() && is_all) {
        return Ok(Owner::MayNot(WhyHalted::OwnerGone));
    }
    let recipient = Recipient::of(&schedule.recipient);
    let is_to_owner = ours.iter().any(|person| match recipient {
        Some(Recipient::Person(account)) => person.account.user == account,
        Some(Recipient::Address(address)) => person.email.as_deref() == Some(address),
        Some(Recipient::Channel(_)) | None => false,
    });
    if let Some(Recipient::Address(address)) = recipient
        && !core.rules().may_get_mail(address)
    {
        return Ok(Owner::MayNot(WhyHalted::AddressNotAllowed));
    }
    let readers = ours.iter().map(|person| Onlooker::of(core, person).to_export());
    if let Some(reader) = readers.clone().find(Reader::reads_all) {
        return match recipient {
            Some(Recipient::Person(account)) if !is_to_owner => {
                other_gets(core, directory, account, reader).await
            }
            _ => Ok(Owner::Reads(reader)),
        };
    }
    Ok(match readers.last() {
        Some(reader) if is_to_owner => Owner::Reads(reader),
        Some(_) => Owner::MayNot(WhyHalted::OwnerReadsLess),
        None => Owner::NotSaid,
    })
}

/// What a reader has goes to somebody else, if they are a full member, and nobody blocked them.
async fn other_gets(
    core: &Core,
    directory: &dyn Directory,
    account: &str,
    reader: Reader,
) -> Result<Owner, UseCaseError> {
    Ok(match directory.look_up(account, &core.policy()).await {
        Ok(person) if person.standing == Standing::Member && !core.store.is_blocked(&person.id).await? => {
            Owner::Reads(reader)
        }
        Ok(_) | Err(LookUpError::Unknown) => Owner::MayNot(WhyHalted::RecipientGone),
        Err(LookUpError::NoAnswer(_) | LookUpError::AnotherPerson) => Owner::NotSaid,
        Err(LookUpError::Store(error)) => return Err(error.into()),
    })
}

/// The run is over: the next time is waited for. What was missed while the bot was down is left out.
pub async fn go_on(core: &Core, job: &Job, report: &SavedReport) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    plan(&mut tx, report, core.now()).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// It is tried again. If it has failed for a day, or trying again does not help, that is said, and the next time is waited for.
pub async fn failed(core: &Core, job: &Job, due: &Due, failure: Failure) -> Result<(), UseCaseError> {
    let (now, report) = (core.now(), &due.report);
    let mut tx = core.store.write().await?;
    let first = tx.report_failed(&report.id, now).await?;
    if !failure.is_final && now.since(first) <= GIVES_UP {
        tracing::warn!(
            why = failure.why,
            report = report.id,
            "a report could not be delivered yet"
        );
        let pause = failure.after.unwrap_or_else(|| pause(job.attempt));
        tx.retry(job, now.plus(pause), &failure.why).await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    tx.finish(job).await?;
    plan(&mut tx, report, now).await?;
    let lost = Reporting::NotDelivered {
        report: report.name.clone(),
        to: due.schedule.recipient.clone(),
        due: due.at,
        why: failure.why,
    };
    tx.seal(vec![event(core, job, lost)]).await?;
    Ok(())
}

fn pause(attempt: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1).min(10)));
    doubled.min(LONGEST_PAUSE)
}

/// It no longer runs by itself, and that is said.
pub async fn halt(core: &Core, job: &Job, report: &SavedReport, why: WhyHalted) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let paused = SavedReport {
        is_paused: true,
        version: report.version + 1,
        changed_at: core.now(),
        ..report.clone()
    };
    tx.update_report(&paused).await?;
    let halted = Reporting::Halted {
        report: report.name.clone(),
        why,
    };
    tx.seal(vec![event(core, job, halted)]).await?;
    Ok(())
}

fn event(core: &Core, job: &Job, what: Reporting) -> Event {
    Event::new(
        core.now(),
        core.install.clone(),
        step::origin(job),
        None,
        What::Reporting(what),
    )
}
