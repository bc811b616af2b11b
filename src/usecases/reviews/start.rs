//! Starting a review: its lines are what is live at that moment.

use crate::access::ids::PersonId;
use crate::access::people::Person;
use crate::access::review::AtDue;
use crate::audit::event::{Event, What};
use crate::audit::review::Reviewing;
use crate::store::{Found, JobKind, JobSpec, Page, ReadLimits, ReadPeople, Review, ReviewLine};

use super::super::facts::facts_with;
use super::super::{Core, Receipt, UseCaseError, person_facts};
use super::draft::{Drafted, ReviewError, reader};
use super::telling::plan;
use super::{MOST_LINES, is_about_all_reviewers};
use crate::access::forbidden::Forbidden;

/// Starts it, and has the reviewers told. Returns its id.
#[tracing::instrument(name = "reviews.start", skip_all)]
pub async fn start(
    core: &Core,
    by: &Person,
    drafted: Drafted,
    receipt: Receipt<'_>,
) -> Result<String, ReviewError> {
    let lines = lines(core, by, &drafted).await?;
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.hold_people(&[&by.id]).await?;
    if tx.limits().await?.blocked.contains(&by.id) {
        return Err(UseCaseError::from(Forbidden::Blocked).into());
    }
    let settled = receipt.settle(tx, "review", now).await?;
    let mut tx = settled.ok_or(UseCaseError::SeenBefore)?;
    let number = tx.next_review().await?;
    let review = Review {
        id: format!("RV-{number}"),
        number,
        name: drafted.name,
        filter: drafted.filter,
        due: drafted.due,
        at_due: drafted.at_due,
        starter_id: by.id.clone(),
        starter: person_facts(by),
        reviewer_ids: drafted.reviewers.iter().map(|person| person.id.clone()).collect(),
        reviewers: drafted.reviewers,
        started_at: now,
        ended: None,
    };
    tx.insert_review(&review, &lines).await?;
    tx.schedule(&JobSpec::at(JobKind::EndReview, &review.id, review.due))
        .await?;
    let is_for_admins = lines.iter().any(|line| is_about_all_reviewers(&review, line));
    plan(&mut tx, &review, is_for_admins).await?;
    let started = Reviewing::Started {
        review: review.id.clone(),
        name: review.name.clone(),
        filter: review.filter.clone(),
        lines: lines.len() as u64,
        reviewers: review.reviewers.clone(),
        due: review.due,
        revokes: review.at_due == AtDue::Revoke,
    };
    let what = What::Reviewing(started);
    let event = Event::new(now, core.install.clone(), receipt.origin(by), None, what);
    tx.seal(vec![event]).await?;
    Ok(review.id)
}

/// What is live and fits the filter, the oldest request first.
async fn lines(core: &Core, by: &Person, drafted: &Drafted) -> Result<Vec<ReviewLine>, ReviewError> {
    let reader = reader(core, by);
    let found = core
        .store
        .requests_like(&reader, &drafted.wanted, Page::First, MOST_LINES)
        .await?;
    if found.older {
        return Err(ReviewError::TooManyLines);
    }
    if found.items.is_empty() {
        return Err(ReviewError::NoLines);
    }
    let mut people: Vec<PersonId> = Vec::new();
    for one in &found.items {
        people.extend([one.request.requester.clone(), one.request.grantee.clone()]);
    }
    people.sort();
    people.dedup();
    let people = core.store.people_by_id(&people).await?;
    let oldest_first = (1_i64..).zip(found.items.iter().rev());
    let lines = oldest_first.map(|(position, found)| {
        let Found {
            request,
            became,
            until,
            used,
            ..
        } = found;
        Ok(ReviewLine {
            position,
            request: request.id.clone(),
            requester: request.requester.clone(),
            grantee: request.grantee.clone(),
            facts: facts_with(request, &people)?,
            granted_at: became.granted_at,
            until: *until,
            used: *used,
            decision: None,
            outcome: None,
        })
    });
    lines.collect()
}
