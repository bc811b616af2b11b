//! Telling reviewers that lines wait for them: at the start, at half time, and a day before the review is due.

use std::time::Duration;

use crate::access::ids::PersonId;
use crate::access::named::named;
use crate::access::people::Person;
use crate::people::Directory;
use crate::store::{Job, JobKind, JobSpec, ReadPeople, Review, ReviewLine, StoreError, Tx};

use super::super::look::Onlooker;
use super::super::{Core, UseCaseError};
use super::decide::may_decide;
use super::draft::is_member;
use super::{is_about_all_reviewers, is_for};

const DAY: Duration = Duration::from_hours(24);

/// Two messages about one review are at least this far apart.
const APART: Duration = Duration::from_hours(6);

named! {
    /// Which message it is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Round {
        Start = "start",
        Half = "half",
        LastDay = "last_day",
    }
}

/// Who is told, and what.
#[derive(Clone, Debug)]
pub struct Told {
    pub review: Review,
    pub round: Round,
    /// How many lines wait for them.
    pub lines: u64,
    /// The account in Slack; `None` for the admins.
    pub user: Option<String>,
}

/// A review in which lines wait for somebody.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub review: Review,
    pub lines: u64,
}

/// Schedules every message about a new review.
pub(super) async fn plan(tx: &mut Tx, review: &Review, is_for_admins: bool) -> Result<(), StoreError> {
    let half = review.started_at.plus(review.due.since(review.started_at) / 2);
    let last_day = review.due.minus(DAY);
    let mut rounds = vec![(Round::Start, review.started_at)];
    if half.since(review.started_at) >= APART {
        rounds.push((Round::Half, half));
    }
    if last_day.since(half) >= APART {
        rounds.push((Round::LastDay, last_day));
    }
    for (round, at) in rounds {
        let people = review.reviewer_ids.iter().map(PersonId::as_str);
        let admins = (round != Round::Start || is_for_admins).then_some("");
        for person in people.chain(admins) {
            let key = format!("{}/{}/{person}", review.id, round.name());
            tx.schedule(&JobSpec::at(JobKind::TellReview, &key, at)).await?;
        }
    }
    Ok(())
}

/// What the job's message says; `None` if there is nothing to say any more.
pub async fn told(core: &Core, directory: &dyn Directory, job: &Job) -> Result<Option<Told>, UseCaseError> {
    let mut parts = job.key.splitn(3, '/');
    let (Some(id), Some(round), Some(person)) = (parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    let review = core.store.review(id).await?;
    let review = review.filter(|review| review.ended.is_none() && core.now() < review.due);
    let (Some(review), Some(round)) = (review, Round::named(round)) else {
        return Ok(None);
    };
    let lines = core.store.review_lines(id).await?;
    let open = lines.iter().filter(|line| line.outcome.is_none());
    let (count, user) = if person.is_empty() {
        (for_admins(core, directory, &review, open).await?, None)
    } else {
        let person = PersonId::new(person);
        let known = core.store.people_by_id(std::slice::from_ref(&person)).await?;
        let Some(known) = known.into_iter().next() else {
            return Ok(None);
        };
        if is_member(core, directory, &person).await? == Some(false) {
            return Ok(None);
        }
        let theirs = open.filter(|line| is_for(&review, line, &person));
        (theirs.count() as u64, Some(known.account.user))
    };
    Ok((count > 0).then_some(Told {
        review,
        round,
        lines: count,
        user,
    }))
}

/// How many lines no reviewer can decide any more.
async fn for_admins(
    core: &Core,
    directory: &dyn Directory,
    review: &Review,
    open: impl Iterator<Item = &ReviewLine>,
) -> Result<u64, UseCaseError> {
    let mut standing = Vec::new();
    for person in &review.reviewer_ids {
        if is_member(core, directory, person).await? != Some(false) {
            standing.push(person);
        }
    }
    let nobody_can = |line: &&ReviewLine| {
        is_about_all_reviewers(review, line) || standing.iter().all(|person| line.is_of(person))
    };
    Ok(open.filter(nobody_can).count() as u64)
}

/// The open reviews in which lines wait for this person, the newest first.
pub async fn waiting_for(
    core: &Core,
    directory: &dyn Directory,
    person: &Person,
) -> Result<Vec<Waiting>, UseCaseError> {
    let mut waiting = Vec::new();
    for review in Onlooker::of(core, person).reviews(core).await? {
        if review.ended.is_some() || core.now() >= review.due {
            continue;
        }
        let may = may_decide(core, directory, person, &review).await?;
        let lines = core.store.review_lines(&review.id).await?;
        let open = lines.iter().filter(|line| line.outcome.is_none());
        let count = open.filter(|line| may.decide(&review, line)).count() as u64;
        if count > 0 {
            waiting.push(Waiting { review, lines: count });
        }
    }
    Ok(waiting)
}
