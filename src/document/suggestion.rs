//! The suggestion for an unknown name.

use crate::access::closest::closest;

/// The end of a sentence about an unknown name: the name that was probably meant, or a list of the known ones.
pub(crate) fn suggestion<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match closest(written, known.iter().copied()) {
        Some(name) => format!("; did you mean {name:?}?"),
        None if known.is_empty() => "; there are none yet.".to_owned(),
        None => format!("; known: {}.", known.join(", ")),
    }
}
