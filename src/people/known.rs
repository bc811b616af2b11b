//! What a directory last said about people, in memory.

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;

use crate::access::flows::{PersonRef, Policy};
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Person, SlackAccount, Standing};
use crate::access::time::Timestamp;

/// Two people who turned out to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    pub stays: PersonId,
    pub gone: PersonId,
}

/// Everybody who was looked up since the start, and which names in the config were.
#[derive(Default)]
pub struct Known {
    said: Mutex<Said>,
}

#[derive(Default)]
struct Said {
    /// By the account's id.
    people: HashMap<String, Person>,
    /// The IANA names of their time zones, by the account's id.
    zones: HashMap<String, String>,
    /// Names in the config by which nobody is known.
    absent: HashSet<PersonRef>,
    /// Names in the config that the directory was asked about and answered, whatever it said.
    answered: HashSet<PersonRef>,
    /// Addresses that no account has, and when the directory said so.
    nobodys: HashMap<String, Timestamp>,
}

impl Said {
    fn is_complete(&self, policy: &Policy) -> bool {
        let named = policy.named_people();
        named
            .into_iter()
            .all(|reference| self.answered.contains(reference))
    }

    fn facts(&self) -> Facts {
        Facts::new(self.people.values().cloned().collect())
    }
}

impl Known {
    /// Who acts through the account with this id, if it was ever looked up.
    pub fn person(&self, account: &str) -> Option<Person> {
        self.said.lock().people.get(account).cloned()
    }

    /// Whether this account belonged to a full member when it was last looked up.
    pub fn is_member(&self, account: &str) -> bool {
        self.person(account)
            .is_some_and(|person| person.standing == Standing::Member)
    }

    pub fn facts(&self) -> Facts {
        self.said.lock().facts()
    }

    /// The names of some admins, at most `most`.
    pub fn admins(&self, policy: &Policy, most: usize) -> Vec<String> {
        let facts = self.facts();
        let admins = facts.people().iter().filter(|person| policy.is_admin(person));
        admins.take(most).map(|admin| admin.name.clone()).collect()
    }

    /// Whether everybody named in `policy` was looked up since the start.
    pub fn is_complete(&self, policy: &Policy) -> bool {
        self.said.lock().is_complete(policy)
    }

    /// Everybody known, if that is everybody named in `policy`: only then is it certain that nobody is left.
    pub fn complete_facts(&self, policy: &Policy) -> Option<Facts> {
        let said = self.said.lock();
        said.is_complete(policy).then(|| said.facts())
    }

    /// Whether it is known who this name in the config identifies, or that it identifies nobody.
    pub fn was_looked_up(&self, reference: &PersonRef) -> bool {
        let said = self.said.lock();
        said.absent.contains(reference) || said.people.values().any(|person| person.is(reference))
    }

    /// Whether somebody known by `reference` fulfils `wanted`.
    pub fn is_somebody(&self, reference: &PersonRef, wanted: impl Fn(&Person) -> bool) -> bool {
        let said = self.said.lock();
        let mut people = said.people.values();
        people.any(|person| person.is(reference) && wanted(person))
    }

    /// The ids of those accounts of the person `id` that name `account` as another of their ids.
    pub fn ids_beside(&self, id: &PersonId, account: &str) -> Vec<String> {
        let said = self.said.lock();
        let is_this =
            |person: &&Person| person.id == *id && person.other_ids.iter().any(|other| other == account);
        let beside = said.people.values().filter(is_this);
        beside.map(|person| person.account.user.clone()).collect()
    }

    pub fn remember(&self, person: Person) {
        let mut said = self.said.lock();
        said.absent.retain(|reference| !person.is(reference));
        if let Some(email) = &person.email {
            said.nobodys.remove(email);
        }
        said.people.insert(person.account.user.clone(), person);
    }

    /// The account's time zone, by its IANA name, if the directory says one.
    pub fn note_zone(&self, account: &str, zone: Option<String>) {
        let zones = &mut self.said.lock().zones;
        match zone {
            Some(zone) => zones.insert(account.to_owned(), zone),
            None => zones.remove(account),
        };
    }

    /// What [`Self::note_zone`] noted.
    pub fn zone(&self, account: &str) -> Option<String> {
        self.said.lock().zones.get(account).cloned()
    }

    /// The directory says whether any account has this address.
    pub fn note_address(&self, email: &str, has_account: bool, now: Timestamp) {
        let nobodys = &mut self.said.lock().nobodys;
        if has_account {
            nobodys.remove(email);
        } else {
            nobodys.insert(email.to_owned(), now);
        }
    }

    /// When the directory last said that no account has this address; `None` if it has not, or said otherwise since.
    pub fn nobodys_at(&self, email: &str) -> Option<Timestamp> {
        self.said.lock().nobodys.get(email).copied()
    }

    /// The directory was asked about this name in the config, and answered.
    pub fn answered(&self, reference: &PersonRef) {
        self.said.lock().answered.insert(reference.clone());
    }

    /// The directory no longer knows anybody by this name. The person it identified is looked up again before they count.
    pub fn lose(&self, reference: &PersonRef) {
        let mut said = self.said.lock();
        said.people.retain(|_, person| !person.is(reference));
        said.absent.insert(reference.clone());
        said.answered.insert(reference.clone());
    }

    /// An address now identifies another account. The person it identified before loses it at once.
    pub fn forget_address(&self, email: &str) {
        let mut said = self.said.lock();
        said.answered.remove(&PersonRef::Email(email.to_owned()));
        for person in said.people.values_mut() {
            if person.email.as_deref() == Some(email) {
                person.email = None;
            }
        }
    }

    /// A person who turned out to be somebody known longer is known as them from now on.
    pub fn rename(&self, joined: &[Joined]) {
        for person in self.said.lock().people.values_mut() {
            if let Some(joined) = joined.iter().find(|joined| joined.gone == person.id) {
                person.id = joined.stays.clone();
            }
        }
    }

    /// The account belongs to this person from now on.
    pub fn reassign(&self, account: &SlackAccount, id: &PersonId) {
        let mut said = self.said.lock();
        let these = said.people.values_mut().filter(|known| known.account == *account);
        these.for_each(|known| known.id = id.clone());
    }
}
