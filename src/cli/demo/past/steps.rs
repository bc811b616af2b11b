//! What happens next in the past, and when.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::access::ids::RequestId;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::store::Lane;

use super::errands::Errand;

/// One thing that somebody does, or that is due.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Ask(Box<Errand>),
    Withdraw(RequestId),
    Answer(RequestId),
    Connect(RequestId),
    Extend(RequestId),
    AnswerExtension(RequestId),
    GiveBack(RequestId),
    EndForThem(RequestId),
    /// The workers of a lane look for jobs that are due.
    Work(Lane),
    /// Access that should be gone is looked for.
    LookForOverdue,
    SumUpTheDay,
    /// An auditor saves a report that is due soon.
    SaveReport,
    Freeze,
    Thaw,
    /// The bot is stopped, and started with the present config.
    NewConfig,
}

/// All that is to come, in the order of time.
#[derive(Debug, Default)]
pub(super) struct Steps {
    coming: BTreeMap<(Reverse<Timestamp>, Reverse<u64>), Step>,
    made: u64,
}

impl Steps {
    pub(super) fn add(&mut self, at: Timestamp, step: Step) {
        self.made += 1;
        self.coming.insert((Reverse(at), Reverse(self.made)), step);
    }

    pub(super) fn next(&mut self) -> Option<(Timestamp, Step)> {
        let ((Reverse(at), _), step) = self.coming.pop_last()?;
        Some((at, step))
    }
}

/// A request, and what its people have in mind.
#[derive(Clone, Debug)]
pub(super) struct Pursued {
    pub(super) request: Request,
    pub(super) errand: Errand,
    /// Who answers, by their place in the crowd.
    pub(super) answered_by: Option<usize>,
}
