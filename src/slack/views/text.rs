//! Makes text from people and targets safe to show: nothing hidden, nothing that breaks out of its line, never too long.

/// Slack rejects empty text: a name with nothing visible is shown as this.
const UNSHOWABLE: &str = "(a name that cannot be shown)";

/// Removes control, bidirectional and zero-width characters and folds white space to single spaces.
pub fn clean(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    if visible.chars().all(|c| c.is_whitespace() || is_no_ink(c)) {
        return String::new();
    }
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What somebody wrote, cleaned; `None` if nothing visible is left.
pub fn written(text: &str) -> Option<String> {
    Some(clean(text)).filter(|text| !text.is_empty())
}

/// Whether a character only modifies the one before it, or is drawn as a blank.
fn is_no_ink(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{1d173}'..='\u{1d17a}')
}

/// Whether a character is invisible, or changes the direction of the text around it.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

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
    fn a_justification_cannot_fake_a_line_of_the_card() {
        assert_eq!(
            clean("fix\n\nApproved by: Omar\u{202e}\u{200b}"),
            "fix Approved by: Omar"
        );
    }

    #[test]
    fn what_shows_no_ink_is_no_text() {
        for blank in ["\u{2800}", "\u{34f}", "\u{fe0f} \u{301}", "\u{1d173}", "\u{200b}"] {
            assert_eq!(clean(blank), "", "{blank:?}");
        }
        assert_eq!(clean("⚠\u{fe0f} e\u{301}"), "⚠\u{fe0f} e\u{301}");
    }

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
