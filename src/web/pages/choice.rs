//! What a field of a form lets people choose from.

use crate::usecases::Core;
use crate::usecases::offer::{Chosen, offer};
use crate::web::who::Who;

/// An option.
pub(in crate::web) struct Choice {
    pub(in crate::web) value: String,
    pub(in crate::web) is_chosen: bool,
}

/// These, and what the address says if that is another.
pub(in crate::web) fn choices<T: Into<String>>(
    values: impl IntoIterator<Item = T>,
    chosen: &str,
) -> Vec<Choice> {
    let mut values: Vec<String> = values.into_iter().map(Into::into).collect();
    if !chosen.is_empty() && values.iter().all(|value| value != chosen) {
        values.push(chosen.to_owned());
    }
    let choice = |value: String| Choice {
        is_chosen: value == chosen,
        value,
    };
    values.into_iter().map(choice).collect()
}

/// The integrations that the reader knows about, by name: all of the config, or those that they are offered.
pub(in crate::web) fn integrations(core: &Core, who: &Who) -> Vec<String> {
    if let Some(person) = who.person().filter(|_| !who.reads_all()) {
        let (_, offered) = offer(core, person, &Chosen::default());
        return offered.integrations;
    }
    let configured = core.integrations();
    let mut names: Vec<String> = configured.iter().map(|(name, _)| name.to_string()).collect();
    names.sort();
    names
}
