//! One form can ask for units of several flows; each flow's units become a request of their own.

use crate::access::flows::Policy;
use crate::access::matching::first_match;
use crate::access::people::{Facts, Person};
use crate::access::policy::{Ask, Moment, Refusal, Verdict, decide};
use crate::access::request::Unit;
use crate::access::time::Timestamp;

use super::UseCaseError;
use crate::access::request::MAX_UNITS;

/// The units of one future request, and what the policy says about them.
#[derive(Debug)]
pub struct Draft<'p> {
    pub units: Vec<Unit>,
    pub verdict: Verdict<'p>,
}

/// What a form asks for, before it is split.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    pub integration: &'a str,
    pub units: &'a [Unit],
    /// `None` while the form is still being filled in.
    pub duration: Option<std::time::Duration>,
}

/// Groups the units by their flow, in the order of the units, and decides each group.
pub fn split<'p>(
    policy: &'p Policy,
    facts: &Facts,
    person: &Person,
    wish: Wish<'_>,
    moment: Moment,
    now: Timestamp,
) -> Result<Vec<Draft<'p>>, UseCaseError> {
    let mut groups: Vec<(&str, Vec<Unit>)> = Vec::new();
    for unit in wish.units {
        let flow = first_match(policy, person, wish.integration, unit);
        // A unit without a flow is on its own, so `decide` says which one it is.
        let name = flow.map_or("", |flow| flow.name.as_str());
        match groups.iter_mut().find(|(other, _)| *other == name) {
            Some((_, units)) => units.push(unit.clone()),
            None => groups.push((name, vec![unit.clone()])),
        }
    }
    groups
        .into_iter()
        .map(|(_, units)| {
            if units.len() > MAX_UNITS {
                return Err(UseCaseError::TooManyUnits);
            }
            let ask = Ask {
                requester: &person.id,
                grantee: &person.id,
                integration: wish.integration,
                units: &units,
                duration: wish.duration,
                moment,
            };
            let verdict = decide(policy, facts, &ask, now)
                .map_err(|refusal: Refusal| UseCaseError::Refused(refusal))?;
            Ok(Draft { units, verdict })
        })
        .collect()
}
