//! The bot token's scopes against those that the manifest asks for.

use std::collections::BTreeSet;

use crate::findings::Finding;
use crate::slack::web::WebApi;

/// Every bot scope of the manifest, and what does not work without it.
pub const NEEDED: [(&str, &str); 10] = [
    ("commands", "/apono and the shortcut do not exist"),
    ("chat:write", "no card, notice or audit message is posted"),
    ("im:write", "nobody gets a direct message"),
    (
        "im:history",
        "what people write to the bot is not heard, and a card whose posting got no answer is not found",
    ),
    ("users:read", "nobody is known, so nobody may ask or decide"),
    (
        "users:read.email",
        "people whom the config names by e-mail are not known",
    ),
    ("channels:read", "a public audit channel is not found"),
    ("groups:read", "a private audit channel is not found"),
    (
        "channels:history",
        "a post of a public audit channel whose posting got no answer can be doubled",
    ),
    (
        "groups:history",
        "a post of a private audit channel whose posting got no answer can be doubled",
    ),
];

pub(super) async fn check(web: &WebApi) -> Vec<Finding> {
    let has = match web.scopes().await {
        Ok(Some(has)) => has,
        Ok(None) => {
            return vec![Finding::unseen(
                "which scopes the bot token has",
                "compare OAuth & Permissions with `apono manifest`",
            )];
        }
        Err(error) => {
            return vec![Finding::problem(
                format!("the scopes of the bot token could not be asked: {error}"),
                "try again",
            )];
        }
    };
    let mut findings: Vec<Finding> = NEEDED
        .iter()
        .filter(|(scope, _)| !has.contains(*scope))
        .map(|(scope, without)| {
            Finding::problem(
                format!("the scope {scope} is missing: {without}"),
                "add it under OAuth & Permissions and install the app again",
            )
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok("the bot token has every scope it needs"));
    }
    let needed: BTreeSet<&str> = NEEDED.iter().map(|(scope, _)| *scope).collect();
    let more: Vec<&str> = has
        .iter()
        .map(String::as_str)
        .filter(|scope| !needed.contains(scope))
        .collect();
    if !more.is_empty() {
        findings.push(Finding::warning(
            format!("the bot token may do more than apono needs: {}", more.join(", ")),
            "remove these under OAuth & Permissions and install the app again",
        ));
    }
    findings
}
