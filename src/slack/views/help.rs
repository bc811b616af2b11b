//! The help: what people in their role do, a line each.

use super::text::{clean, escape};

/// What somebody does here besides requesting access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// They approve or reject.
    pub answers: bool,
    /// They read everybody's requests.
    pub reads_all: bool,
    pub admin: bool,
}

const EVERYBODY: [&str; 6] = [
    "*apono* gives access for a limited time, and takes it back automatically.",
    "`/apono request` – ask for access; `/apono request read orders 2h because ...` fills in the form; `/apono again AR-...` asks for the same again",
    "`/apono active` – your live access, with buttons to connect, extend and give back; `/apono connect AR-...`, `/apono extend AR-... 1h` and `/apono revoke AR-...` do the same",
    "`/apono list` – your requests; `/apono show AR-...` – one with its history; `/apono cancel AR-...` – withdraw one",
    "`/apono whoami` – what you can request; `/apono why read on orders` – which access flow decides",
    "`/apono portal` – the same in your browser; `/apono report` – your reports; `/apono review` – access reviews that wait for you; `/apono help` – this help",
];

/// `/apono help`.
pub fn help(roles: Roles) -> String {
    let mut lines: Vec<&str> = EVERYBODY.to_vec();
    if roles.answers {
        lines.push("*You approve*: `/apono pending` – what waits for your answer; `/apono revoke AR-... because ...` – end what you approved");
    }
    if roles.reads_all {
        lines.push("*You audit*: `/apono log` – everybody's requests; narrow it down with `@person`, an integration, a resource, `7d..`, `2026-11-01..2026-11-30`, or a status such as `granted`; `/apono active` – everybody's live access");
    }
    if roles.admin {
        lines.extend(ADMINS);
    }
    lines.push("Every step is posted to the audit channel.");
    lines.join("\n")
}

const ADMINS: [&str; 4] = [
    "*You are an admin*: `/apono revoke AR-...` – end anybody's access; `/apono revoke all @person`, `/apono revoke all on NAME` – the red button, which asks first",
    "`/apono block @person reason; tell them: message` – end everything somebody has and give them nothing more; `/apono unblock @person`",
    "`/apono freeze NAME` – grant nothing new on an integration; `/apono thaw NAME`",
    "`/apono accept dana@example.com [code]` – accept that an address now belongs to another account",
];

/// An unknown word: what was probably meant, or where to look.
pub fn unknown_word(word: &str, nearest: Option<&str>) -> String {
    let word = escape(&clean(word));
    match nearest {
        Some(example) => {
            format!("I do not know \"{word}\". Did you mean `{example}`?\n`/apono help` lists every command.")
        }
        None => format!(
            "I do not know \"{word}\".\n`/apono request` asks for access; `/apono help` lists every command."
        ),
    }
}

/// A command without its arguments.
pub fn unfinished(word: &str, takes: &str, example: &str, also: &str) -> String {
    format!("`/apono {word}` {takes}, for example `{example}`.{also}")
}
