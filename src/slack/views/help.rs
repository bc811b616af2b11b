//! The help: every word after `/apono`, by what people want to do.

use super::text::{clean, escape};

/// `/apono help`.
pub fn help() -> String {
    [
        "*apono* gives access for a limited time.",
        "*Ask*",
        "`/apono request` – ask for access",
        "`/apono again AR-7` – ask once more for the same",
        "`/apono cancel AR-7` – withdraw a request before anything is granted",
        "*Use*",
        "`/apono extend AR-7 1h` – keep access for longer, where the access flow allows it",
        "`/apono revoke AR-7` – give access back before its time, or withdraw a request (admins: end anybody's access)",
        "*Look*",
        "`/apono list` – your requests and where they stand",
        "`/apono show AR-7` – one request, with its history",
        "`/apono active` – live access, with its end (admins and auditors: everybody's)",
        "`/apono whoami` – who I think you are, and what you may ask for",
        "`/apono why read on orders` – which access flow decides, and why not the others",
        "*For admins*",
        "`/apono block @person` – end what somebody has, and give them nothing more; `/apono unblock @person`",
        "`/apono freeze NAME` – grant nothing new on an integration; `/apono thaw NAME`",
        "`/apono revoke all @person`, `/apono revoke all on NAME` – the red button: after a question, end all that somebody has, or all there is on an integration",
        "`/apono accept dana@example.com` – an address of the config belongs to another account now",
        "`/apono help` – this",
        "Access ends by itself. Every step is posted to the audit channel.",
    ]
    .join("\n")
}

/// An unknown word: what was probably meant, or else the help.
pub fn unknown_word(word: &str, nearest: Option<&str>) -> String {
    let word = escape(&clean(word));
    match nearest {
        Some(example) => {
            format!("I do not know \"{word}\". Did you mean `{example}`? `/apono help` names every word.")
        }
        None => format!("I do not know \"{word}\".\n{}", help()),
    }
}

/// A word without what has to follow it.
pub fn unfinished(word: &str, needs: &str, example: &str) -> String {
    format!("`/apono {word}` needs {needs}, for example `{example}`. `/apono list` shows your requests.")
}
