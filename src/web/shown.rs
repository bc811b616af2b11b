//! Values as pages show them: with the words that Slack shows, and the markup of a page.
//!
//! Invariant: what people and targets wrote is escaped here, and without characters that nobody sees.

use std::fmt;

use askama::filters::HtmlSafe;

use super::{paths, zone};

use crate::access::clean::escaped;
use crate::access::duration::spoken;
use crate::access::request::{RejectCause, State};
use crate::access::time::Timestamp;
use crate::telling::links::{Part, parts};
use crate::telling::wording::minutes;
use crate::telling::{Phrase, Span};

/// A piece of a page, which is not escaped again.
#[derive(Clone, Debug)]
pub(super) struct Shown(String);

impl HtmlSafe for Shown {}

impl Shown {
    /// Markup of ours, in which everything else is escaped.
    pub(super) fn markup(markup: String) -> Self {
        Self(markup)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What somebody wrote.
pub(super) fn text(text: &str) -> Shown {
    Shown(escaped(text))
}

/// The same, with links to these hosts.
pub(super) fn linked(words: &str, hosts: &[String]) -> Shown {
    let parts = parts(words, hosts).into_iter().map(|part| match part {
        Part::Text(words) => text(words),
        Part::Link(url) => link(url, url),
    });
    joined(parts, "")
}

/// What somebody wrote, as a link.
pub(super) fn link(path: &str, words: &str) -> Shown {
    Shown(format!("<a href=\"{}\">{}</a>", text(path), text(words)))
}

/// Several of these, with `between` in between.
pub(super) fn joined(parts: impl IntoIterator<Item = Shown>, between: &str) -> Shown {
    let parts: Vec<String> = parts.into_iter().map(|part| part.0).collect();
    Shown(parts.join(between))
}

/// A sentence of ours, word for word as Slack shows it, with links to requests.
pub(super) fn phrase(phrase: impl Into<Phrase>) -> Shown {
    sentence(&phrase.into(), false)
}

/// The same with links to people, for readers who find their pages.
pub(super) fn phrase_with_people(phrase: impl Into<Phrase>) -> Shown {
    sentence(&phrase.into(), true)
}

fn sentence(phrase: &Phrase, has_people: bool) -> Shown {
    let spans = phrase.spans().iter().map(|span| match span {
        Span::Text(words) => text(words).0,
        Span::Clock(at) => timed(*at, &zone::clock(*at)),
        Span::Time(at) => timed(*at, &zone::time(*at)),
        Span::Code(words) => code(words).0,
        Span::Request(number) => format!("<a href=\"/requests/{number}\">{number}</a>"),
        // Who has no account in Slack has no page.
        Span::Person(person) | Span::InFull(person) if has_people && person.account.issuer.is_none() => {
            link(&paths::person(&person.account.id), &span.plain()).0
        }
        Span::Person(_) | Span::InFull(_) | Span::Duration(_) => text(&span.plain()).0,
    });
    Shown(spans.collect())
}

/// A name exactly as a machine writes it.
pub(super) fn code(code: &str) -> Shown {
    Shown(format!("<code>{}</code>", text(code)))
}

/// `2026-11-23 16:05:09 UTC`, or in the reader's zone.
pub(super) fn time(at: Timestamp) -> Shown {
    Shown(timed(at, &zone::time(at)))
}

/// The same without its element, where a page has so many that they would be a tenth of it.
pub(super) fn bare_time(at: Timestamp) -> Shown {
    text(&zone::time(at))
}

fn timed(at: Timestamp, words: &str) -> String {
    format!("<time datetime=\"{}\">{words}</time>", at.to_rfc3339())
}

/// `28 min left`; nothing once it is over.
pub(super) fn left(until: Timestamp, now: Timestamp) -> Option<String> {
    let left = until.since(now);
    (!left.is_zero()).then(|| format!("{} left", minutes(left)))
}

/// How long something lasts.
pub(super) fn span(span: std::time::Duration) -> String {
    spoken(span)
}

/// The state of a request: a shape, a word and a colour, of which each alone suffices. The shapes are on every page.
pub(super) fn state(state: State) -> Shown {
    let (class, shape) = match state {
        State::Pending => ("wait", "ring"),
        State::Approved => ("wait", "half"),
        State::Granted => ("good", "disc"),
        State::Revoking(_) => ("wait", "dots"),
        State::Expired | State::Revoked(_) | State::Cancelled | State::Rejected(RejectCause::Lapsed) => {
            ("over", "square")
        }
        State::Rejected(_) => ("over", "cross"),
        State::Failed(_) => ("bad", "triangle"),
    };
    let word = match state {
        // Nobody rejected it.
        State::Rejected(RejectCause::Lapsed) => "Lapsed",
        state => state.word(),
    };
    Shown(format!(
        "<span class=\"state {class}\"><svg width=\"12\" height=\"12\" aria-hidden=\"true\"><use href=\"#s-{shape}\"/></svg>{word}</span>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_wrote_is_no_markup_and_hides_nothing() {
        let shown = text("<img src=x onerror=\"alert('1')\">\u{202e}txt.exe\u{200b}").0;
        assert_eq!(
            shown,
            "&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;txt.exe"
        );
    }

    proptest! {
        #[test]
        fn nothing_breaks_out_of_its_place(words in ".*") {
            let shown = text(&words).0;
            prop_assert!(!shown.contains(['<', '>', '"', '\'']));
        }
    }
}
