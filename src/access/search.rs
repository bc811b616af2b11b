//! The words by which a text is found: normalised, so people find `Café` by `cafe`, and in scripts without spaces by pairs of
//! characters.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_script::{Script, UnicodeScript};

/// Longer words are found by their first characters.
const LONGEST_WORD: usize = 32;

/// More words of one text are not searchable.
const MOST_WORDS: usize = 200;

/// More words of a search are ignored.
const MOST_SOUGHT: usize = 8;

/// The words by which `text` is found, each once.
pub fn words(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for run in runs(text) {
        match run {
            Run::Word(word) => {
                found.insert(word);
            }
            Run::Unspaced(chars) => {
                // Each character with the next one, and the last one alone.
                let pairs = (0..chars.len()).map(|at| chars[at..chars.len().min(at + 2)].iter().collect());
                found.extend(pairs.take(MOST_WORDS - found.len()));
            }
        }
        if found.len() >= MOST_WORDS {
            break;
        }
    }
    found
}

/// What to look for: a text is found if each of these begins one of its [`words`]. Empty if nothing in it can be found.
pub fn sought(text: &str) -> Vec<String> {
    let mut sought: Vec<String> = Vec::new();
    for run in runs(text) {
        let parts: Vec<String> = match run {
            Run::Word(word) => vec![word],
            Run::Unspaced(chars) if chars.len() < 2 => vec![chars.iter().collect()],
            Run::Unspaced(chars) => chars.windows(2).map(|pair| pair.iter().collect()).collect(),
        };
        for part in parts {
            if !sought.contains(&part) && sought.len() < MOST_SOUGHT {
                sought.push(part);
            }
        }
    }
    sought
}

enum Run {
    Word(String),
    /// Of a script that writes no spaces.
    Unspaced(Vec<char>),
}

/// The text in lower case and without accents, to compare and to sort it.
pub fn folded(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let plain = lower.nfkd().filter(|c| !is_combining_mark(*c) || is_unspaced(*c));
    plain.nfc().collect()
}

/// Letters and digits in a row.
fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut open = false;
    for c in folded(text).chars() {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        match (runs.last_mut(), is_unspaced(c)) {
            (Some(Run::Unspaced(chars)), true) if open => chars.push(c),
            (Some(Run::Word(word)), false) if open => {
                if word.chars().count() < LONGEST_WORD {
                    word.push(c);
                }
            }
            (_, true) => runs.push(Run::Unspaced(vec![c])),
            (_, false) => runs.push(Run::Word(c.to_string())),
        }
        open = true;
    }
    runs
}

fn is_unspaced(c: char) -> bool {
    matches!(
        c.script(),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(sought_text: &str, text: &str) -> bool {
        let words = words(text);
        let sought = sought(sought_text);
        !sought.is_empty()
            && sought
                .iter()
                .all(|part| words.iter().any(|word| word.starts_with(part)))
    }

    #[test]
    fn a_text_is_found_by_the_start_of_its_words() {
        let text = "Débogage d’INC-4711: rejouer l'ÉVÉNEMENT (ﬁn) à 14h";
        for found in ["debog", "4711", "inc 47", "événement", "evenement", "FIN", "14h"] {
            assert!(finds(found, text), "{found}");
        }
        for not in ["bogage", "4712", "inc 48", "...", ""] {
            assert!(!finds(not, text), "{not}");
        }
    }

    #[test]
    fn scripts_without_spaces_are_found_by_pairs() {
        let text = "請求書の修正 for 東京都庁";
        for found in ["請求", "修正", "京都", "庁", "東", "請求書", "for"] {
            assert!(finds(found, text), "{found}");
        }
        for not in ["求請", "東庁", "大阪"] {
            assert!(!finds(not, text), "{not}");
        }
        assert!(finds("배포", "긴급 배포"), "Korean has spaces");
    }

    #[test]
    fn a_long_text_has_only_so_many_words() {
        let long: Vec<String> = (0..1_000).map(|number| format!("w{number}")).collect();
        let long = long.join(" ");
        assert!(words(&long).len() <= MOST_WORDS);
        assert_eq!(sought(&long).len(), MOST_SOUGHT);
        let word = "x".repeat(100);
        assert!(finds(&word, &word));
    }

    proptest! {
        #[test]
        fn any_text_is_found_by_each_of_its_words(text in ".{0,60}") {
            for word in text.split_whitespace() {
                if !sought(word).is_empty() {
                    prop_assert!(finds(word, &text), "{word:?} in {text:?}");
                }
            }
        }

        #[test]
        fn any_word_is_letters_and_digits(text in ".*") {
            for word in words(&text).into_iter().chain(sought(&text)) {
                prop_assert!(!word.is_empty() && word.chars().all(|c| !c.is_whitespace() && !c.is_control()));
            }
        }
    }
}
