//! Whatever stands in the file, it is answered.

use apono::config::ConfigError;
use proptest::prelude::*;

use super::{EXAMPLE, example_in_full, parse};

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC*") {
        answered(&text);
    }

    #[test]
    fn any_change_of_the_example_is_answered(at in 0..EXAMPLE.len(), length in 0_usize..40, instead in "\\PC{0,6}|\"|\\[|\\{|=|\n") {
        let start = EXAMPLE.floor_char_boundary(at);
        let end = EXAMPLE.floor_char_boundary((at + length).min(EXAMPLE.len()));
        answered(&format!("{}{instead}{}", &EXAMPLE[..start], &EXAMPLE[end..]));
    }

    #[test]
    fn any_line_left_out_or_moved_is_answered(from in 0_usize..100, to in 0_usize..100) {
        let in_full = example_in_full();
        let mut lines: Vec<&str> = in_full.lines().collect();
        let moved = lines.remove(from.min(lines.len() - 1));
        answered(&lines.join("\n"));
        lines.insert(to.min(lines.len()), moved);
        answered(&lines.join("\n"));
    }
}

/// A text is a config or has problems that stand inside it.
fn answered(text: &str) {
    let Err(e) = parse(text) else { return };
    let ConfigError::Problems { problems, .. } = e else {
        panic!("{e}");
    };
    assert!(!problems.is_empty());
    for problem in problems {
        assert!(problem.line <= text.matches('\n').count() + 1);
    }
}
