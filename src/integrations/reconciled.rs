//! How often a target is compared with what was granted, and what happens when live access was changed there.

use std::time::Duration;

use crate::access::reconcile::Drift;
use crate::document::{Document, Section, Value, suggestion};

const EVERY: Duration = Duration::from_mins(2);

/// Each check reads all live access from the target and the database.
const MOST_OFTEN: Duration = Duration::from_secs(10);

/// `reconcile` and `reconcile_every` of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reconciled {
    pub drift: Drift,
    pub every: Duration,
}

pub(crate) fn read(section: &Section<'_>) -> Reconciled {
    Reconciled {
        drift: section.or("reconcile", Drift::default(), |v| section.doc.drift(v)),
        every: section.or("reconcile_every", EVERY, |v| {
            let every = section.doc.duration(v)?;
            if every < MOST_OFTEN {
                let problem = "Each check reads all live access from the target; write 10s or more.";
                section.doc.problem(v.span(), problem);
                return None;
            }
            Some(every)
        }),
    }
}

impl<'a> Document<'a> {
    fn drift(&self, value: &'a Value<'a>) -> Option<Drift> {
        let name = self.text(value)?;
        let drift = Drift::ALL.into_iter().find(|drift| drift.name() == name);
        if drift.is_none() {
            let known = Drift::ALL.map(Drift::name);
            self.problem(
                value.span(),
                format!(
                    "Unknown reconcile {name:?}{}",
                    suggestion(name, known.into_iter())
                ),
            );
        }
        drift
    }
}
