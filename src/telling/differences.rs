//! Words for what was found on a target.

use crate::access::reconcile::{Difference, Tie};
use crate::audit::on_target::SessionsKept;

/// The first few differences; each completes "on the target ...".
pub fn differences(found: &[Difference], more: u64) -> String {
    joined(found.iter().map(difference), more)
}

/// The first few memberships that nobody granted, worded like differences.
pub fn added(found: &[Tie], more: u64) -> String {
    joined(
        found.iter().map(|tie| format!("{} was added", self::tie(tie))),
        more,
    )
}

/// One difference; it completes "on the target ...".
pub fn difference(difference: &Difference) -> String {
    match difference {
        Difference::Gone => "it is gone or was ended there".to_owned(),
        Difference::Locked => "it is locked".to_owned(),
        Difference::Unmarked => "nothing on it says whose it is".to_owned(),
        Difference::Ends(Some(until)) => format!("it ends at {until}"),
        Difference::Ends(None) => "it never ends".to_owned(),
        Difference::Noted(Some(until)) => format!("its recorded end is {until}"),
        Difference::Noted(None) => "it has no recorded end".to_owned(),
        Difference::Added(what) => format!("{} was added", tie(what)),
        Difference::Missing(what) => format!("{} is missing", tie(what)),
    }
}

/// What a principal gives, and to whom.
pub fn ties(ties: &[Tie]) -> String {
    ties.iter().map(tie).collect::<Vec<_>>().join(", ")
}

/// Why sessions that an admin ordered to end are still running.
pub fn kept(why: &SessionsKept) -> String {
    match why {
        SessionsKept::TooLate => {
            "the order was not carried out in time, and by now it would hit other sessions".to_owned()
        }
        SessionsKept::Target(failure) => failure.said.clone(),
    }
}

fn tie(tie: &Tie) -> String {
    match tie {
        Tie::Power(power) => power.clone(),
        Tie::Group(group) => format!("the group {group}"),
        Tie::SetRole(group) => format!("SET ROLE to {group}"),
        Tie::Member(member) => format!("the member {member}"),
    }
}

fn joined(found: impl Iterator<Item = String>, more: u64) -> String {
    let more = (more > 0).then(|| format!("{more} more"));
    found.chain(more).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::access::ids::RequestNumber;
    use crate::access::reconcile::{Held, Judgement, Known, judge};
    use crate::access::time::Timestamp;

    #[test]
    fn every_difference_is_named() {
        let end = Timestamp::from_seconds(1_795_449_909);
        let granted = Held {
            request: Some(RequestNumber(1)),
            until: Some(end),
            noted: Some(end),
            open: true,
            in_session: false,
            gives: BTreeSet::from([Tie::Group("orders_read".to_owned())]),
        };
        let told = |held: Option<Held>| match judge(&Known::Live(granted.clone()), held.as_ref(), end) {
            Judgement::Changed(found) => {
                let told: Vec<String> = found.iter().map(difference).collect();
                told.join("\n")
            }
            other => format!("{other:?}"),
        };
        insta::assert_snapshot!(told(None), @"it is gone or was ended there");
        insta::assert_snapshot!(told(Some(Held {
            until: None,
            noted: Some(Timestamp::from_seconds(1_795_453_509)),
            gives: BTreeSet::from([Tie::Power("CREATEDB".to_owned())]),
            ..granted.clone()
        })), @"
        its recorded end is 2026-11-23 17:05:09 UTC
        it never ends
        CREATEDB was added
        the group orders_read is missing
        ");
        insta::assert_snapshot!(told(Some(Held {
            request: None,
            noted: None,
            open: false,
            ..granted.clone()
        })), @"
        nothing on it says whose it is
        it is locked
        ");
        insta::assert_snapshot!(told(Some(granted.clone())), @"Well");
    }
}
