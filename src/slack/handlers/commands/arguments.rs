//! Parses the arguments of a command. Nothing is guessed: an argument that does not fit is missing.

use crate::access::duration;
use crate::access::ids::RequestNumber;

use super::super::super::encoded::{Word, joined};
use super::super::super::views::red_button::Named;
use super::words::Command;

/// A request's number in the first words, and the words after it: `AR-7`, `ar7`, `7`, `ar 7`.
pub(super) fn number(words: &[Word]) -> Option<(RequestNumber, &[Word])> {
    match words {
        [prefix, digits, rest @ ..] if matches!(prefix.text.to_ascii_lowercase().as_str(), "ar" | "ar-") => {
            Some((digits.text.parse().ok()?, rest))
        }
        [first, rest @ ..] => Some((first.text.parse().ok()?, rest)),
        [] => None,
    }
}

/// Nothing here has a longer name than this.
const LONGEST: usize = 300;

/// `read on orders`, `write orders-db/orders`, and both after a mention.
pub(super) fn why(rest: &[Word]) -> Option<Command> {
    let (of, rest) = match rest {
        [first, rest @ ..] if first.mention.is_some() => (first.mention.clone(), rest),
        rest => (None, rest),
    };
    let (permission, target) = match rest {
        [permission, on, target @ ..] if on.text.eq_ignore_ascii_case("on") => (&permission.text, target),
        [permission, target @ ..] => (&permission.text, target),
        [] => return None,
    };
    let target = joined(target);
    let sensible =
        !permission.starts_with('@') && !target.is_empty() && permission.len() + target.len() < LONGEST;
    sensible.then(|| Command::Why {
        of,
        permission: permission.clone(),
        target,
    })
}

/// Why, in their own words, without a `because` in front.
pub(super) fn because(words: &[Word]) -> Option<String> {
    let words = match words {
        [because, rest @ ..] if because.text.eq_ignore_ascii_case("because") => rest,
        words => words,
    };
    Some(joined(words)).filter(|words| !words.is_empty())
}

/// `@dana laptop was stolen; tell them: call the help desk`.
pub(super) fn block(rest: &[Word]) -> Option<Command> {
    let user = rest.first()?.mention.clone()?;
    let all = reason(rest).unwrap_or_default();
    // Found in the text itself: its lower case may have another length.
    let split = all.char_indices().find(|(at, _)| {
        all[*at..]
            .get(..TELL.len())
            .is_some_and(|part| part.eq_ignore_ascii_case(TELL))
    });
    let told = split.map_or("", |(at, _)| all[at + TELL.len()..].trim());
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Command::Block {
        user,
        // With what they are told: the trail has all of it.
        reason: some(&all),
        told: some(told),
    })
}

/// What follows it is told to a blocked person.
const TELL: &str = "tell them:";

/// The words after the first.
pub(super) fn reason(words: &[Word]) -> Option<String> {
    let rest = joined(words.get(1..).unwrap_or_default());
    Some(rest).filter(|rest| !rest.is_empty())
}

/// `AR-7`, `all @dana laptop was stolen`, or `all on orders-db being moved`.
pub(super) fn revoke(rest: &[Word]) -> Option<Command> {
    let all = match rest {
        [all, rest @ ..] if all.text.eq_ignore_ascii_case("all") => rest,
        _ => {
            let (number, words) = number(rest)?;
            let reason = because(words);
            return Some(Command::Revoke { number, reason });
        }
    };
    let (named, words) = match all {
        [on, name, ..] if on.text.eq_ignore_ascii_case("on") => {
            let name = name.text.clone();
            (Named::Integration { name }, &all[1..])
        }
        [person, ..] => {
            let user = person.mention.clone()?;
            (Named::Person { user }, all)
        }
        [] => return None,
    };
    let reason = reason(words);
    Some(Command::RevokeAll { named, reason })
}

/// `dana@example.com`.
pub(super) fn email(words: &[Word]) -> Option<String> {
    let word = words.first().filter(|word| word.mention.is_none())?;
    word.text.contains('@').then(|| word.text.to_lowercase())
}

/// `AR-7 1h 30m the report is still running`: as many words as form a duration; the rest are the reason.
pub(super) fn extend(rest: &[Word]) -> Option<Command> {
    let (number, rest) = number(rest)?;
    let (added, words) = (1..=rest.len().min(6)).rev().find_map(|count| {
        let (span, words) = rest.split_at(count);
        Some((duration::parse(&joined(span)).ok()?, words))
    })?;
    let words = Some(joined(words)).filter(|words| !words.is_empty());
    Some(Command::Extend { number, added, words })
}
