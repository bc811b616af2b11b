//! "Did you mean": the known name that is closest to a mistyped one.

/// The closest of `known`, unless more than a third of its characters differ.
pub fn closest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let written = written.to_lowercase();
    let length = written.chars().count();
    let is_near = |edits: usize, name: &str| edits * 3 <= name.chars().count().max(3);
    known
        .into_iter()
        // There are at least as many edits, and counting them for a very long text takes long.
        .filter(|name| is_near(length.abs_diff(name.chars().count()), name))
        .map(|name| (distance(&written, &name.to_lowercase()), name))
        .filter(|(edits, name)| is_near(*edits, name))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, name)| name)
}

/// How many characters have to be inserted, removed, replaced or swapped with a neighbour to turn one into the other.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.chars().collect();
    let to: Vec<char> = to.chars().collect();
    let mut row_before = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for i in 0..from.len() {
        let mut next = vec![i + 1];
        for j in 0..to.len() {
            let replaced = row[j] + usize::from(from[i] != to[j]);
            let mut edits = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && from[i] == to[j - 1] && from[i - 1] == to[j] {
                edits = edits.min(row_before[j - 1] + 1);
            }
            next.push(edits);
        }
        row_before = std::mem::replace(&mut row, next);
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_name_and_an_unrelated_word_none() {
        let known = ["max_duration", "approvers", "approval", "name"];
        assert_eq!(closest("max_durations", known), Some("max_duration"));
        assert_eq!(closest("aprovers", known), Some("approvers"));
        assert_eq!(closest("Name", known), Some("name"));
        assert_eq!(closest("naem", known), Some("name"));
        assert_eq!(closest("colour", known), None);
        assert_eq!(closest("", known), None);
        assert_eq!(closest(&"name".repeat(10_000), known), None);
    }
}
