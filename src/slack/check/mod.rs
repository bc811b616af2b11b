//! What `apono check --online` says about Slack: tokens, scopes, the audit channel, and the people of the config.
//!
//! Invariant: it only reads; nothing is posted, joined or stored.

mod channel;
mod people;
mod scopes;

use super::channel::Purpose;
use super::web::{Installation, WebApi, WebError};
use crate::access::flows::PersonRef;
use crate::findings::Finding;

pub(super) use channel::look;
pub use scopes::NEEDED;

/// What is checked.
pub struct Subject<'a> {
    pub web: &'a WebApi,
    /// The audit channel, and the alerts channel if it is a different one.
    pub channels: &'a [WantedChannel<'a>],
    /// The people the config names, and where: `config.toml:12:5`.
    pub people: &'a [(PersonRef, String)],
    /// The same of those who read without an account in Slack.
    pub outside_auditors: &'a [(PersonRef, String)],
}

/// A channel the bot posts to.
pub struct WantedChannel<'a> {
    pub purpose: Purpose,
    /// As the config names it.
    pub wanted: &'a str,
    /// The id that the bot posts to, if it ever found the channel.
    pub pinned: Option<String>,
}

/// Everything about Slack that can be checked with the two tokens.
pub async fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let web = subject.web;
    let mut findings = vec![sockets(web).await];
    let ours = match web.auth_test().await {
        Ok(ours) => ours,
        Err(error) => {
            findings.push(no_bot_token(&error));
            return findings;
        }
    };
    findings.push(whose(&ours));
    findings.extend(scopes::check(web).await);
    // Only a token of the app's owner can read the app's settings.
    findings.push(Finding::unseen(
        "which events, commands and buttons the app is set up for",
        "compare the app's settings with `apono manifest`",
    ));
    for channel in subject.channels {
        findings.extend(channel::check(web, channel).await);
    }
    findings.extend(people::check(subject, &ours).await);
    findings
}

fn whose(ours: &Installation) -> Finding {
    let Installation {
        team,
        team_id,
        user_id,
        ..
    } = ours;
    Finding::ok(format!(
        "the bot token belongs to the user {user_id} in the workspace {team} ({team_id})"
    ))
}

/// Opens no socket: it only asks for a socket's address, which nobody uses.
async fn sockets(web: &WebApi) -> Finding {
    match web.open_connection().await {
        Ok(_) => Finding::ok("the app token can open sockets"),
        Err(error) if error.code().is_some() => Finding::problem(
            format!("the app token cannot open a socket: {error}"),
            "under Basic Information, create an app-level token (xapp-) with connections:write, and make sure Socket Mode is on",
        ),
        Err(error) => unreachable(&error),
    }
}

fn no_bot_token(error: &WebError) -> Finding {
    match error.code() {
        Some(_) => Finding::problem(
            format!("Slack does not accept the bot token: {error}"),
            "install the app in the workspace, and put its Bot User OAuth Token (xoxb-) where `bot_token` points",
        ),
        None => unreachable(error),
    }
}

/// No answer at all, which no token is to blame for.
fn unreachable(error: &WebError) -> Finding {
    Finding::problem(
        error.to_string(),
        "let this machine reach Slack on port 443, through HTTPS_PROXY if there is a proxy",
    )
}
