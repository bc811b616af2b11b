//! How access was used, in words. No word is stronger than what was seen.

use crate::access::usage::{Few, Usage, Used};
use crate::audit::ended::{Sampled, UsedFacts};

use super::event::{Field, field};
use super::phrase::{Phrase, phrase};

/// The word alone, for lists and filters.
pub const fn word(used: Used) -> &'static str {
    match used {
        Used::Never => "never",
        Used::NotSeen => "no use seen",
        Used::Seen => "seen",
        Used::GivenOut => "credentials shown",
    }
}

/// For a cell of a list: the word, and a few words under it.
pub fn brief(usage: &Usage, is_live: bool) -> (&'static str, Phrase) {
    let used = usage.used();
    let sessions = sessions_now(usage).filter(|_| is_live && used != Used::Never);
    if let Some(sessions) = sessions {
        return (word(used), sessions);
    }
    let under = match (used, usage.seen()) {
        (Used::Seen, Some(seen)) => phrase!("last at {}", seen.last),
        (Used::GivenOut, _) => times(usage.shown).into(),
        (Used::Never, _) => "no credentials shown".into(),
        (Used::NotSeen, _) => match &usage.looks {
            Some(looks) => phrase!("at {}", many(looks.count, "look")),
            None => "no look yet".into(),
        },
        (Used::Seen, None) => Phrase::default(),
    };
    (word(used), under)
}

/// In a sentence, without a full stop.
pub(super) fn sentence(used: &UsedFacts) -> Phrase {
    let seen = used.sampled.as_ref().and_then(|sampled| {
        let (first, last) = sampled.first_seen_at.zip(sampled.last_seen_at)?;
        Some((sampled, first, last))
    });
    if let Some((sampled, first, last)) = seen {
        let most = many(sampled.most_at_once, "session");
        return if first == last {
            phrase!("seen at {}, {}{}", first, most, sampled_in(sampled))
        } else {
            phrase!(
                "first seen at {}, last at {}, at most {} at once{}",
                first,
                last,
                most,
                sampled_in(sampled)
            )
        };
    }
    let Some(last_shown_at) = used.last_shown_at else {
        return "never: no credentials were shown".into();
    };
    match (&used.sampled, used.shows_sessions) {
        (Some(sampled), _) => phrase!("no use seen: no session at {}", looks(sampled)),
        (None, true) => "no use seen, but there was no look at the target".into(),
        (None, false) => phrase!(
            "credentials shown {}, last at {}; the target does not tell who uses them",
            times(used.shown),
            last_shown_at
        ),
    }
}

/// ` (sampled: 12 looks until ...)`.
fn sampled_in(sampled: &Sampled) -> Phrase {
    phrase!(" (sampled: {})", looks(sampled))
}

fn looks(sampled: &Sampled) -> Phrase {
    if sampled.looks == 1 {
        return phrase!("1 look, at {}", sampled.last_look_at);
    }
    phrase!(
        "{} looks, {} to {}",
        sampled.looks,
        sampled.first_look_at,
        sampled.last_look_at
    )
}

fn times(count: u32) -> String {
    if count == 1 {
        "once".to_owned()
    } else {
        format!("{count} times")
    }
}

fn many(count: u32, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}

/// The line about it where a request is shown.
pub fn used(usage: &Usage) -> Field {
    field("Used", sentence(&UsedFacts::from(usage)))
}

/// Of live access: how many sessions there were at the last look; `None` if that is not known.
pub fn sessions_now(usage: &Usage) -> Option<Phrase> {
    let looks = usage.looks.as_ref()?;
    let sessions = many(looks.sessions, "session");
    Some(phrase!("{} at {}", sessions, looks.last))
}

/// Where sessions came from, and what their applications called themselves, as far as that is known.
pub fn traces(usage: &Usage) -> Vec<Field> {
    let Some(looks) = &usage.looks else {
        return Vec::new();
    };
    let traces = [("From", &looks.addresses), ("Applications", &looks.applications)];
    let known = traces.into_iter().filter(|(_, few)| !few.kept.is_empty());
    known.map(|(label, few)| field(label, some_of(few))).collect()
}

fn some_of(few: &Few) -> String {
    let more = if few.more { " and more" } else { "" };
    format!("{}{more}", few.kept.join(", "))
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::access::time::Timestamp;
    use crate::access::usage::{Looks, Sessions, Tells};

    fn usage(shown: u32, tells: Tells, looks: &[(i64, u32)]) -> Usage {
        let at = |minute: i64| Timestamp::from_seconds(1_793_491_200 + minute * 60);
        let mut usage = Usage {
            shown,
            shown_at: (shown > 0).then(|| at(0)),
            ..Usage::none(tells)
        };
        for (minute, count) in looks {
            let found = Sessions {
                count: *count,
                ..Sessions::default()
            };
            usage.add(&Looks::at(at(*minute), &found));
        }
        usage
    }

    fn said(shown: u32, tells: Tells, looks: &[(i64, u32)]) -> String {
        let usage = usage(shown, tells, looks);
        let (word, under) = brief(&usage, false);
        format!("{word} | {} | {}", under.plain(), used(&usage).value.plain())
    }

    #[test]
    fn each_word_says_how_it_is_known() {
        let (sessions, credentials) = (Tells::Sessions, Tells::Credentials);
        assert_snapshot!(said(0, sessions, &[]), @"never | no credentials shown | never: no credentials were shown");
        assert_snapshot!(said(0, sessions, &[(1, 0)]), @"never | no credentials shown | never: no credentials were shown");
        assert_snapshot!(said(1, sessions, &[]), @"no use seen | no look yet | no use seen, but there was no look at the target");
        assert_snapshot!(said(1, sessions, &[(1, 0)]), @"no use seen | at 1 look | no use seen: no session at 1 look, at 2026-11-01 00:01:00 UTC");
        assert_snapshot!(said(2, sessions, &[(1, 0), (3, 0)]), @"no use seen | at 2 looks | no use seen: no session at 2 looks, 2026-11-01 00:01:00 UTC to 2026-11-01 00:03:00 UTC");
        assert_snapshot!(said(1, sessions, &[(1, 1)]), @"seen | last at 2026-11-01 00:01:00 UTC | seen at 2026-11-01 00:01:00 UTC, 1 session (sampled: 1 look, at 2026-11-01 00:01:00 UTC)");
        assert_snapshot!(said(1, sessions, &[(1, 1), (3, 2), (5, 0)]), @"seen | last at 2026-11-01 00:03:00 UTC | first seen at 2026-11-01 00:01:00 UTC, last at 2026-11-01 00:03:00 UTC, at most 2 sessions at once (sampled: 3 looks, 2026-11-01 00:01:00 UTC to 2026-11-01 00:05:00 UTC)");
        assert_snapshot!(said(0, credentials, &[]), @"never | no credentials shown | never: no credentials were shown");
        assert_snapshot!(said(1, credentials, &[]), @"credentials shown | once | credentials shown once, last at 2026-11-01 00:00:00 UTC; the target does not tell who uses them");
        let live = |counts: &[(i64, u32)]| brief(&usage(1, sessions, counts), true).1.plain();
        assert_snapshot!(live(&[(1, 2), (3, 1)]), @"1 session at 2026-11-01 00:03:00 UTC");
        assert_snapshot!(live(&[(1, 0)]), @"0 sessions at 2026-11-01 00:01:00 UTC");
        assert_snapshot!(said(3, credentials, &[]), @"credentials shown | 3 times | credentials shown 3 times, last at 2026-11-01 00:00:00 UTC; the target does not tell who uses them");
    }
}
