//! Which events a sink gets.

use crate::audit::event::Event;
use crate::audit::name::NAMES;
use crate::audit::wanted::Family;
use crate::document::{Document, Section, Value, suggestion};

/// Only events for which all of these are true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Names of kinds and of families; empty: every kind.
    pub kinds: Vec<String>,
    /// About one of these; empty: about any or none.
    pub integrations: Vec<String>,
}

impl Wanted {
    /// Whether it lets everything through.
    pub fn is_everything(&self) -> bool {
        self.kinds.is_empty() && self.integrations.is_empty()
    }

    pub fn lets_through(&self, event: &Event) -> bool {
        let what = &event.what;
        let is_kind = |wanted: &String| wanted == what.name() || wanted == what.family().name();
        (self.kinds.is_empty() || self.kinds.iter().any(is_kind))
            && (self.integrations.is_empty()
                || event
                    .integration()
                    .is_some_and(|name| self.integrations.contains(name)))
    }
}

/// Reads `events` and `integrations`.
pub(super) fn read(section: &Section<'_>) -> Wanted {
    let doc = section.doc;
    let instead = "name at least one, or leave the line out to send all";
    Wanted {
        kinds: section.or("events", Vec::new(), |v| {
            doc.full_list(v, instead, |item| doc.kind_of_event(item))
        }),
        integrations: section.or("integrations", Vec::new(), |v| {
            doc.full_list(v, instead, |item| doc.name(item).map(str::to_owned))
        }),
    }
}

impl<'a> Document<'a> {
    fn kind_of_event(&self, value: &'a Value<'a>) -> Option<String> {
        let name = self.text(value)?;
        let known = || Family::ALL.map(Family::name).into_iter().chain(NAMES);
        if known().any(|known| known == name) {
            return Some(name.to_owned());
        }
        let problem = format!("There is no kind of event {name:?}{}", suggestion(name, known()));
        self.problem(value.span(), problem);
        None
    }
}
