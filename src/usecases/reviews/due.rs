//! A review is due: what nobody decided is closed, a few lines at a time.

use crate::access::request::State;
use crate::access::review::{AtDue, LineOutcome};
use crate::audit::cause::Cause;
use crate::audit::event::Event;
use crate::store::{Job, JobKind, JobSpec, Review, ReviewLine, Tx};

use super::super::facts::facts_in;
use super::super::revoke::end_by_review;
use super::super::step::origin;
use super::super::{Core, UseCaseError, until_no_conflict};
use super::line_number;
use super::outcome::end_if_done;

/// How many lines one transaction closes.
const AT_ONCE: u64 = 10;

/// Closes the next few lines of the review with the job's key, and the review once none is open.
#[tracing::instrument(name = "reviews.end_due", skip_all)]
pub async fn end_due(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    until_no_conflict!(end_once(core, job))
}

async fn end_once(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let Some(review) = tx.hold_review(&job.key).await? else {
        tx.finish(job).await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    if now < review.due {
        tx.retry(job, review.due, "it is not due yet").await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    let mut events = Vec::new();
    for line in tx.open_review_lines(&review.id, AT_ONCE).await? {
        events.extend(close(core, &mut tx, job, &review, line).await?);
    }
    let origin = origin(job);
    let ended = end_if_done(core, &mut tx, &review, &origin).await?;
    if ended.is_empty() {
        tx.schedule(&JobSpec::at(JobKind::EndReview, &review.id, now))
            .await?;
    }
    tx.finish(job).await?;
    events.extend(ended);
    tx.seal(events).await?;
    Ok(())
}

/// Closes a line that nobody decided.
async fn close(
    core: &Core,
    tx: &mut Tx,
    job: &Job,
    review: &Review,
    line: ReviewLine,
) -> Result<Option<Event>, UseCaseError> {
    let request = tx.request(&line.request).await?;
    let granted = request.filter(|request| request.state == State::Granted);
    let (outcome, event) = match (granted, review.at_due) {
        (None, _) => (LineOutcome::EndedBefore, None),
        (Some(_), AtDue::Nothing) => (LineOutcome::NotReviewed, None),
        (Some(mut request), AtDue::Revoke) => {
            let cause = Cause::Reviewed {
                review: review.id.clone(),
                line: line_number(&line),
                undecided: true,
            };
            let what = end_by_review(core, tx, &mut request, cause, None).await?;
            let about = facts_in(tx, &request).await?;
            let event = Event::new(core.now(), core.install.clone(), origin(job), Some(about), what);
            (LineOutcome::RevokedUndecided, Some(event))
        }
    };
    let closed = ReviewLine {
        outcome: Some(outcome),
        ..line
    };
    tx.close_review_line(&review.id, &closed).await?;
    Ok(event)
}
