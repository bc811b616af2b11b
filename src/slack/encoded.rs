//! The words of a command, as the person typed them: the only place where Slack's encoding is decoded.
//!
//! Slack writes `&amp;`, `&lt;` and `&gt;` for the three characters of its markup, and puts mentions, channels
//! and links in angle brackets (`should_escape` in the manifest). Form input is not encoded.
//!
//! Invariant: everything is decoded once, so `&amp;lt;` means `&lt;`; and only what Slack put in brackets names anybody, because
//! a bracket that somebody typed arrives as `&lt;`.

use serde::{Deserialize, Serialize};

/// What somebody typed, word by word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Words(Vec<Word>);

/// One word: separated by white space, or in Slack's brackets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// As it was typed; for a link its address, for a mention its name.
    pub text: String,
    /// The member id, if it is a mention and nothing else.
    pub mention: Option<String>,
}

/// As stored in the inbox: words, or the encoded text that earlier versions stored.
#[derive(Deserialize)]
#[serde(untagged)]
enum Stored {
    Words(Vec<Word>),
    Encoded(String),
}

impl From<Stored> for Words {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Words(words) => Self(words),
            Stored::Encoded(text) => Self::decode(&text),
        }
    }
}

impl Words {
    /// Decodes the text of a command as Slack sends it. Anything that is not Slack markup stays as it is.
    pub fn decode(text: &str) -> Self {
        let mut words = Vec::new();
        let mut word: Option<Word> = None;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some((inside, after)) = bracketed(rest) {
                let is_alone = word.is_none() && after.chars().next().is_none_or(char::is_whitespace);
                let said = meant(inside);
                let current = word.get_or_insert_default();
                current.text.push_str(&said.text);
                current.mention = said.mention.filter(|_| is_alone);
                rest = after;
            } else if c.is_whitespace() {
                words.extend(word.take());
                rest = &rest[c.len_utf8()..];
            } else {
                let (plain, after) = character(rest, c);
                word.get_or_insert_default().text.push(plain);
                rest = after;
            }
        }
        words.extend(word);
        Self(words)
    }

    pub fn as_slice(&self) -> &[Word] {
        &self.0
    }
}

/// The words as one text, separated by spaces.
pub fn joined(words: &[Word]) -> String {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    texts.join(" ")
}

/// The part between a text's leading bracket and its closing one, and the rest.
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inside, after) = text.strip_prefix('<')?.split_once('>')?;
    let is_markup =
        !inside.is_empty() && !inside.contains(['<', '\n']) && !inside.starts_with(char::is_whitespace);
    is_markup.then_some((inside, after))
}

/// Slack's own ids are half as long.
const LONGEST_ID: usize = 30;

/// What somebody typed, if Slack put this in brackets.
fn meant(inside: &str) -> Word {
    let (target, label) = match inside.split_once('|') {
        Some((target, label)) => (target, Some(label).filter(|label| !label.is_empty())),
        None => (inside, None),
    };
    let name = |sign: &str, id: &str| {
        let name = unescaped(label.unwrap_or(id));
        if name.starts_with(sign) {
            name
        } else {
            format!("{sign}{name}")
        }
    };
    if let Some(id) = target.strip_prefix('@') {
        let is_id = (2..=LONGEST_ID).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        return Word {
            text: name("@", id),
            mention: is_id.then(|| id.to_owned()),
        };
    }
    let text = if let Some(id) = target.strip_prefix('#') {
        name("#", id)
    } else if let Some(special) = target.strip_prefix('!') {
        let id = special.strip_prefix("subteam^").unwrap_or(special);
        if special.starts_with("date^") {
            unescaped(label.unwrap_or(special))
        } else {
            name("@", id)
        }
    } else {
        // Slack also makes links of text that only looks like one: `orders.example` becomes an address with that as its label.
        let schemes = ["mailto:", "tel:", "http://", "https://"];
        let bare = schemes.iter().find_map(|scheme| target.strip_prefix(scheme));
        let is_typed = |bare: &&str| {
            target.starts_with("mailto:")
                || target.starts_with("tel:")
                || label == Some(bare.trim_end_matches('/'))
        };
        unescaped(bare.filter(is_typed).unwrap_or(target))
    };
    Word { text, mention: None }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (c, after) = character(rest, c);
        plain.push(c);
        rest = after;
    }
    plain
}

/// The first character of a text, decoded, and the rest. `first` is how it is written.
fn character(text: &str, first: char) -> (char, &str) {
    for (written, plain) in [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>')] {
        if let Some(after) = text.strip_prefix(written) {
            return (plain, after);
        }
    }
    (first, &text[first.len_utf8()..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        joined(Words::decode(text).as_slice())
    }

    #[test]
    fn what_slack_encodes_is_what_the_person_typed() {
        for (sent, typed) in [
            ("R&amp;D laptop &lt;stolen&gt;", "R&D laptop <stolen>"),
            ("&amp;lt;", "&lt;"),
            ("&amp;amp;lt; &quot;", "&amp;lt; &quot;"),
            (
                "<https://t.example/1?a=1&amp;b=2|t>",
                "https://t.example/1?a=1&b=2",
            ),
            ("(<https://t.example/>)", "(https://t.example/)"),
            ("<mailto:dana@example.com|dana@example.com>", "dana@example.com"),
            ("<http://orders.example|orders.example>", "orders.example"),
            ("see <#C0OPS|ops> and <#C0OPS>", "see #ops and #C0OPS"),
            ("<@U0DANA|dana>'s <@U0DANA>", "@dana's @U0DANA"),
            (
                "<!here> <!channel|@channel> <!subteam^S0SRE|@sre> <!subteam^S0SRE>",
                "@here @channel @sre @S0SRE",
            ),
            ("a < b > c", "a < b > c"),
            ("<>", "<>"),
            ("1 <", "1 <"),
        ] {
            assert_eq!(read(sent), typed, "{sent}");
        }
    }

    #[test]
    fn nobody_is_mentioned_but_by_slack() {
        let mention = |text| Words::decode(text).as_slice()[0].mention.clone();
        assert_eq!(mention("<@U0DANA|dana ito>"), Some("U0DANA".to_owned()));
        for text in [
            "&lt;@U0DANA&gt;",
            "<@U0DANA>x",
            "x<@U0DANA>",
            "<@dana>",
            "<#U0DANA>",
            "@U0DANA",
        ] {
            assert_eq!(mention(text), None, "{text}");
        }
    }

    #[test]
    fn what_an_older_version_kept_is_decoded_and_what_this_one_keeps_is_not_decoded_again() {
        let words = Words::decode("block <@U0DANA|dana> &amp;lt;");
        let kept = serde_json::to_string(&words).unwrap();
        assert_eq!(serde_json::from_str::<Words>(&kept).unwrap(), words);
        let older = serde_json::to_string("block <@U0DANA|dana> &amp;lt;").unwrap();
        assert_eq!(serde_json::from_str::<Words>(&older).unwrap(), words);
    }

    proptest! {
        #[test]
        fn any_typed_text_comes_back_as_it_was_typed(typed in "[^\\s]{0,12}( [^\\s]{1,12}){0,4}") {
            let sent = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            prop_assert_eq!(read(&sent), typed.trim());
        }

        #[test]
        fn any_text_is_read(text in ".*") {
            let _ = Words::decode(&text);
        }
    }
}
