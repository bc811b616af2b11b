//! Names as their owners chose them, with look-alike characters made visible.
//!
//! Invariant: a character that is invisible, imitates another one, or comes from another script than the rest of its word
//! is shown as its code point. A word entirely in another script stays as it is: the address beside a name tells people apart.

use unicode_normalization::UnicodeNormalization;
use unicode_script::{Script, UnicodeScript};

use super::views::text::is_hidden;

/// How many marks a letter carries at most; more of them would cover the lines around it.
const MARKS: usize = 2;

/// The name, with white space folded: `D[U+0430]na Ito` if a Cyrillic letter is used instead of the Latin one.
pub(super) fn legible(name: &str) -> String {
    let words = name.split_whitespace().map(word);
    words.collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let own = own_script(word);
    let mut shown = String::new();
    let mut marks = 0;
    let mut before = None;
    for c in word.chars() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        let joins_symbols = before.is_some_and(is_symbol) && matches!(c, '\u{200d}' | '\u{fe0f}');
        let imitates = !joins_symbols && (is_inkless(c) || is_compatible(c) || is_foreign(c, own));
        // An address in a name would be mistaken for the one shown beside it.
        if imitates || marks > MARKS || (marks > 0 && before.is_none()) || c == '@' {
            shown.extend(format!("[U+{:04X}]", u32::from(c)).chars());
            before = None;
            continue;
        }
        if c != '\u{200d}' {
            shown.push(c);
        }
        before = Some(c);
    }
    shown
}

/// The script that a word is written in: Latin if any letter is, or else its first letter's.
fn own_script(word: &str) -> Script {
    let mut scripts = word
        .chars()
        .map(|c| c.script())
        .filter(|script| is_alphabet(*script));
    if scripts.clone().any(|script| script == Script::Latin) {
        return Script::Latin;
    }
    scripts.next().unwrap_or(Script::Common)
}

/// Whether it is a script that words are written in, and not one shared by all of them.
fn is_alphabet(script: Script) -> bool {
    !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

/// East Asian scripts are used together.
fn is_east_asian(script: Script) -> bool {
    matches!(
        script,
        Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo
    )
}

fn is_foreign(c: char, own: Script) -> bool {
    let script = c.script();
    is_alphabet(script) && script != own && !(is_east_asian(script) && is_east_asian(own))
}

/// A variant of another character: bold, circled, full width and the like.
fn is_compatible(c: char) -> bool {
    let letters: String = std::iter::once(c).nfkc().collect();
    !c.is_ascii() && letters.chars().any(|letter| letter.is_ascii_graphic())
}

fn is_inkless(c: char) -> bool {
    is_hidden(c)
        || matches!(c,
            '\u{34f}' | '\u{2800}' | '\u{180b}'..='\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e000}'..='\u{f8ff}'
            | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{f0000}'..='\u{10ffff}')
}

/// A mark used with letters of any script; marks of a single script are part of how it is written.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c) && c.script() == Script::Inherited
}

/// Symbols and emoji, which are combined by invisible characters.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_names_stay_as_they_are() {
        for name in [
            "Dana Ito",
            "José Núñez",
            "Zoe\u{308} Müller",
            "Дана Иванова",
            "Dana Иванова",
            "Δήμητρα",
            "李娜",
            "Dana 伊藤",
            "ကျော်",
            "山田タロウ",
            "김민수",
            "דנה לוי",
            "سارة",
            "O'Neil-Smith Jr. (she/her)",
            "Dana ⛵",
        ] {
            assert_eq!(legible(name), name);
        }
        assert_eq!(legible(" Dana \u{a0} Ito "), "Dana Ito");
        assert_eq!(legible("Dana 👩\u{200d}💻"), "Dana 👩💻");
    }

    #[test]
    fn what_imitates_is_shown_by_its_code_point() {
        for (name, shown) in [
            ("D\u{430}na", "D[U+0430]na"),
            ("\u{41e}mar Khan", "[U+041E]mar Khan"),
            ("\u{3007}mar", "[U+3007]mar"),
            ("\u{3147}mar", "[U+3147]mar"),
            ("Omar\u{200b} Khan", "Omar[U+200B] Khan"),
            ("Omar\u{3164}Khan", "Omar[U+3164]Khan"),
            ("Omar\u{2800}", "Omar[U+2800]"),
            ("\u{202e}ramO", "[U+202E]ramO"),
            ("𝐎mar", "[U+1D40E]mar"),
            ("Ｏmar", "[U+FF2F]mar"),
            ("Omar\u{fe0f}", "Omar[U+FE0F]"),
            ("A\u{300}\u{301}\u{302}", "A\u{300}\u{301}[U+0302]"),
            ("\u{301}Omar", "[U+0301]Omar"),
            ("Omar (omar@example.com)", "Omar (omar[U+0040]example.com)"),
        ] {
            assert_eq!(legible(name), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_without_ink_and_no_address_is_left(name in ".{0,40}") {
            let shown = legible(&name);
            prop_assert!(shown.chars().all(|c| c == '\u{fe0f}' || !is_inkless(c)), "{:?}", shown);
            prop_assert!(!shown.contains('@'));
        }

        #[test]
        fn no_name_is_without_ink(name in "[\u{200b}\u{3164}\u{2800}\u{ad}\u{202e}\u{e0041}]{1,9}") {
            prop_assert!(legible(&name).starts_with("[U+"));
        }
    }
}
