//! Long lines in as many paragraphs as Slack needs: nothing of them is lost.

use slack_morphism::prelude::*;

use super::kit::{LONG, rich};
use super::text::shorten;

/// For text that may take several of them: a hundred resources with names of 63 characters fit.
const WHOLE: usize = 3 * LONG;

/// A line that may be too long for one paragraph.
pub(super) fn paragraphs(line: &str) -> Vec<SlackBlock> {
    let parts = in_parts(&shorten(line, WHOLE), LONG);
    parts.into_iter().map(|part| rich(vec![part.into()])).collect()
}

/// A long line in parts of at most `most` characters, broken between the items of its list if possible.
fn in_parts(line: &str, most: usize) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = String::new();
    for item in line.split_inclusive(", ") {
        if part.chars().count() + item.chars().count() > most && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
        }
        for c in item.chars() {
            if part.chars().count() == most {
                parts.push(std::mem::take(&mut part));
            }
            part.push(c);
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_long_list_breaks_between_its_items() {
        assert_eq!(
            in_parts("Resources: a, bb, ccc", 16),
            ["Resources: a, ", "bb, ccc"]
        );
        assert_eq!(in_parts("abcdef", 4), ["abcd", "ef"]);
    }

    proptest! {
        #[test]
        fn nothing_of_a_long_line_is_lost(line in "([a-zé]{1,9}(, )?){1,40}", most in 3_usize..30) {
            let parts = in_parts(&line, most);
            prop_assert!(parts.iter().all(|part| (1..=most).contains(&part.chars().count())), "{:?}", parts);
            prop_assert_eq!(parts.concat(), line);
        }
    }
}
