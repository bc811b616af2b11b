//! Answers to an admin who blocks, freezes, or accepts an address or an account.

use crate::access::people::{AccountKind, Person};
use crate::audit::event::PersonFacts;
use crate::store::{KnownPerson, PortalIdentity};
use crate::usecases::limits::Braked;

use super::text::{clean, escape, shorten_middle};

/// As much of an issuer's name for an account as is shown.
const SUBJECT: usize = 24;

pub const NOBODY: &str = "Slack does not know that person, so nothing was changed.";

pub fn blocked(whom: &KnownPerson, done: Braked) -> String {
    let name = escape(&whom.name);
    match done {
        Braked::WasSo => format!("{name} is already blocked."),
        Braked::Done { ended: 0 } => {
            format!("{name} is blocked. They had no open requests and no live access.")
        }
        Braked::Done { ended: 1 } => format!("{name} is blocked. One request or live grant of theirs ends."),
        Braked::Done { ended } => {
            format!("{name} is blocked. {ended} of their requests and live grants end.")
        }
    }
}

/// To the person who was blocked; `told` is what the admin wrote for them.
pub fn you_are_blocked(told: Option<&str>) -> String {
    let told = told.map_or_else(String::new, |told| {
        format!("\nThe admin says: {}", escape(&clean(told)))
    });
    format!(
        "🚫 An admin blocked you here. All your access is being revoked, and you cannot request or decide anything until an admin unblocks you.{told}"
    )
}

pub fn unblocked(whom: &KnownPerson, done: Braked) -> String {
    let name = escape(&whom.name);
    match done {
        Braked::WasSo => format!("{name} is not blocked."),
        Braked::Done { .. } => format!("{name} can request and decide again. What was ended stays ended."),
    }
}

pub fn frozen(integration: &str, done: Braked) -> String {
    match done {
        Braked::WasSo => format!("{integration} is already frozen."),
        Braked::Done { .. } => format!(
            "{integration} is frozen: nothing new can be requested or granted on it. Live access stays and ends on time. `/apono thaw {integration}` undoes this."
        ),
    }
}

pub fn thawed(integration: &str, done: Braked) -> String {
    match done {
        Braked::WasSo => format!("{integration} is not frozen."),
        Braked::Done { .. } => {
            format!("{integration} is thawed: access can be requested and is granted again.")
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
        "No full member of the workspace currently has the confirmed address {}.",
        escape(&clean(email))
    )
}

pub fn address_stands(email: &str, holder: &Person) -> String {
    format!("{} already identifies {}.", escape(email), who(holder))
}

pub fn address_accepted(email: &str, holder: &Person) -> String {
    format!(
        "{} now identifies {}, and nobody else.",
        escape(email),
        who(holder)
    )
}

/// `waiting` is the account of an issuer that is theirs from now on.
pub fn identity_accepted(waiting: &PortalIdentity, holder: &PersonFacts) -> String {
    format!(
        "{} now signs in to the portal with the account {} of {}, and with no other account of it.",
        signs_in(holder),
        foreign(&waiting.subject),
        foreign(&waiting.issuer)
    )
}

/// The accounts of issuers that wait for an admin; `code` is one that none of them has.
pub fn identities_wait(holder: &PersonFacts, waiting: &[PortalIdentity], code: Option<&str>) -> String {
    let wrong = code.map_or_else(String::new, |code| {
        format!("No waiting account has the code \"{}\". ", escape(&clean(code)))
    });
    let wait = match waiting.len() {
        0 => {
            return format!(
                "{wrong}No account is waiting to sign in to the portal as {}.",
                signs_in(holder)
            );
        }
        1 => "An account is waiting".to_owned(),
        count => format!("{count} accounts are waiting"),
    };
    let lines = waiting.iter().map(|waiting| {
        format!(
            "• {} of {}: `/apono accept {} {}`",
            foreign(&shorten_middle(&clean(&waiting.subject), SUBJECT)),
            foreign(&waiting.issuer),
            foreign(&waiting.email),
            waiting.code()
        )
    });
    format!(
        "{wrong}{wait} to sign in to the portal as {}. Ask them which account is theirs, then run its command:\n{}",
        signs_in(holder),
        lines.collect::<Vec<_>>().join("\n")
    )
}

/// What an issuer says, in one line with a command: a backtick would end the command, or begin another one.
fn foreign(text: &str) -> String {
    escape(&clean(text)).replace('`', "'")
}

/// Who signs in to the portal.
fn signs_in(holder: &PersonFacts) -> String {
    match holder.account.kind {
        AccountKind::Slack => format!("{} ({})", escape(&holder.name), holder.account.id),
        AccountKind::Issuer => escape(&holder.named()),
    }
}

fn who(holder: &Person) -> String {
    format!("{} ({})", escape(&holder.name), holder.account.user)
}
