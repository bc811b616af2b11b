//! Accounts that people already have on a target, as the config names them.

use super::flows::{PersonRef, Policy};
use super::people::Person;

/// Who has which account on one integration, in file order; each account once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(Vec<(PersonRef, String)>);

impl Accounts {
    pub fn new(accounts: Vec<(PersonRef, String)>) -> Self {
        Self(accounts)
    }

    /// The account of `person`: the first that `policy` names for them.
    pub fn of(&self, policy: &Policy, person: &Person) -> Option<&str> {
        let mut theirs = self.0.iter().filter(|(who, _)| policy.stands_for(person, who));
        theirs.next().map(|(_, account)| account.as_str())
    }

    /// Everybody who has an account, in file order.
    pub fn people(&self) -> impl Iterator<Item = &PersonRef> {
        self.0.iter().map(|(person, _)| person)
    }

    /// Every account, in file order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(_, account)| account.as_str())
    }
}
