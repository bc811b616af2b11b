//! What is unusual about how people ask and answer.

use std::time::Duration;

use crate::access::anomaly::{Kind, NIGHTS, QUICK, SIMILAR};
use crate::access::duration::spoken;
use crate::audit::anomaly::Anomaly;

use super::event::{Place, Told, Weight};
use super::phrase::{Phrase, phrase};

/// How long a day is.
const DAY: Duration = Duration::from_hours(24);

pub(super) fn told<'a>(anomaly: &Anomaly) -> Told<'a> {
    let rests_on = anomaly.rests_on.iter().map(|seq| format!("#{seq}"));
    let rests_on = rests_on.collect::<Vec<_>>().join(", ");
    let others = anomaly.others.iter().map(|number| phrase!("{}", *number));
    let others = (!anomaly.others.is_empty()).then(|| Phrase::joined(others, ", "));
    Told::new("🚩", word(anomaly.kind), headline(anomaly))
        .field("Integration", &anomaly.integration)
        .field_if("Other requests", others)
        .field("Rests on events", rests_on.as_str())
        .weighs(Weight::Message)
        .place(Place::Alone)
}

const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::ApprovedAfterRejection => "APPROVED AFTER REJECTION",
        Kind::AfterSilence => "AFTER SILENCE",
        Kind::ManyAtNight => "MANY AT NIGHT",
        Kind::SelfSimilar => "SELF SIMILAR",
        Kind::QuickApprover => "QUICK APPROVER",
        Kind::NewResource => "NEW RESOURCE",
        Kind::RefusalsInARow => "REFUSALS IN A ROW",
    }
}

fn headline(anomaly: &Anomaly) -> Phrase {
    let (person, request) = (&anomaly.person, anomaly.request);
    let count = anomaly.count.to_string();
    match anomaly.kind {
        Kind::ApprovedAfterRejection => {
            let before = anomaly.others.first().copied().unwrap_or(request);
            phrase!(
                "{} was approved by {}; {}, which asked for the same, was rejected",
                request,
                person,
                before
            )
        }
        Kind::AfterSilence => phrase!(
            "{} is the first request of {} after {} days",
            request,
            person,
            count
        ),
        Kind::ManyAtNight => {
            let within = (NIGHTS.0.as_secs() / DAY.as_secs()).to_string();
            phrase!(
                "{} made {} requests at night within {} days, the last is {}",
                person,
                count,
                within,
                request
            )
        }
        Kind::SelfSimilar => {
            let within = spoken(SIMILAR.0);
            phrase!(
                "{} made {} requests with the same words within {}, the last is {}",
                person,
                count,
                within,
                request
            )
        }
        Kind::QuickApprover => {
            let within = spoken(QUICK);
            phrase!(
                "{} approved {} requests in a row, each within {}, the last is {}",
                person,
                count,
                within,
                request
            )
        }
        Kind::NewResource => {
            let resource = anomaly.resource.clone().unwrap_or_default();
            phrase!(
                "{} asks for {}, which {} never asked for before",
                request,
                resource,
                person
            )
        }
        Kind::RefusalsInARow => {
            phrase!(
                "{} requests of {} in a row were rejected, the last is {}",
                count,
                person,
                request
            )
        }
    }
}
