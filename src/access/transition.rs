//! The life of a request: which act leads from which state to which. Every pair not listed here is refused.
//!
//! Invariant: only a read-back on the target leads out of `Revoking`; there is no giving up.

use super::request::{FailCause, RejectCause, RevokeCause, State};

/// What can happen to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Enough approvals, or the flow approves automatically.
    Approve,
    Reject,
    /// Nobody answered in time.
    Lapse,
    /// By the requester, before anything was granted.
    Cancel,
    /// An approval stopped counting before the target was touched, and others can decide.
    Reopen,
    /// It cannot be granted, and the target was never touched.
    FailUntouched(FailCause),
    /// The target confirmed.
    Confirm,
    /// The target may have been touched, and it will not be granted.
    Undo(FailCause),
    /// An extension was requested, decided, or confirmed by the target.
    Extend,
    TimeOver,
    GiveBack,
    RevokeByAdmin,
    /// By somebody who approved or extended it.
    RevokeByApprover,
    /// In an access review: somebody decided so, or nobody decided in time.
    RevokeByReview,
    /// The requester left or was blocked, or nobody is left to answer; nothing was approved yet.
    TurnDown(RejectCause),
    /// The grantee left the workspace.
    Leave,
    /// An admin blocked the grantee.
    Block,
    /// Somebody changed the access on the target, and it could not be corrected.
    EndChanged,
    /// The grantee turned out to have approved it.
    EndSelfApproved,
    /// The target was read back: nothing of it is left that gives access.
    Gone,
}

/// The act does not fit the state the request is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{act:?} does not fit a request that is {state}")]
pub struct TransitionError {
    pub state: State,
    pub act: Act,
}

/// The state that follows `state` when `act` happens.
#[expect(clippy::too_many_lines, reason = "a table: every state and every act")]
pub fn next(state: State, act: Act) -> Result<State, TransitionError> {
    let refused = Err(TransitionError { state, act });
    match state {
        State::Pending => match act {
            Act::Approve => Ok(State::Approved),
            Act::Reject => Ok(State::Rejected(RejectCause::ByApprover)),
            Act::Lapse => Ok(State::Rejected(RejectCause::Lapsed)),
            Act::Cancel => Ok(State::Cancelled),
            Act::TurnDown(cause) => Ok(State::Rejected(cause)),
            Act::Reopen
            | Act::FailUntouched(_)
            | Act::Confirm
            | Act::Undo(_)
            | Act::Extend
            | Act::TimeOver
            | Act::GiveBack
            | Act::RevokeByAdmin
            | Act::RevokeByApprover
            | Act::RevokeByReview
            | Act::Leave
            | Act::Block
            | Act::EndChanged
            | Act::EndSelfApproved
            | Act::Gone => refused,
        },
        State::Approved => match act {
            Act::Cancel => Ok(State::Cancelled),
            Act::Reopen => Ok(State::Pending),
            Act::FailUntouched(cause) => Ok(State::Failed(cause)),
            Act::Confirm => Ok(State::Granted),
            Act::Undo(cause) => Ok(State::Revoking(RevokeCause::Undo(cause))),
            Act::TimeOver => Ok(State::Revoking(RevokeCause::Undo(FailCause::TimeOver))),
            Act::GiveBack => Ok(State::Revoking(RevokeCause::GivenBack)),
            Act::RevokeByAdmin => Ok(State::Revoking(RevokeCause::ByAdmin)),
            Act::RevokeByApprover => Ok(State::Revoking(RevokeCause::ByApprover)),
            Act::Approve
            | Act::Reject
            | Act::Lapse
            | Act::Extend
            | Act::TurnDown(_)
            | Act::Leave
            | Act::Block
            | Act::EndChanged
            | Act::EndSelfApproved
            | Act::RevokeByReview
            | Act::Gone => refused,
        },
        State::Granted => match act {
            Act::Extend => Ok(State::Granted),
            Act::TimeOver => Ok(State::Revoking(RevokeCause::TimeOver)),
            Act::GiveBack => Ok(State::Revoking(RevokeCause::GivenBack)),
            Act::RevokeByAdmin => Ok(State::Revoking(RevokeCause::ByAdmin)),
            Act::RevokeByApprover => Ok(State::Revoking(RevokeCause::ByApprover)),
            Act::Leave => Ok(State::Revoking(RevokeCause::Left)),
            Act::Block => Ok(State::Revoking(RevokeCause::Blocked)),
            Act::EndChanged => Ok(State::Revoking(RevokeCause::Changed)),
            Act::EndSelfApproved => Ok(State::Revoking(RevokeCause::SelfApproved)),
            Act::RevokeByReview => Ok(State::Revoking(RevokeCause::Reviewed)),
            Act::Approve
            | Act::Reject
            | Act::Lapse
            | Act::Cancel
            | Act::Reopen
            | Act::FailUntouched(_)
            | Act::Confirm
            | Act::Undo(_)
            | Act::TurnDown(_)
            | Act::Gone => refused,
        },
        State::Revoking(cause) => match act {
            Act::Gone => Ok(match cause {
                RevokeCause::TimeOver => State::Expired,
                RevokeCause::GivenBack
                | RevokeCause::ByAdmin
                | RevokeCause::ByApprover
                | RevokeCause::Left
                | RevokeCause::Blocked
                | RevokeCause::Changed
                | RevokeCause::SelfApproved
                | RevokeCause::Reviewed => State::Revoked(cause),
                RevokeCause::Undo(why) => State::Failed(why),
            }),
            Act::Approve
            | Act::Reject
            | Act::Lapse
            | Act::Cancel
            | Act::Reopen
            | Act::FailUntouched(_)
            | Act::Confirm
            | Act::Undo(_)
            | Act::Extend
            | Act::TimeOver
            | Act::GiveBack
            | Act::RevokeByAdmin
            | Act::RevokeByApprover
            | Act::RevokeByReview
            | Act::TurnDown(_)
            | Act::Leave
            | Act::Block
            | Act::EndChanged
            | Act::EndSelfApproved => refused,
        },
        State::Rejected(_) | State::Cancelled | State::Expired | State::Revoked(_) | State::Failed(_) => {
            refused
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_fail() -> impl Strategy<Value = FailCause> {
        proptest::sample::select(FailCause::ALL.to_vec())
    }

    fn any_act() -> impl Strategy<Value = Act> {
        prop_oneof![
            Just(Act::Approve),
            Just(Act::Reject),
            Just(Act::Lapse),
            Just(Act::Cancel),
            Just(Act::Reopen),
            any_fail().prop_map(Act::FailUntouched),
            Just(Act::Confirm),
            any_fail().prop_map(Act::Undo),
            Just(Act::Extend),
            Just(Act::TimeOver),
            Just(Act::GiveBack),
            Just(Act::RevokeByAdmin),
            Just(Act::RevokeByApprover),
            Just(Act::RevokeByReview),
            proptest::sample::select(RejectCause::ALL.to_vec()).prop_map(Act::TurnDown),
            Just(Act::Leave),
            Just(Act::Block),
            Just(Act::EndChanged),
            Just(Act::EndSelfApproved),
            Just(Act::Gone),
        ]
    }

    proptest! {
        #[test]
        fn access_needs_an_approval_before_it_and_a_read_back_after_it(acts in prop::collection::vec(any_act(), 0..40)) {
            let mut state = State::Pending;
            let (mut approved, mut live) = (false, false);
            for act in acts {
                let Ok(after) = next(state, act) else { continue };
                prop_assert!(!state.is_final(), "{state} led on to {after}");
                approved |= after == State::Approved;
                if after == State::Granted {
                    prop_assert!(approved);
                    live = true;
                }
                if after.is_final() && live {
                    prop_assert_eq!(act, Act::Gone);
                }
                state = after;
            }
        }
    }

    #[test]
    fn a_rejected_request_cannot_be_approved_nor_an_approved_one_rejected() {
        assert!(next(State::Rejected(RejectCause::ByApprover), Act::Approve).is_err());
        assert!(next(State::Approved, Act::Reject).is_err());
    }
}
