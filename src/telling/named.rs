//! What apono says about names in a filter that match nothing, to those who may know that.

use crate::usecases::named::Named;

use super::wording::did_you_mean;

/// What the posts call events that have another name in the trail, in the form of a name, and that name.
const WORDS: [(&str, &str); 9] = [
    ("account_linked", "identity_bound"),
    ("ca_key_recorded", "authority_recorded"),
    ("ca_key_refused", "authority_refused"),
    ("end_sessions", "sessions_ordered"),
    ("ended", "stray_ended"),
    ("installed", "genesis"),
    ("not_cleaned_up", "left_over"),
    ("restored", "restore_found"),
    ("sessions_not_ended", "sessions_kept"),
];

/// The name in the trail of what somebody typed: that name, or the word of its posts, in upper or lower case.
pub fn event(typed: &str) -> String {
    let name = typed.trim().to_lowercase().replace(' ', "_");
    let word = WORDS.iter().find(|(word, _)| *word == name);
    word.map_or(name, |(_, name)| (*name).to_owned())
}

/// Nothing of this name is on offer, and nothing ever was requested.
pub fn nothing(named: Named, name: &str, close: Option<&str>) -> String {
    let said = match named {
        Named::Resource => format!("No resource called \"{name}\" is offered or was ever requested."),
        Named::Integration => {
            format!(
                "No integration is called \"{name}\", and nothing was ever requested on one of that name."
            )
        }
        Named::Permission => format!("No permission called \"{name}\" is offered or was ever requested."),
        Named::Flow => {
            format!("No access flow is called \"{name}\", and nothing was ever requested under that name.")
        }
    };
    format!("{said}{}", did_you_mean(close))
}

/// The trail has no event of this name.
pub fn no_event(name: &str, close: Option<&str>) -> String {
    format!("There is no event \"{name}\".{}", did_you_mean(close))
}
