//! What follows the first word of a command, read. Nothing is guessed: what does not fit is missing.

use crate::access::duration;
use crate::access::ids::RequestNumber;

use super::super::super::views::red_button::Named;
use super::words::Command;

/// A request's number in the first words, and the words after it: `AR-7`, `ar7`, `7`, `ar 7`.
pub(super) fn number<'r, 'w>(words: &'r [&'w str]) -> Option<(RequestNumber, &'r [&'w str])> {
    match words {
        [prefix, digits, rest @ ..] if matches!(prefix.to_ascii_lowercase().as_str(), "ar" | "ar-") => {
            Some((digits.parse().ok()?, rest))
        }
        [first, rest @ ..] => Some((first.parse().ok()?, rest)),
        [] => None,
    }
}

/// Longer names than this are none that anything here has.
const LONGEST: usize = 300;

/// `read on orders`, `write orders-db/orders`, and both after a mention.
pub(super) fn why(rest: &[&str]) -> Option<Command> {
    let (of, rest) = match rest {
        [first, rest @ ..] if first.starts_with("<@") => (Some(mentioned(first)?), rest),
        rest => (None, rest),
    };
    let (permission, target) = match rest {
        [permission, on, target @ ..] if on.eq_ignore_ascii_case("on") => (permission, target),
        [permission, target @ ..] => (permission, target),
        [] => return None,
    };
    let target = target.join(" ");
    let sensible =
        !permission.starts_with('@') && !target.is_empty() && permission.len() + target.len() < LONGEST;
    sensible.then(|| Command::Why {
        of,
        permission: (*permission).to_owned(),
        target,
    })
}

/// Slack's own are half as long.
const LONGEST_ID: usize = 30;

/// The user id of `<@U0DANA|dana>`, as Slack writes a mention.
pub(super) fn mentioned(word: &str) -> Option<String> {
    let inside = word.strip_prefix("<@")?.strip_suffix('>')?;
    let id = inside.split('|').next()?;
    let sound = (2..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    sound.then(|| id.to_owned())
}

/// The words after the first.
pub(super) fn reason(words: &[&str]) -> Option<String> {
    let rest = words.get(1..).unwrap_or_default().join(" ");
    Some(rest).filter(|rest| !rest.is_empty())
}

/// `AR-7`, `all @dana laptop was stolen`, or `all on orders-db being moved`.
pub(super) fn revoke(rest: &[&str]) -> Option<Command> {
    let all = match rest {
        [all, rest @ ..] if all.eq_ignore_ascii_case("all") => rest,
        _ => return number(rest).map(|(number, _)| Command::Revoke { number }),
    };
    let (named, words) = match all {
        [on, name, ..] if on.eq_ignore_ascii_case("on") => {
            let name = (*name).to_owned();
            (Named::Integration { name }, &all[1..])
        }
        [person, ..] => {
            let user = mentioned(person)?;
            (Named::Person { user }, all)
        }
        [] => return None,
    };
    let reason = reason(words);
    Some(Command::RevokeAll { named, reason })
}

/// `dana@example.com`, or `<mailto:dana@example.com|dana@example.com>`, which is what Slack makes of it.
pub(super) fn email(words: &[&str]) -> Option<String> {
    let word = words.first()?;
    let plain = word
        .strip_prefix("<mailto:")
        .and_then(|inside| inside.strip_suffix('>'))
        .and_then(|inside| inside.split('|').next())
        .unwrap_or(word);
    plain.contains('@').then(|| plain.to_lowercase())
}

/// `AR-7 1h 30m the report is still running`: as many words as make a duration, and the rest are their own.
pub(super) fn extend(rest: &[&str]) -> Option<Command> {
    let (number, rest) = number(rest)?;
    let (added, words) = (1..=rest.len().min(4)).rev().find_map(|count| {
        let (span, words) = rest.split_at(count);
        Some((duration::parse(&span.join(" ")).ok()?, words))
    })?;
    let words = Some(words.join(" ")).filter(|words| !words.is_empty());
    Some(Command::Extend { number, added, words })
}
