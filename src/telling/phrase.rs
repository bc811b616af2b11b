//! A phrase made of typed spans, so a face can turn a person into a mention, a time into a date in the reader's time zone, and a
//! request into a link. [`Phrase::plain`] is the same as plain text.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::access::ids::RequestNumber;
use crate::access::time::Timestamp;
use crate::audit::event::PersonFacts;

use super::wording;

/// A part of a phrase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    Text(String),
    /// A person in a sentence: `Dana Ito (dana@example.com)`.
    Person(PersonFacts),
    /// A person with everything known about them: `Dana Ito (dana@example.com, U0DANA)`.
    InFull(PersonFacts),
    /// A time of day, if that cannot mislead: `16:05 UTC`.
    Clock(Timestamp),
    Time(Timestamp),
    Duration(Duration),
    /// A name exactly as a machine writes it.
    Code(String),
    /// A link, if the face has links.
    Request(RequestNumber),
}

/// Spans in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phrase(Vec<Span>);

impl Phrase {
    /// `pattern`, with a `{}` for each part. Patterns are literals in this crate, so the counts match.
    pub(crate) fn of<const N: usize>(pattern: &str, parts: [Self; N]) -> Self {
        let mut spans = Vec::new();
        let mut texts = pattern.split("{}");
        let first = texts.next().unwrap_or_default();
        spans.push(Span::Text(first.to_owned()));
        for (part, text) in parts.into_iter().zip(texts) {
            spans.extend(part.0);
            spans.push(Span::Text(text.to_owned()));
        }
        spans.retain(|span| !matches!(span, Span::Text(text) if text.is_empty()));
        Self(spans)
    }

    /// All of them in order, with `between` in between.
    pub(crate) fn joined(phrases: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut spans = Vec::new();
        for phrase in phrases {
            if !spans.is_empty() {
                spans.push(Span::Text(between.to_owned()));
            }
            spans.extend(phrase.0);
        }
        Self(spans)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// As text.
    pub fn plain(&self) -> String {
        self.0.iter().map(Span::plain).collect()
    }
}

impl Span {
    /// As text, with times in UTC.
    pub fn plain(&self) -> String {
        match self {
            Self::Text(text) | Self::Code(text) => text.clone(),
            Self::Person(person) => person.named(),
            Self::InFull(person) => wording::person(person),
            Self::Clock(time) => time.to_clock(),
            Self::Time(time) => time.to_string(),
            Self::Duration(span) => spoken(*span),
            Self::Request(number) => number.to_string(),
        }
    }
}

impl From<Span> for Phrase {
    fn from(span: Span) -> Self {
        Self(vec![span])
    }
}

impl From<String> for Phrase {
    fn from(text: String) -> Self {
        Span::Text(text).into()
    }
}

impl From<&String> for Phrase {
    fn from(text: &String) -> Self {
        text.clone().into()
    }
}

impl From<&str> for Phrase {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<Timestamp> for Phrase {
    fn from(time: Timestamp) -> Self {
        Span::Time(time).into()
    }
}

impl From<Duration> for Phrase {
    fn from(span: Duration) -> Self {
        Span::Duration(span).into()
    }
}

impl From<RequestNumber> for Phrase {
    fn from(number: RequestNumber) -> Self {
        Span::Request(number).into()
    }
}

/// A person as a sentence shows them.
impl From<&PersonFacts> for Phrase {
    fn from(person: &PersonFacts) -> Self {
        Span::Person(person.clone()).into()
    }
}

impl From<u64> for Phrase {
    fn from(number: u64) -> Self {
        number.to_string().into()
    }
}

impl From<u32> for Phrase {
    fn from(number: u32) -> Self {
        number.to_string().into()
    }
}

/// A phrase from its pattern and its parts.
macro_rules! phrase {
    ($pattern:literal $(, $part:expr)* $(,)?) => {
        $crate::telling::phrase::Phrase::of($pattern, [$($crate::telling::phrase::Phrase::from($part)),*])
    };
}
pub(crate) use phrase;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_reads_as_its_pattern_says() {
        let phrase = phrase!(
            "{} ends {}, {} later{}",
            RequestNumber(7),
            "soon",
            Duration::from_hours(1),
            ""
        );
        assert_eq!(phrase.plain(), "AR-7 ends soon, 1 h later");
        let text = |text: &str| Span::Text(text.to_owned());
        let spans = [
            Span::Request(RequestNumber(7)),
            text(" ends "),
            text("soon"),
            text(", "),
            Span::Duration(Duration::from_hours(1)),
            text(" later"),
        ];
        assert_eq!(phrase.spans(), spans);
    }
}
