//! "Did you mean": the known name that a mistyped one is nearest to.

/// The end of a sentence about an unknown name: what was probably meant, or else what there is.
pub(super) fn suggestion<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match closest(written, known.iter().copied()) {
        Some(name) => format!("; did you mean {name:?}?"),
        None if known.is_empty() => "; there are none yet.".to_owned(),
        None => format!("; known are {}.", known.join(", ")),
    }
}

/// The nearest of `known`, unless even that differs in more than a third of its characters.
pub(super) fn closest<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<&'k str> {
    let written = written.to_lowercase();
    known
        .into_iter()
        .map(|name| (distance(&written, &name.to_lowercase()), name))
        .filter(|(edits, name)| *edits * 3 <= name.chars().count().max(3))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// How many characters must be inserted, removed or replaced to get from one to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, c) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(c != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_none() {
        let known = ["max_duration", "approvers", "approval", "name"];
        assert_eq!(closest("max_durations", known), Some("max_duration"));
        assert_eq!(closest("aprovers", known), Some("approvers"));
        assert_eq!(closest("Name", known), Some("name"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest("", known), None);
    }
}
