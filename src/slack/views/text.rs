//! Makes text from people and targets safe to show: nothing that breaks out of its line, never too long.

pub use crate::access::clean::{clean, is_hidden, written};

/// Slack rejects empty text: a name with nothing visible is shown as this.
const UNSHOWABLE: &str = "(a name that cannot be shown)";

/// The text, or its start and an ellipsis: at most `most` characters.
pub fn shorten(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The text, or its two ends with an ellipsis between: names often differ at their end.
pub fn shorten_middle(text: &str, most: usize) -> String {
    let length = text.chars().count();
    if length <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let head = kept.div_ceil(2);
    let start: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(length - (kept - head)).collect();
    format!("{start}…{end}")
}

/// A name that can be shown, keeping both of its ends.
pub fn showable(name: &str, most: usize) -> String {
    match clean(name) {
        name if name.is_empty() => UNSHOWABLE.to_owned(),
        name => shorten_middle(&name, most),
    }
}

/// Escapes what Slack's mrkdwn reads as links and mentions; only for the top-level `text`.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// The text escaped as by [`escape`], at most `most` characters of the result: no escape is cut in two.
pub fn escape_shortened(text: &str, most: usize) -> String {
    let whole = escape(text);
    if whole.chars().count() <= most {
        return whole;
    }
    let mut kept = String::new();
    let mut room = most.saturating_sub(1);
    for c in text.chars() {
        let shown = escape(c.encode_utf8(&mut [0; 4]));
        let length = shown.chars().count();
        if length > room {
            break;
        }
        room -= length;
        kept.push_str(&shown);
    }
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_keep_their_ends() {
        assert_eq!(shorten_middle("orders_production_eu_1", 11), "order…_eu_1");
        assert_eq!(shorten("orders", 6), "orders");
        assert_eq!(shorten("orders_eu", 6), "order…");
    }

    proptest! {
        #[test]
        fn nothing_people_write_becomes_a_mention_or_a_link(text in ".*") {
            let shown = escape(&clean(&text));
            prop_assert!(!shown.contains('<') && !shown.contains('>'));
            prop_assert!(!shown.contains('\n'));
        }

        #[test]
        fn shortened_text_fits(text in ".*", most in 1_usize..80) {
            prop_assert!(shorten(&text, most).chars().count() <= most);
            prop_assert!(shorten_middle(&text, most).chars().count() <= most);
        }

        #[test]
        fn escaped_text_fits_and_no_escape_is_cut_in_two(text in "[<>&a ]{0,40}", most in 1_usize..80) {
            let shown = escape_shortened(&text, most);
            prop_assert!(shown.chars().count() <= most);
            let left = ["&amp;", "&lt;", "&gt;"].iter().fold(shown, |left, escape| left.replace(escape, ""));
            prop_assert!(!left.contains('&'), "{left}");
        }
    }
}
