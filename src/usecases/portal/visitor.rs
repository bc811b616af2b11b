//! Who is signed in, and what follows from that.

use super::super::look::Onlooker;
use super::super::{Core, person_facts};
use crate::access::ids::PersonId;
use crate::access::people::{ByRole, Person};
use crate::audit::event::PersonFacts;

/// Whoever is signed in: what they may do follows from which of the two they are.
#[derive(Clone, Debug)]
pub enum Visitor {
    /// A person with an account in the directory.
    Person(Person),
    /// Somebody without one, who can read and nothing else.
    ByRole(ByRole),
}

impl Visitor {
    pub const fn id(&self) -> &PersonId {
        match self {
            Self::Person(person) => &person.id,
            Self::ByRole(reader) => &reader.id,
        }
    }

    /// As the trail records them.
    pub fn facts(&self) -> PersonFacts {
        match self {
            Self::Person(person) => person_facts(person),
            Self::ByRole(reader) => reader.into(),
        }
    }

    /// What they may read, according to the present policy.
    pub fn onlooker(&self, core: &Core) -> Onlooker {
        match self {
            Self::Person(person) => Onlooker::of(core, person),
            Self::ByRole(reader) => Onlooker::by_role(core, reader),
        }
    }
}
