//! Compares the bot token's scopes with those in the manifest.

use std::collections::BTreeSet;

use crate::findings::Finding;
use crate::slack::web::WebApi;

/// Every bot scope of the manifest, and what does not work without it.
pub const NEEDED: [(&str, &str); 11] = [
    ("commands", "/apono and the shortcut do not exist"),
    ("chat:write", "no card, notice or audit message is posted"),
    ("files:write", "reports that run by themselves bring no file"),
    ("im:write", "nobody gets a direct message"),
    (
        "im:history",
        "the bot does not see what people write to it, and cannot find a card whose post got no answer",
    ),
    (
        "users:read",
        "nobody can be identified, so nobody can request or decide",
    ),
    (
        "users:read.email",
        "people named by email in the config cannot be identified",
    ),
    ("channels:read", "a public audit channel cannot be found"),
    ("groups:read", "a private audit channel cannot be found"),
    (
        "channels:history",
        "a post to a public audit channel can appear twice if it got no answer",
    ),
    (
        "groups:history",
        "a post to a private audit channel can appear twice if it got no answer",
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
                format!("the scopes of the bot token could not be read: {error}"),
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
                "add it under OAuth & Permissions and reinstall the app",
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
            format!(
                "the bot token has scopes that apono does not need: {}",
                more.join(", ")
            ),
            "remove these under OAuth & Permissions and reinstall the app",
        ));
    }
    findings
}
