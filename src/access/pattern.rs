//! Name patterns in flows: `*` matches any run of characters, `?` matches one; everything else matches itself.

use std::fmt;

/// A pattern for a whole name; case-sensitive, as the targets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether the whole of `name` matches. Linear in the pattern times the name: it remembers one star to go back to.
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, text) = (self.0.as_bytes(), name.as_bytes());
        // A character matches byte by byte, so outside of one, both positions are between characters.
        let after_char = |at: usize| at + name[at..].chars().next().map_or(1, char::len_utf8);
        let (mut at, mut read) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while read < text.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, read));
                    at += 1;
                }
                Some(b'?') => {
                    at += 1;
                    read = after_char(read);
                }
                Some(byte) if *byte == text[read] => {
                    at += 1;
                    read += 1;
                }
                Some(_) | None => {
                    let Some((star_at, star_read)) = star else {
                        return false;
                    };
                    read = after_char(star_read);
                    star = Some((star_at, read));
                    at = star_at + 1;
                }
            }
        }
        pattern[at..].iter().all(|byte| *byte == b'*')
    }

    /// Whether every name that matches `other` matches this one too. It may say no where a longer search would say yes.
    pub fn covers(&self, other: &Self) -> bool {
        // Characters that occur in no pattern: only a wildcard matches them.
        const ANY: &str = "\u{1}";
        let longer = ANY.repeat(self.0.chars().count() + 1);
        let single = other.0.replace('?', ANY);
        self.matches(&single.replace('*', "")) && self.matches(&single.replace('*', &longer))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::new(pattern).matches(name)
    }

    #[test]
    fn stars_and_question_marks() {
        assert!(matches("orders*", "orders"));
        assert!(matches("orders*", "orders_eu"));
        assert!(matches("*", ""));
        assert!(matches("a*b*c", "a-b-b-c"));
        assert!(matches("db?", "db1"));
        assert!(!matches("db?", "db"));
        assert!(!matches("orders", "orders_eu"));
        assert!(!matches("Orders", "orders"));
        assert!(!matches("a*b", "a-b-c"));
        assert!(matches("caf?-*-é", "café-ñ-é"));
        assert!(!matches("??", "é"));
    }

    /// What the stars and question marks mean, in a slow and simple way.
    fn fits(pattern: &[char], name: &[char]) -> bool {
        match (pattern, name) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=name.len()).any(|skipped| fits(rest, &name[skipped..])),
            (['?', rest @ ..], [_, name @ ..]) => fits(rest, name),
            ([c, rest @ ..], [d, name @ ..]) => c == d && fits(rest, name),
            _ => false,
        }
    }

    #[test]
    fn a_pattern_covers_what_cannot_escape_it() {
        let covers = |pattern: &str, other: &str| Pattern::new(pattern).covers(&Pattern::new(other));
        assert!(covers("*", "orders*"));
        assert!(covers("orders*", "orders_eu"));
        assert!(covers("orders*", "orders_*"));
        assert!(covers("db?", "db?"));
        assert!(covers("*db*", "a*db"));
        assert!(!covers("orders_*", "orders*"));
        assert!(!covers("db?", "db*"));
        assert!(!covers("a?b", "a*b"));
    }

    proptest! {
        #[test]
        fn what_fits_the_covered_fits_the_coverer(
            pattern in "[ab*?]{0,6}", other in "[ab*?]{0,6}", name in "[ab]{0,8}",
        ) {
            let covers = Pattern::new(pattern.clone()).covers(&Pattern::new(other.clone()));
            prop_assert!(!covers || !matches(&other, &name) || matches(&pattern, &name));
        }

        #[test]
        fn whatever_its_characters_a_name_fits_as_the_pattern_says(pattern in "[aé€*?]{0,6}", name in "[aé€𝄞]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &name), fits(&chars(&pattern), &chars(&name)));
        }

        #[test]
        fn a_name_fits_itself_and_its_prefix(name in "[a-z_]{0,20}", more in "[a-z_]{0,20}") {
            let prefix = format!("{name}*");
            let whole = format!("{name}{more}");
            prop_assert!(matches(&name, &name));
            prop_assert!(matches(&prefix, &whole));
        }
    }
}
