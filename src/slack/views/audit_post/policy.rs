//! What differs between two configs, in as many posts as it takes.
//!
//! Invariant: nothing is cut. Each part fits in one post, and the parts together contain every sentence in order.

use crate::slack::views::kit::LONG;
use crate::slack::views::text::clean;

/// The sentences in parts, each for one post; at least one part. A sentence longer than a post continues in the next.
pub fn parts(sentences: &[String]) -> Vec<Vec<String>> {
    let mut parts = vec![Vec::new()];
    let mut room = LONG;
    for sentence in sentences.iter().flat_map(|sentence| pieces(&clean(sentence))) {
        let length = sentence.chars().count();
        if length > room {
            parts.push(Vec::new());
            room = LONG;
        }
        room -= length;
        if let Some(part) = parts.last_mut() {
            part.push(sentence);
        }
    }
    parts
}

/// The sentence in pieces of at most a post's length, with an ellipsis where it continues.
fn pieces(sentence: &str) -> Vec<String> {
    let chars: Vec<char> = sentence.chars().collect();
    if chars.len() <= LONG {
        return vec![sentence.to_owned()];
    }
    let chunks: Vec<&[char]> = chars.chunks(LONG - 2).collect();
    let last = chunks.len() - 1;
    let mark = |there: bool| if there { "…" } else { "" };
    let piece = |(index, chunk): (usize, &&[char])| {
        let text: String = chunk.iter().collect();
        format!("{}{text}{}", mark(index > 0), mark(index < last))
    };
    chunks.iter().enumerate().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_sentence_is_cut_and_no_part_is_longer_than_a_post(
            sentences in prop::collection::vec(
                prop_oneof!["[a-z@. ]{0,40}", (2_400..6_000_usize).prop_map(|length| "x".repeat(length))],
                0..40,
            ),
        ) {
            let parts = parts(&sentences);
            for part in &parts {
                prop_assert!(part.iter().map(|sentence| sentence.chars().count()).sum::<usize>() <= LONG);
            }
            let said: String = parts.concat().concat().replace('…', "");
            let meant: String = sentences.iter().map(|sentence| clean(sentence)).collect();
            prop_assert_eq!(said, meant);
        }
    }
}
