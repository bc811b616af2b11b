//! Deciding about a line: the access is kept, or it ends.

use std::collections::BTreeSet;

use crate::access::forbidden::Forbidden;
use crate::access::ids::PersonId;
use crate::access::people::{Person, Standing};
use crate::access::request::State;
use crate::access::review::{LineOutcome, Verdict};
use crate::audit::cause::Cause;
use crate::audit::event::{Event, Origin, What};
use crate::audit::review::Reviewing;
use crate::people::Directory;
use crate::store::{LineDecision, ReadLimits, Review, ReviewLine, Tx};

use super::super::facts::facts_in;
use super::super::revoke::end_by_review;
use super::super::words::keep_words;
use super::super::{Core, Receipt, UseCaseError, actor, person_facts, until_no_conflict};
use super::outcome::end_if_done;
use super::{is_for, line_number};

/// By which right somebody decides in a review.
#[derive(Clone, Debug)]
pub struct May {
    person: PersonId,
    is_admin: bool,
    /// The reviewers who can still review.
    standing: BTreeSet<PersonId>,
}

impl May {
    /// Whether they may decide about this line: never about their own, and as an admin only if no reviewer can.
    pub fn decide(&self, review: &Review, line: &ReviewLine) -> bool {
        if line.is_of(&self.person) {
            return false;
        }
        let can = |reviewer: &PersonId| !line.is_of(reviewer);
        is_for(review, line, &self.person) || self.is_admin && !self.standing.iter().any(can)
    }
}

/// What `by` may decide in a review, by what the directory last said about the reviewers.
pub async fn may_decide(
    core: &Core,
    directory: &dyn Directory,
    by: &Person,
    review: &Review,
) -> Result<May, UseCaseError> {
    let facts = directory.known().facts();
    let blocked = core.store.limits().await?.blocked;
    let stands = |id: &&PersonId| {
        let is_member = |person: &Person| person.standing == Standing::Member;
        !blocked.contains(*id) && facts.person(id).is_none_or(is_member)
    };
    Ok(May {
        person: by.id.clone(),
        is_admin: core.policy().is_admin(by),
        standing: review.reviewer_ids.iter().filter(stands).cloned().collect(),
    })
}

/// What came of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    Kept,
    Revoked,
    /// The access had ended, so there was nothing to decide.
    EndedBefore,
    /// Somebody else was faster, or it had ended: this is what became of it.
    Before(LineOutcome),
    /// The review is over.
    Over,
    NoSuchLine,
}

/// Decides about one line. `by` was looked up a moment ago.
#[tracing::instrument(name = "reviews.decide", skip_all)]
pub async fn decide(
    core: &Core,
    directory: &dyn Directory,
    by: &Person,
    (review, position): (&str, i64),
    (verdict, note): (Verdict, Option<&str>),
    receipt: Receipt<'_>,
) -> Result<Decided, UseCaseError> {
    if let Some(judged) = actor::decides_nothing(by) {
        return Err(judged.why.into());
    }
    let line = (review, position);
    let said = (verdict, note);
    until_no_conflict!(decide_once(core, directory, by, line, said, receipt))
}

async fn decide_once(
    core: &Core,
    directory: &dyn Directory,
    by: &Person,
    (review, position): (&str, i64),
    (verdict, note): (Verdict, Option<&str>),
    receipt: Receipt<'_>,
) -> Result<Decided, UseCaseError> {
    let now = core.now();
    let Some(found) = core.store.review(review).await? else {
        return Ok(Decided::NoSuchLine);
    };
    let may = may_decide(core, directory, by, &found).await?;
    let mut tx = core.store.write().await?;
    tx.hold_people(&[&by.id]).await?;
    if tx.limits().await?.blocked.contains(&by.id) {
        return Err(Forbidden::Blocked.into());
    }
    let Some(mut tx) = receipt.settle(tx, "reviewed", now).await? else {
        return Err(UseCaseError::SeenBefore);
    };
    let Some(review) = tx.hold_review(review).await?.filter(|review| now < review.due) else {
        return Ok(Decided::Over);
    };
    let Some(line) = tx.review_line(&review.id, position).await? else {
        return Ok(Decided::NoSuchLine);
    };
    if line.is_of(&by.id) {
        return Err(Forbidden::NotOnYourself.into());
    }
    if !may.decide(&review, &line) {
        return Err(Forbidden::NotYours.into());
    }
    if let Some(outcome) = line.outcome {
        return Ok(Decided::Before(outcome));
    }
    let origin = receipt.origin(by);
    let (closed, decided, event) =
        carried_out(core, &mut tx, (&review, line), by, (verdict, note), &origin).await?;
    tx.close_review_line(&review.id, &closed).await?;
    let mut events: Vec<Event> = event.into_iter().collect();
    events.extend(end_if_done(core, &mut tx, &review, &origin).await?);
    tx.seal(events).await?;
    Ok(decided)
}

/// The line as it is closed, what came of the decision, and the event about it if there is one.
async fn carried_out(
    core: &Core,
    tx: &mut Tx,
    (review, line): (&Review, ReviewLine),
    by: &Person,
    (verdict, note): (Verdict, Option<&str>),
    origin: &Origin,
) -> Result<(ReviewLine, Decided, Option<Event>), UseCaseError> {
    let request = tx.request(&line.request).await?;
    let Some(mut request) = request.filter(|request| request.state == State::Granted) else {
        let closed = ReviewLine {
            outcome: Some(LineOutcome::EndedBefore),
            ..line
        };
        return Ok((closed, Decided::EndedBefore, None));
    };
    let now = core.now();
    let words = keep_words(core, tx, note).await?;
    let decision = LineDecision {
        verdict,
        by: person_facts(by),
        at: now,
        note: words.clone(),
    };
    let (review, number) = (review.id.clone(), line_number(&line));
    let (what, outcome, decided) = match verdict {
        Verdict::Keep => {
            let kept = Reviewing::Kept {
                review,
                line: number,
                note: words,
            };
            (What::Reviewing(kept), LineOutcome::Kept, Decided::Kept)
        }
        Verdict::Revoke => {
            let cause = Cause::Reviewed {
                review,
                line: number,
                undecided: false,
            };
            let what = end_by_review(core, tx, &mut request, cause, words).await?;
            (what, LineOutcome::Revoked, Decided::Revoked)
        }
    };
    let about = facts_in(tx, &request).await?;
    let event = Event::new(now, core.install.clone(), origin.clone(), Some(about), what);
    let closed = ReviewLine {
        decision: Some(decision),
        outcome: Some(outcome),
        ..line
    };
    Ok((closed, decided, Some(event)))
}
