//! A request in one line: `read orders 2h because the report is due`. Only what the person may request is found.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::duration;
use crate::access::people::Person;

use super::Core;
use super::offer::{self, Chosen};

/// What was typed, as far as it means something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    pub chosen: Chosen,
    pub duration: Option<Duration>,
    /// What follows `because`.
    pub justification: Option<String>,
    /// Words that name nothing that the person may request.
    pub unmatched: Vec<String>,
    /// If it exists on several integrations: their names.
    pub on: Vec<String>,
}

/// What comes before the justification.
const BECAUSE: &str = "because";

/// Words that people put between the others.
const FILLERS: [&str; 10] = [
    "on", "for", "to", "access", "and", "the", "a", "in", "please", "with",
];

/// The most words that one duration takes: `1 hour and 30 minutes`.
const DURATION_WORDS: usize = 5;

/// Reads it for `person`.
pub fn read(core: &Core, person: &Person, words: &[String]) -> Wish {
    let end = words.iter().position(|word| word.eq_ignore_ascii_case(BECAUSE));
    let (wanted, because) = words.split_at(end.unwrap_or(words.len()));
    let justification = because.get(1..).map(|words| words.join(" "));
    let (duration, names) = without_duration(wanted);
    let names: Vec<String> = names
        .into_iter()
        .map(|name| name.trim_end_matches(',').to_owned())
        .filter(|name| !name.is_empty() && !FILLERS.contains(&name.to_lowercase().as_str()))
        .collect();
    let found = best(core, person, &names);
    Wish {
        duration,
        justification: justification.filter(|words| !words.is_empty()),
        ..found
    }
}

/// The longest run of words that is a duration, and the other words.
fn without_duration(words: &[String]) -> (Option<Duration>, Vec<String>) {
    for length in (1..=DURATION_WORDS.min(words.len())).rev() {
        for start in 0..=words.len() - length {
            let (before, rest) = words.split_at(start);
            let (span, after) = rest.split_at(length);
            if let Ok(duration) = duration::parse(&span.join(" ")) {
                return (Some(duration), [before, after].concat());
            }
        }
    }
    (None, words.to_vec())
}

/// The names as choices on the integration on which most of them mean something.
fn best(core: &Core, person: &Person, names: &[String]) -> Wish {
    if names.is_empty() {
        return Wish::default();
    }
    let (_, all) = offer::offer(core, person, &Chosen::default());
    let mut found: Vec<Wish> = all
        .integrations
        .iter()
        .map(|integration| on(core, person, integration, names))
        .collect();
    found.sort_by_key(|wish| wish.unmatched.len());
    let Some(best) = found.first().cloned() else {
        return Wish::default();
    };
    let as_good: Vec<&Wish> = found
        .iter()
        .filter(|wish| wish.unmatched.len() == best.unmatched.len())
        .collect();
    if best.unmatched.len() == names.len() {
        return Wish {
            unmatched: names.to_vec(),
            ..Wish::default()
        };
    }
    if let [_, _, ..] = as_good.as_slice() {
        let on = as_good.iter().filter_map(|wish| wish.chosen.integration.clone());
        return Wish {
            on: on.collect(),
            unmatched: best.unmatched.clone(),
            ..Wish::default()
        };
    }
    best
}

/// However often it was typed.
fn add(chosen: &mut Vec<String>, name: &str) {
    if chosen.iter().all(|known| known != name) {
        chosen.push(name.to_owned());
    }
}

/// `orders` of `orders-db/orders`.
fn without_integration<'a>(lower: &'a str, integration: &str) -> &'a str {
    let prefix = format!("{}/", integration.to_lowercase());
    lower.strip_prefix(&prefix).unwrap_or(lower)
}

/// The names as choices on one integration.
fn on(core: &Core, person: &Person, integration: &str, names: &[String]) -> Wish {
    let entries = core.catalogue.of(integration);
    let permissions = core
        .integrations()
        .get(integration)
        .map(|known| known.permissions())
        .unwrap_or_default();
    let mut chosen = Chosen {
        integration: Some(integration.to_owned()),
        ..Chosen::default()
    };
    let mut left: BTreeSet<usize> = (0..names.len()).collect();
    for (index, name) in names.iter().enumerate() {
        let lower = name.to_lowercase();
        let resource = without_integration(&lower, integration);
        if lower == integration.to_lowercase() {
            left.remove(&index);
        } else if let Some(permission) = permissions.iter().find(|known| known.to_lowercase() == lower) {
            add(&mut chosen.permissions, permission);
            left.remove(&index);
        } else if let Some(entry) = entries.all().find(|entry| entry.lower_name() == resource) {
            chosen
                .resource_type
                .get_or_insert_with(|| entry.resource.resource_type.clone());
            add(&mut chosen.resources, &entry.value);
            left.remove(&index);
        }
    }
    // What the person may not request is left out by the offer, and is said like what does not exist.
    let (allowed, offered) = offer::offer(core, person, &chosen);
    let is_kept = |name: &String| {
        let lower = name.to_lowercase();
        let is_permission = permissions.iter().any(|known| known.to_lowercase() == lower);
        let kept = allowed
            .permissions
            .iter()
            .any(|known| known.to_lowercase() == lower)
            || (chosen.resources.is_empty() && is_permission);
        let of_resource = offered
            .taken
            .iter()
            .any(|entry| without_integration(&lower, integration) == entry.lower_name());
        kept || of_resource || lower == integration.to_lowercase()
    };
    let unmatched = names
        .iter()
        .enumerate()
        .filter(|(index, name)| left.contains(index) || !is_kept(name))
        .map(|(_, name)| name.clone());
    Wish {
        unmatched: unmatched.collect(),
        chosen: allowed,
        ..Wish::default()
    }
}
