//! How far the answers have taken a request: the one place that knows how many answers from whom are needed.
//!
//! `policy::decide` says whose approval is needed. Code that asks people, accepts an answer or grants checks here what the
//! answers so far add up to.

use super::ids::PersonId;
use super::named::named;
use super::policy::{Candidate, Needs, Verdict};

named! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum DecisionVerdict {
        Approve = "approve",
        Reject = "reject",
    }
}

/// One person's answer that still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answered<'a> {
    pub by: &'a PersonId,
    pub verdict: DecisionVerdict,
}

/// What the answers so far add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress<'v> {
    /// Nothing more is needed: approved by this person, or by nobody if the flows approve automatically.
    Done(Option<&'v Candidate>),
    /// This approver rejected it, which nobody else's answer changes.
    Rejected(&'v Candidate),
    /// One of these has to answer; never empty.
    WaitsFor(&'v [Candidate]),
}

/// What `answers`, one from each person, add up to under `verdict`. Only answers of people who may decide under it count.
pub fn progress<'v>(verdict: &'v Verdict<'_>, answers: &[Answered<'_>]) -> Progress<'v> {
    let candidates = match &verdict.needs {
        Needs::Nothing => return Progress::Done(None),
        Needs::OneOf(candidates) => candidates,
    };
    let first_who = |said: DecisionVerdict| {
        let mut by = answers.iter().filter(|answer| answer.verdict == said);
        by.find_map(|answer| candidates.iter().find(|candidate| candidate.person == *answer.by))
    };
    if let Some(approver) = first_who(DecisionVerdict::Reject) {
        return Progress::Rejected(approver);
    }
    match first_who(DecisionVerdict::Approve) {
        Some(approver) => Progress::Done(Some(approver)),
        None => Progress::WaitsFor(candidates),
    }
}

impl<'v> Progress<'v> {
    /// Who may answer now; nobody if no answer is needed any more.
    pub fn candidates(&self) -> &'v [Candidate] {
        match self {
            Self::Done(_) | Self::Rejected(_) => &[],
            Self::WaitsFor(candidates) => candidates,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::access::people::Because;

    const PEOPLE: [&str; 5] = ["dana", "eve", "mia", "omar", "priya"];

    fn verdict(needs: Needs) -> Verdict<'static> {
        Verdict {
            flows: Vec::new(),
            max_duration: Duration::from_hours(1),
            needs,
            account: None,
        }
    }

    fn one_of(handles: &[&str]) -> Verdict<'static> {
        let candidates = handles.iter().map(|handle| Candidate {
            person: PersonId::new(*handle),
            because: Because::Group("sre".to_owned()),
        });
        verdict(Needs::OneOf(candidates.collect()))
    }

    /// A few different people's answers, in any order.
    fn answers() -> impl Strategy<Value = Vec<(PersonId, DecisionVerdict)>> {
        let said = prop::sample::select(vec![DecisionVerdict::Approve, DecisionVerdict::Reject]);
        let people = prop::sample::subsequence(PEOPLE.to_vec(), 0..=PEOPLE.len()).prop_shuffle();
        (people, prop::collection::vec(said, PEOPLE.len()))
            .prop_map(|(people, said)| people.into_iter().map(PersonId::new).zip(said).collect())
    }

    fn candidates() -> impl Strategy<Value = Vec<&'static str>> {
        prop::sample::subsequence(PEOPLE.to_vec(), 1..=PEOPLE.len())
    }

    fn answered(given: &[(PersonId, DecisionVerdict)]) -> Vec<Answered<'_>> {
        given
            .iter()
            .map(|(by, verdict)| Answered {
                by,
                verdict: *verdict,
            })
            .collect()
    }

    #[test]
    fn one_approval_is_enough_and_one_rejection_too() {
        let verdict = one_of(&["omar", "priya"]);
        let [omar, priya] = ["omar", "priya"].map(PersonId::new);
        let yes = Answered {
            by: &omar,
            verdict: DecisionVerdict::Approve,
        };
        let no = Answered {
            by: &priya,
            verdict: DecisionVerdict::Reject,
        };
        let who = |answers: &[Answered<'_>]| match progress(&verdict, answers) {
            Progress::Done(by) => ("done", by.map(|by| by.person.clone())),
            Progress::Rejected(by) => ("rejected", Some(by.person.clone())),
            Progress::WaitsFor(_) => ("waits", None),
        };
        assert_eq!(who(&[]), ("waits", None));
        assert_eq!(who(&[yes]), ("done", Some(omar.clone())));
        assert_eq!(who(&[no]), ("rejected", Some(priya.clone())));
        assert_eq!(who(&[yes, no]), ("rejected", Some(priya.clone())));
    }

    proptest! {
        #[test]
        fn where_flows_approve_by_themselves_nobody_is_asked_whatever_is_said(given in answers()) {
            let verdict = verdict(Needs::Nothing);
            prop_assert_eq!(progress(&verdict, &answered(&given)), Progress::Done(None));
        }

        #[test]
        fn it_waits_for_all_who_may_decide_exactly_as_long_as_none_of_them_answered(
            may in candidates(),
            given in answers(),
        ) {
            let verdict = one_of(&may);
            let found = progress(&verdict, &answered(&given));
            let answered_by_them = given.iter().any(|(by, _)| may.contains(&by.as_str()));
            let waits_for: Vec<&str> = found.candidates().iter().map(|c| c.person.as_str()).collect();
            prop_assert_eq!(waits_for, if answered_by_them { Vec::new() } else { may });
        }

        #[test]
        fn only_answers_of_those_who_may_decide_count(may in candidates(), given in answers()) {
            let verdict = one_of(&may);
            let counts: Vec<_> = given.iter().filter(|(by, _)| may.contains(&by.as_str())).cloned().collect();
            prop_assert_eq!(
                progress(&verdict, &answered(&given)),
                progress(&verdict, &answered(&counts))
            );
        }

        #[test]
        fn it_is_done_only_by_somebody_who_may_decide_and_approved(may in candidates(), given in answers()) {
            let verdict = one_of(&may);
            let said = |by: &Candidate| given.iter().find(|(person, _)| *person == by.person).map(|(_, said)| *said);
            match progress(&verdict, &answered(&given)) {
                Progress::Done(approver) => {
                    prop_assert_eq!(approver.and_then(said), Some(DecisionVerdict::Approve));
                }
                Progress::Rejected(approver) => {
                    prop_assert_eq!(said(approver), Some(DecisionVerdict::Reject));
                }
                Progress::WaitsFor(candidates) => prop_assert!(candidates.iter().all(|by| said(by).is_none())),
            }
        }
    }
}
