//! Accepting an answer, whether it is about a pending request or an extension.

use std::sync::Arc;

use crate::access::flows::Policy;
use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestId;
use crate::access::people::{Because, Facts, Person};
use crate::access::policy::{Refusal, Verdict};
use crate::access::progress::{Answered, DecisionVerdict, Progress, progress};
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::store::{ReadLimits, Tx};

use super::{Core, Receipt, UseCaseError};

/// The outcome of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Approved,
    Rejected,
}

/// The transaction that accepts an answer to `request`, with the policy it is judged by; the act is settled in it.
pub(super) async fn take(
    core: &Core,
    request: &RequestId,
    receipt: Receipt<'_>,
) -> Result<(Tx, Arc<Policy>, Request), UseCaseError> {
    let mut tx = core.store.write().await?;
    let policy = core.active_policy(&mut tx).await?;
    let request = tx.request(request).await?.ok_or(UseCaseError::NoSuchRequest)?;
    match receipt.settle(tx, "answered", core.now()).await? {
        Some(tx) => Ok((tx, policy, request)),
        None => Err(UseCaseError::SeenBefore),
    }
}

/// `facts` with what admins blocked and froze, if `by` is not among them.
pub(super) async fn limited(tx: &mut Tx, facts: &Facts, by: &Person) -> Result<Facts, UseCaseError> {
    let facts = facts.clone().limited(tx.limits().await?);
    if facts.is_blocked(&by.id) {
        return Err(Refusal::Blocked.into());
    }
    Ok(facts)
}

/// The error if the policy now refuses what people were asked about.
pub(super) fn not_any_more(refusal: Refusal) -> UseCaseError {
    match refusal {
        Refusal::StaleFacts | Refusal::RevokeOnly => UseCaseError::Refused(refusal),
        Refusal::RequesterUnknown
        | Refusal::RequesterNotAllowed(_)
        | Refusal::Blocked
        | Refusal::Frozen { .. }
        | Refusal::NoFlow { .. }
        | Refusal::TooLong { .. }
        | Refusal::NoAccount { .. }
        | Refusal::NobodyCanDecide { .. } => Forbidden::NotAllowedAnyMore(refusal).into(),
    }
}

/// The outcome of `by`'s answer, and how they came to be an approver. No answer counted before it: the first that does
/// decides.
pub(super) fn judge(
    verdict: &Verdict<'_>,
    facts: &Facts,
    by: &Person,
    said: DecisionVerdict,
    now: Timestamp,
) -> Result<(Outcome, Because), UseCaseError> {
    let answer = Answered {
        by: &by.id,
        verdict: said,
    };
    let (outcome, approver) = match progress(verdict, &[answer]) {
        Progress::Done(Some(approver)) => (Outcome::Approved, approver),
        Progress::Rejected(approver) => (Outcome::Rejected, approver),
        Progress::Done(None) | Progress::WaitsFor(_) => return Err(Forbidden::NotAnApprover.into()),
    };
    if !facts.is_fresh(&by.id, now) {
        return Err(Refusal::StaleFacts.into());
    }
    Ok((outcome, approver.because.clone()))
}
