//! What people and targets wrote, without what nobody sees.

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

/// A text as markup shows it, without what nobody sees. Lines stay.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars().filter(|c| *c == '\n' || !is_hidden(*c)) {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
