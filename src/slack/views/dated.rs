//! Phrases as Slack shows them: a time becomes a date in the time zone of the person who reads it, with UTC for clients that cannot
//! show dates.
//!
//! A message's top-level text has its times in UTC: it is what notifications and searches show, and dates would take too much
//! of its room.

use slack_morphism::prelude::*;

use crate::access::time::Timestamp;
use crate::telling::{Phrase, Span};

use super::text::{clean, escape, shorten, showable};

/// Stands for a date while the text around it is cleaned and shortened. Slack shows nothing for it, so removing it from people's words loses nothing.
const MARK: char = '\u{fffc}';

/// Fits after "at" as well as after "until".
const FULL: &str = "{date_num} {time}";

/// For a phrase that leaves out the day in UTC, where it cannot mislead.
const CLOCK: &str = "{date_short_pretty} at {time}";

/// A phrase, cleaned, and perhaps shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Dated {
    /// With a [`MARK`] for each date.
    text: String,
    dates: Vec<Date>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Date {
    at: Timestamp,
    format: &'static str,
    utc: String,
}

/// A part of it.
enum Part<'a> {
    Text(&'a str),
    Date(&'a Date),
}

impl Dated {
    pub(super) fn of(phrase: impl Into<Phrase>) -> Self {
        let phrase = phrase.into();
        let (mut text, mut dates) = (String::new(), Vec::new());
        for span in phrase.spans() {
            let (at, format) = match span {
                Span::Clock(at) => (*at, CLOCK),
                Span::Time(at) => (*at, FULL),
                Span::Text(_)
                | Span::Person(_)
                | Span::InFull(_)
                | Span::Duration(_)
                | Span::Code(_)
                | Span::Request(_) => {
                    text.extend(span.plain().chars().filter(|c| *c != MARK));
                    continue;
                }
            };
            text.push(MARK);
            dates.push(Date {
                at,
                format,
                utc: span.plain(),
            });
        }
        Self {
            text: clean(&text),
            dates,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// At most `most` characters of it, with each date as one.
    #[must_use]
    pub(super) fn shortened(mut self, most: usize) -> Self {
        self.text = shorten(&self.text, most);
        self
    }

    /// As text, with UTC.
    pub(super) fn plain(&self) -> String {
        let parts = self.parts().into_iter().map(|part| match part {
            Part::Text(text) => text,
            Part::Date(date) => &date.utc,
        });
        parts.collect()
    }

    /// For a block of rich text.
    pub(super) fn elements(&self) -> Vec<SlackRichTextInlineElement> {
        let parts = self.parts().into_iter();
        parts
            .map(|part| match part {
                Part::Text(text) => text.into(),
                Part::Date(date) => date.element(None),
            })
            .collect()
    }

    /// The same in bold: the name of an entry, which keeps both of its ends.
    pub(super) fn bold(mut self, most: usize) -> Vec<SlackRichTextInlineElement> {
        self.text = showable(&self.text, most);
        let parts = self.parts().into_iter();
        parts
            .map(|part| match part {
                Part::Text(text) => SlackRichTextText::new(text.to_owned()).bold().into(),
                Part::Date(date) => date.element(SlackRichTextStyle::new().with_bold(true).into()),
            })
            .collect()
    }

    /// In Slack's markup, for a message without blocks.
    pub(super) fn markup(&self) -> String {
        let parts = self.parts().into_iter().map(|part| match part {
            Part::Text(text) => escape(text),
            Part::Date(date) => date.token(),
        });
        parts.collect()
    }

    /// For a field, where only markup has dates. It stays plain text, with UTC, if anything in it could be read as markup: names stay exact.
    pub(super) fn field(&self) -> SlackBlockText {
        let harmless = |c: char| c.is_alphanumeric() || c == MARK || " ,.:()-+'".contains(c);
        if self.dates.is_empty() || !self.text.chars().all(harmless) {
            return SlackBlockPlainText::new(self.plain()).into();
        }
        SlackBlockMarkDownText::new(self.markup())
            .with_verbatim(true)
            .into()
    }

    fn parts(&self) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        let mut dates = self.dates.iter();
        for (index, text) in self.text.split(MARK).enumerate() {
            if index > 0 {
                parts.extend(dates.next().map(Part::Date));
            }
            if !text.is_empty() {
                parts.push(Part::Text(text));
            }
        }
        parts
    }
}

impl Date {
    fn element(&self, style: Option<SlackRichTextStyle>) -> SlackRichTextInlineElement {
        match SlackUtcDateTime::from_second(self.at.seconds()) {
            Ok(at) => SlackRichTextDate::new(SlackDateTime(at), self.format.to_owned())
                .with_fallback(self.utc.clone())
                .opt_style(style)
                .into(),
            Err(_) => self.utc.as_str().into(),
        }
    }

    /// `<!date^1780000000^{date_num} {time}|2026-05-28 20:26:40 UTC>`.
    fn token(&self) -> String {
        format!("<!date^{}^{}|{}>", self.at.seconds(), self.format, self.utc)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::telling::phrase::phrase;

    const AT: Timestamp = Timestamp::from_seconds(1_780_000_000);

    #[test]
    fn a_time_is_a_date_with_utc_to_fall_back_to() {
        let dated = Dated::of(phrase!("Live until {} (<2 h>).", AT));
        assert_eq!(dated.plain(), "Live until 2026-05-28 20:26:40 UTC (<2 h>).");
        assert_eq!(
            dated.markup(),
            "Live until <!date^1780000000^{date_num} {time}|2026-05-28 20:26:40 UTC> (&lt;2 h&gt;)."
        );
        let elements = serde_json::to_value(dated.elements()).unwrap();
        assert_eq!(
            elements,
            json!([
                { "type": "text", "text": "Live until " },
                { "type": "date", "timestamp": 1_780_000_000, "format": "{date_num} {time}", "fallback": "2026-05-28 20:26:40 UTC" },
                { "type": "text", "text": " (<2 h>)." },
            ])
        );
    }

    #[test]
    fn a_field_with_a_name_in_it_stays_plain() {
        let named = Dated::of(phrase!("Last: *{}* by {}", AT, "Dana_Ito"));
        assert!(matches!(named.field(), SlackBlockText::Plain(_)));
        let until = Dated::of(phrase!("Until: {}", AT));
        assert!(matches!(until.field(), SlackBlockText::MarkDown(_)));
    }

    proptest! {
        #[test]
        fn nobodys_words_make_a_date_or_take_one(before in ".{0,20}", after in ".{0,20}", most in 1_usize..40) {
            let dated = Dated::of(phrase!("{} {} {}", before.as_str(), AT, after.as_str())).shortened(most);
            let dates = dated.elements().iter().filter(|element| matches!(element, SlackRichTextInlineElement::Date(_))).count();
            prop_assert!(dates <= 1);
            prop_assert_eq!(dated.markup().matches("<!date").count(), dates);
            prop_assert!(dated.text.chars().count() <= most);
        }
    }
}
