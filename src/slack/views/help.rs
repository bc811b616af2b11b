//! The help: every command, grouped by what people want to do.

use super::text::{clean, escape};

/// `/apono help`.
pub fn help() -> String {
    [
        "*apono* gives access for a limited time.",
        "*Request*",
        "`/apono request` – request access",
        "`/apono again AR-7` – request the same again",
        "`/apono cancel AR-7` – withdraw a request before anything is granted",
        "*Use*",
        "`/apono extend AR-7 1h` – keep access for longer, if the access flow allows it",
        "`/apono revoke AR-7` – give access back early, or withdraw a request (admins: end anybody's access)",
        "*View*",
        "`/apono list` – your requests and their status",
        "`/apono show AR-7` – one request with its history",
        "`/apono active` – live access and when it ends (admins and auditors: everybody's)",
        "`/apono whoami` – who I think you are, and what you can request",
        "`/apono why read on orders` – which access flow decides, and why the others do not",
        "*For admins*",
        "`/apono block @person` – end everything somebody has, and give them nothing more; `/apono unblock @person`",
        "`/apono freeze NAME` – grant nothing new on an integration; `/apono thaw NAME`",
        "`/apono revoke all @person`, `/apono revoke all on NAME` – the red button: after a confirmation, end everything somebody has, or everything on an integration",
        "`/apono accept dana@example.com` – accept that an address in the config now belongs to another account",
        "`/apono help` – show this help",
        "Access ends automatically. Every step is posted to the audit channel.",
    ]
    .join("\n")
}

/// An unknown word: what was probably meant, or else the help.
pub fn unknown_word(word: &str, nearest: Option<&str>) -> String {
    let word = escape(&clean(word));
    match nearest {
        Some(example) => {
            format!("I do not know \"{word}\". Did you mean `{example}`? `/apono help` lists every command.")
        }
        None => format!("I do not know \"{word}\".\n{}", help()),
    }
}

/// A command without its arguments.
pub fn unfinished(word: &str, needs: &str, example: &str) -> String {
    format!("`/apono {word}` needs {needs}, for example `{example}`. `/apono list` shows your requests.")
}
