//! What an admin reads who blocks, freezes, or accepts an address.

use crate::access::people::Person;
use crate::store::KnownPerson;
use crate::usecases::limits::Braked;

use super::text::{clean, escape};

pub const NOBODY: &str = "Slack knows no such person, so nothing was changed.";

pub fn blocked(whom: &KnownPerson, done: Braked) -> String {
    let name = escape(&whom.name);
    match done {
        Braked::WasSo => format!("{name} is blocked already."),
        Braked::Done { ended: 0 } => {
            format!("{name} is blocked. They had no open request and no live access.")
        }
        Braked::Done { ended: 1 } => format!("{name} is blocked. One request or live access of theirs ends."),
        Braked::Done { ended } => {
            format!("{name} is blocked. {ended} requests and live grants of theirs end.")
        }
    }
}

pub fn unblocked(whom: &KnownPerson, done: Braked) -> String {
    let name = escape(&whom.name);
    match done {
        Braked::WasSo => format!("{name} is not blocked."),
        Braked::Done { .. } => format!("{name} may ask and decide again. What ended stays ended."),
    }
}

pub fn frozen(integration: &str, done: Braked) -> String {
    match done {
        Braked::WasSo => format!("{integration} is frozen already."),
        Braked::Done { .. } => format!(
            "{integration} is frozen: nothing new is asked for or granted on it. Live access stays and ends on time. `/apono thaw {integration}` undoes this."
        ),
    }
}

pub fn thawed(integration: &str, done: Braked) -> String {
    match done {
        Braked::WasSo => format!("{integration} is not frozen."),
        Braked::Done { .. } => {
            format!("{integration} is thawed: access can be asked for and is granted again.")
        }
    }
}

pub fn no_such_integration(name: &str, nearest: Option<&str>) -> String {
    let name = escape(&clean(name));
    match nearest {
        Some(nearest) => format!("There is no integration \"{name}\". Did you mean \"{nearest}\"?"),
        None => format!("There is no integration \"{name}\"."),
    }
}

pub fn address_not_named(email: &str) -> String {
    format!(
        "The config does not name {}, so there is nothing to accept.",
        escape(&clean(email))
    )
}

pub fn address_of_nobody(email: &str) -> String {
    format!(
        "No full member of the workspace has the confirmed address {} now.",
        escape(&clean(email))
    )
}

pub fn address_stands(email: &str, holder: &Person) -> String {
    format!("{} stands for {} already.", escape(email), who(holder))
}

pub fn address_accepted(email: &str, holder: &Person) -> String {
    format!(
        "{} stands for {} from now on, and for nobody else.",
        escape(email),
        who(holder)
    )
}

fn who(holder: &Person) -> String {
    format!("{} ({})", escape(&holder.name), holder.account.user)
}
