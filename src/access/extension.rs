//! Extensions of live access: what the flows allow, and the state of one extension.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::flows::{Extensions, Flow};
use super::named::named;

named! {
    /// The state of an extension.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum ExtensionState {
        /// Waiting for an approver; the end has not moved.
        Pending = "pending",
        /// The end has moved here, and the target is being told.
        OnItsWay = "on_its_way",
        /// The target confirmed it.
        Applied = "applied",
        Rejected = "rejected",
        /// Nobody answered in time, or the access ended first.
        Lapsed = "lapsed",
        /// The target refused it, and the end was moved back.
        Failed = "failed",
    }
}

impl ExtensionState {
    /// Whether the access got the added time: only these count against what the flow allows.
    pub const fn counts(self) -> bool {
        match self {
            Self::OnItsWay | Self::Applied => true,
            Self::Pending | Self::Rejected | Self::Lapsed | Self::Failed => false,
        }
    }
}

/// Why access is not extended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ExtensionRefusal {
    #[error("its access flow allows no extensions")]
    NotAllowed,
    #[error("it was already extended {times} times")]
    NoneLeft { times: u32 },
    #[error("longer than one extension may be")]
    TooLong {
        #[serde(rename = "each_s", with = "super::duration::seconds")]
        each: Duration,
    },
    /// One was requested before and is waiting for an answer.
    #[error("an extension is already waiting for an answer")]
    OneIsPending,
}

/// What several deciding flows allow together: the strictest of them.
pub fn rule<'f>(flows: impl IntoIterator<Item = &'f Flow>) -> Option<Extensions> {
    let mut strictest: Option<Extensions> = None;
    for flow in flows {
        let own = flow.extensions?;
        strictest = Some(strictest.map_or(own, |other| Extensions {
            times: own.times.min(other.times),
            each: own.each.min(other.each),
            ask_again: own.ask_again || other.ask_again,
        }));
    }
    strictest
}

impl Extensions {
    /// Whether access that was extended `used` times may have `added` on top.
    pub fn allow(&self, used: u64, added: Duration) -> Result<(), ExtensionRefusal> {
        if used >= u64::from(self.times) {
            return Err(ExtensionRefusal::NoneLeft { times: self.times });
        }
        if added > self.each {
            return Err(ExtensionRefusal::TooLong { each: self.each });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_stored_state_is_read_back() {
        for state in ExtensionState::ALL {
            assert_eq!(ExtensionState::named(state.name()), Some(state));
        }
    }

    proptest! {
        #[test]
        fn access_never_gets_more_than_times_and_each_allow(
            times in 0_u32..5,
            each in 1_u64..7_200,
            asked in prop::collection::vec(1_u64..10_000, 0..20),
        ) {
            let rule = Extensions { times, each: Duration::from_secs(each), ask_again: false };
            let (mut used, mut total) = (0, 0);
            for added in asked {
                if rule.allow(used, Duration::from_secs(added)).is_ok() {
                    used += 1;
                    total += added;
                }
            }
            prop_assert!(total <= u64::from(times) * each);
        }
    }
}
