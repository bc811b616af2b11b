//! The people of the made-up history: the cast, and colleagues of theirs.

use slack_simulator::{Person, World};

/// What the config makes of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Part {
    Admin,
    Auditor,
    /// In the group `sre`, which approves.
    OnCall,
    Developer,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Someone {
    pub(super) user: String,
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) part: Part,
}

/// The first ones, by user, handle and name.
const FIRST: [(&str, &str, &str, Part); 12] = [
    ("U0ADA", "ada", "Ada Lind", Part::Admin),
    ("U0SAM", "sam", "Sam Reyes", Part::Auditor),
    ("U0OMAR", "omar", "Omar Khan", Part::OnCall),
    ("U0PRIYA", "priya", "Priya Shah", Part::OnCall),
    ("U0DANA", "dana", "Dana Ito", Part::Developer),
    ("U0EVE", "eve", "Eve Moss", Part::Developer),
    ("U0NILS", "nils", "Nils Berg", Part::Developer),
    ("U0AMARA", "amara", "Amara Obi", Part::OnCall),
    ("U0LENA", "lena", "Lena Fischer", Part::Developer),
    ("U0TOMAS", "tomas", "Tomás Vidal", Part::Developer),
    ("U0YUKI", "yuki", "Yuki Tanaka", Part::Developer),
    ("U0JONAS", "jonas", "Jonas Lund", Part::Developer),
];

const GIVEN: [&str; 19] = [
    "Aino", "Bram", "Chidi", "Daria", "Emil", "Farah", "Goran", "Hana", "Ines", "Jalil", "Kaja", "Luca",
    "Mei", "Noor", "Oskar", "Petra", "Rafael", "Sofia", "Theo",
];

const FAMILY: [&str; 17] = [
    "Adler", "Bauer", "Costa", "Dahl", "Ekman", "Ferrari", "Gruber", "Haddad", "Ivanov", "Jansen",
    "Kowalski", "Larsen", "Moreau", "Novak", "Okafor", "Park", "Rossi",
];

/// One in so many of the others is on call.
const ON_CALL: usize = 6;

/// `count` people.
pub(in super::super) fn crowd(count: u16) -> Vec<Someone> {
    let first = FIRST.into_iter().map(|(user, handle, name, part)| Someone {
        user: user.to_owned(),
        handle: handle.to_owned(),
        name: name.to_owned(),
        part,
    });
    // The lengths have no common divisor, so no pair comes twice.
    let others = (0..).map(|index: usize| {
        let (given, family) = (GIVEN[index % GIVEN.len()], FAMILY[index % FAMILY.len()]);
        Someone {
            user: format!("U0MORE{index:03}"),
            handle: format!("{given}.{family}").to_lowercase(),
            name: format!("{given} {family}"),
            part: if index % ON_CALL == ON_CALL - 1 {
                Part::OnCall
            } else {
                Part::Developer
            },
        }
    });
    first.chain(others).take(count.into()).collect()
}

impl Someone {
    pub(super) fn email(&self) -> String {
        format!("{}@example.com", self.handle)
    }
}

/// Adds those to the workspace who are not there yet.
pub(in super::super) fn hire(world: &mut World, crowd: &[Someone]) {
    for someone in crowd {
        if world.person(&someone.user).is_none() {
            let (user, handle) = (&someone.user, &someone.handle);
            world.add_person(Person::member(user, handle, &someone.name, &someone.email()));
            world.join("general", user);
        }
    }
}

/// The addresses of everybody who plays `part`, as a list in the config has them.
pub(in super::super) fn listed(crowd: &[Someone], part: Part) -> String {
    let emails = crowd.iter().filter(|someone| someone.part == part);
    let quoted: Vec<String> = emails.map(|someone| format!("{:?}", someone.email())).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_there_twice() {
        let crowd = crowd(300);
        let users: BTreeSet<_> = crowd.iter().map(|someone| &someone.user).collect();
        let handles: BTreeSet<_> = crowd.iter().map(|someone| &someone.handle).collect();
        assert_eq!((users.len(), handles.len()), (300, 300));
    }
}
