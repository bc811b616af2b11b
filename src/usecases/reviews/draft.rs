//! A review as somebody wants to start it, and what is wrong with that.

use std::time::Duration;

use crate::access::address::{self, AddressError};
use crate::access::clean::clean;
use crate::access::edge::Edge;
use crate::access::filter::{Filter, Status};
use crate::access::ids::PersonId;
use crate::access::people::{Person, Standing};
use crate::access::reader::Reader;
use crate::access::review::AtDue;
use crate::access::time::Timestamp;
use crate::audit::event::PersonFacts;
use crate::people::{Directory, Look};
use crate::store::{ReadPeople, StoreError};

use super::super::look::Onlooker;
use super::super::{Core, UseCaseError};
use super::MOST_LINES;

/// Longest name, in characters.
const LONGEST_NAME: usize = 80;

/// Longest filter, in bytes of its address.
const LONGEST_FILTER: usize = 2_000;

/// How many people are asked at most.
const MOST_REVIEWERS: usize = 20;

/// How far away the due date is at most.
const LONGEST: Duration = Duration::from_hours(366 * 24);

const DAY: Duration = Duration::from_hours(24);

/// What somebody wrote into the form of a review.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    /// The filter as an address, with ids and names as the bot knows them.
    pub meant: String,
    pub reviewers: Vec<PersonId>,
    /// The last day on which people can decide, in UTC: `2026-12-31`.
    pub due: String,
    pub at_due: String,
}

/// A review that can start.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub(super) name: String,
    pub(super) filter: String,
    pub(super) wanted: Filter,
    pub(super) reviewers: Vec<PersonFacts>,
    pub(super) due: Timestamp,
    pub(super) at_due: AtDue,
}

/// Why a review does not start, or nothing is decided in it. Its message is shown to people.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    #[error("Only admins and auditors start reviews.")]
    NotYours,
    #[error("Only an admin starts a review that revokes access when it is due: auditors change no access.")]
    RevokesByAdmin,
    #[error("Give the review a name.")]
    NoName,
    #[error("A name has at most {LONGEST_NAME} characters.")]
    LongName,
    #[error(transparent)]
    Filter(#[from] AddressError),
    #[error("The filter is too long. Leave something out.")]
    LongFilter,
    #[error("A range ends before it begins. Write the earlier time first.")]
    Backwards,
    #[error("Name at least one reviewer.")]
    NoReviewer,
    #[error("A review has at most {MOST_REVIEWERS} reviewers.")]
    TooManyReviewers,
    #[error("{0} cannot review: only full members who are not blocked can.")]
    NotAMember(String),
    #[error("Only an admin reviews what they start themselves: auditors change no access.")]
    OwnReview,
    #[error("Slack does not say now who the reviewers are. Try again in a minute.")]
    NotSaid,
    #[error("Write the last day for decisions, such as 2026-12-31: a day after today, and within a year.")]
    Due,
    #[error("Say what happens to undecided access when the review is due.")]
    AtDue,
    #[error("No live access fits the filter.")]
    NoLines,
    #[error("More than {MOST_LINES} lines fit the filter. Narrow it, and review the rest on its own.")]
    TooManyLines,
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

impl From<StoreError> for ReviewError {
    fn from(error: StoreError) -> Self {
        Self::UseCase(error.into())
    }
}

/// How much live access a filter finds now; `None` if that is more than a review takes.
pub async fn lines_now(core: &Core, by: &Person, meant: &str) -> Result<Option<u64>, ReviewError> {
    let Some(wanted) = wanted(meant, core.now())? else {
        return Ok(Some(0));
    };
    let reader = reader(core, by);
    Ok(core.store.requests_at_most(&reader, &wanted, MOST_LINES).await?)
}

/// For the lines of a review, whose start is an event of its own. Until then only their number is shown.
pub(super) fn reader(core: &Core, by: &Person) -> Reader {
    Onlooker::of(core, by).to_export()
}

/// The filter for live access; `None` if it wants none.
fn wanted(meant: &str, now: Timestamp) -> Result<Option<Filter>, ReviewError> {
    if meant.len() > LONGEST_FILTER {
        return Err(ReviewError::LongFilter);
    }
    let filter = address::read(meant, now)?.filter;
    if filter.is_backwards() {
        return Err(ReviewError::Backwards);
    }
    let is_live = filter.status.is_empty() || filter.status.contains(&Status::Granted);
    Ok(is_live.then(|| Filter {
        // What is being revoked needs no review.
        status: vec![Status::Granted],
        ..filter
    }))
}

impl Draft {
    /// Checks what `by` wrote, and asks who the reviewers are now.
    pub async fn checked(
        &self,
        core: &Core,
        directory: &dyn Directory,
        by: &Person,
    ) -> Result<Drafted, ReviewError> {
        let (policy, now) = (core.policy(), core.now());
        let is_admin = policy.is_admin(by);
        if !is_admin && !policy.is_auditor(by) {
            return Err(ReviewError::NotYours);
        }
        let name = clean(&self.name);
        match name.chars().count() {
            0 => return Err(ReviewError::NoName),
            1..=LONGEST_NAME => {}
            _ => return Err(ReviewError::LongName),
        }
        let at_due = AtDue::named(&self.at_due).ok_or(ReviewError::AtDue)?;
        if at_due == AtDue::Revoke && !is_admin {
            return Err(ReviewError::RevokesByAdmin);
        }
        if !is_admin && self.reviewers.contains(&by.id) {
            return Err(ReviewError::OwnReview);
        }
        let wanted = wanted(&self.meant, now)?.ok_or(ReviewError::NoLines)?;
        Ok(Drafted {
            name,
            filter: self.meant.clone(),
            wanted,
            due: due(&self.due, now).ok_or(ReviewError::Due)?,
            at_due,
            reviewers: self.checked_reviewers(core, directory).await?,
        })
    }

    async fn checked_reviewers(
        &self,
        core: &Core,
        directory: &dyn Directory,
    ) -> Result<Vec<PersonFacts>, ReviewError> {
        let mut ids = self.reviewers.clone();
        ids.sort();
        ids.dedup();
        match ids.len() {
            0 => return Err(ReviewError::NoReviewer),
            1..=MOST_REVIEWERS => {}
            _ => return Err(ReviewError::TooManyReviewers),
        }
        let mut reviewers = Vec::new();
        for known in core.store.people_by_id(&ids).await? {
            match is_member(core, directory, &known.id).await? {
                Some(true) => reviewers.push(PersonFacts::from(&known)),
                Some(false) => return Err(ReviewError::NotAMember(known.name)),
                None => return Err(ReviewError::NotSaid),
            }
        }
        if reviewers.len() < ids.len() {
            return Err(ReviewError::NotSaid);
        }
        Ok(reviewers)
    }
}

/// Whether this person is a full member now, and not blocked; `None` if the directory does not say.
pub(super) async fn is_member(
    core: &Core,
    directory: &dyn Directory,
    person: &PersonId,
) -> Result<Option<bool>, UseCaseError> {
    if core.store.is_blocked(person).await? {
        return Ok(Some(false));
    }
    Ok(match directory.look_at(person, &core.policy()).await? {
        Look::Shows { accounts, is_all } => {
            let mut accounts = accounts.iter();
            let is_member = accounts.any(|account| account.standing == Standing::Member);
            (is_member || is_all).then_some(is_member)
        }
        Look::CannotSay => None,
    })
}

/// The end of the day, in UTC.
fn due(day: &str, now: Timestamp) -> Option<Timestamp> {
    let begins = Timestamp::from_rfc3339(&format!("{}T00:00:00Z", day.trim()))?;
    let is_fit = begins > Edge::Today(0).at(now) && begins.since(now) <= LONGEST;
    is_fit.then(|| begins.plus(DAY))
}
