//! What a review came to, as plain data: for its page, and for everything else that shows it as evidence.

use std::collections::HashMap;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::access::ids::TextId;
use crate::access::review::LineOutcome;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, Origin, PersonFacts, RequestFacts, What};
use crate::audit::review::Reviewing;
use crate::audit::words::WordsRef;
use crate::store::{JobKind, Review, ReviewLine, StoreError, Tx};

use super::super::{Core, UseCaseError};

/// A review and all its lines.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub review: Review,
    /// In their order.
    pub lines: Vec<ReviewLine>,
    /// What people wrote about their decisions; blanked words are left out.
    pub notes: HashMap<TextId, String>,
    pub counts: Counts,
    /// Whether the digest, taken again, is the one that was taken when the review ended; `None` while it is open.
    pub is_intact: Option<bool>,
}

/// How many lines came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Nobody decided them yet.
    pub open: u64,
    pub kept: u64,
    pub revoked: u64,
    pub ended_before: u64,
    pub not_reviewed: u64,
    pub revoked_undecided: u64,
}

impl Counts {
    fn of(lines: &[ReviewLine]) -> Self {
        let mut counts = Self::default();
        for line in lines {
            let count = match line.outcome {
                None => &mut counts.open,
                Some(LineOutcome::Kept) => &mut counts.kept,
                Some(LineOutcome::Revoked) => &mut counts.revoked,
                Some(LineOutcome::EndedBefore) => &mut counts.ended_before,
                Some(LineOutcome::NotReviewed) => &mut counts.not_reviewed,
                Some(LineOutcome::RevokedUndecided) => &mut counts.revoked_undecided,
            };
            *count += 1;
        }
        counts
    }
}

/// The review and its lines. The caller asks who may see it.
pub async fn outcome(core: &Core, review: Review) -> Result<Outcome, StoreError> {
    let lines = core.store.review_lines(&review.id).await?;
    let notes = lines
        .iter()
        .filter_map(|line| line.decision.as_ref()?.note.as_ref());
    let notes: Vec<TextId> = notes.map(|note| note.id.clone()).collect();
    let ended = review.ended.as_ref();
    Ok(Outcome {
        notes: core.store.words(&notes).await?,
        counts: Counts::of(&lines),
        is_intact: ended.map(|(_, digest)| digest_of(&review, &lines) == *digest),
        review,
        lines,
    })
}

/// Ends the review, which is held, if every line has an outcome. Returns the event, which the caller seals.
pub(super) async fn end_if_done(
    core: &Core,
    tx: &mut Tx,
    review: &Review,
    origin: &Origin,
) -> Result<Vec<Event>, UseCaseError> {
    if !tx.open_review_lines(&review.id, 1).await?.is_empty() {
        return Ok(Vec::new());
    }
    let lines = tx.all_review_lines(&review.id).await?;
    let (counts, digest) = (Counts::of(&lines), digest_of(review, &lines));
    let now = core.now();
    tx.end_review(&review.id, now, &digest).await?;
    if now < review.due {
        tx.unschedule(JobKind::EndReview, &review.id).await?;
    }
    let ended = Reviewing::Ended {
        review: review.id.clone(),
        name: review.name.clone(),
        kept: counts.kept,
        revoked: counts.revoked,
        ended_before: counts.ended_before,
        not_reviewed: counts.not_reviewed,
        revoked_undecided: counts.revoked_undecided,
        digest,
    };
    let what = What::Reviewing(ended);
    Ok(vec![Event::new(
        now,
        core.install.clone(),
        origin.clone(),
        None,
        what,
    )])
}

/// What the digest is taken of, as canonical JSON (RFC 8785). Everything in it is as it was written at the time.
#[derive(Serialize)]
struct Sealed<'a> {
    v: u32,
    review: &'a str,
    name: &'a str,
    filter: &'a str,
    starter: &'a PersonFacts,
    reviewers: &'a [PersonFacts],
    started_at: Timestamp,
    due: Timestamp,
    at_due: &'static str,
    lines: Vec<SealedLine<'a>>,
}

#[derive(Serialize)]
struct SealedLine<'a> {
    line: i64,
    request: &'a RequestFacts,
    granted_at: Option<Timestamp>,
    until: Option<Timestamp>,
    used: Option<&'static str>,
    decision: Option<&'static str>,
    by: Option<&'a PersonFacts>,
    at: Option<Timestamp>,
    note: Option<&'a WordsRef>,
    outcome: Option<&'static str>,
}

/// SHA-256 over the lines as they were at the start and what was decided, in lower-case hex digits.
fn digest_of(review: &Review, lines: &[ReviewLine]) -> String {
    let lines = lines.iter().map(|line| {
        let decision = line.decision.as_ref();
        SealedLine {
            line: line.position,
            request: &line.facts,
            granted_at: line.granted_at,
            until: line.until,
            used: line.used.map(crate::access::usage::Used::name),
            decision: decision.map(|decision| decision.verdict.name()),
            by: decision.map(|decision| &decision.by),
            at: decision.map(|decision| decision.at),
            note: decision.and_then(|decision| decision.note.as_ref()),
            outcome: line.outcome.map(LineOutcome::name),
        }
    });
    let sealed = Sealed {
        v: 1,
        review: &review.id,
        name: &review.name,
        filter: &review.filter,
        starter: &review.starter,
        reviewers: &review.reviewers,
        started_at: review.started_at,
        due: review.due,
        at_due: review.at_due.name(),
        lines: lines.collect(),
    };
    let text = serde_json_canonicalizer::to_string(&sealed)
        .expect("a struct of strings, booleans and integers is canonical JSON");
    HEXLOWER.encode(&Sha256::digest(text.as_bytes()))
}
