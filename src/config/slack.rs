//! `[slack]`: the tokens, the audit channel, and where Slack is.

use std::path::PathBuf;

use url::{Host, Url};

use super::keys;
use crate::document::{Document, Section, Value};
use crate::secrets::SecretRef;

/// Where the Web API is unless `api_url` says otherwise.
const API_URL: &str = "https://slack.com/api";
/// Slack allows an app at most ten Socket Mode connections (docs.slack.dev, "Using Socket Mode").
const MOST_SOCKETS: i64 = 10;
const DEFAULT_SOCKETS: u8 = 2;

/// How to reach Slack, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackConfig {
    /// App-level token, `xapp-...`, with the scope `connections:write`.
    pub app_token: SecretRef,
    /// Bot token, `xoxb-...`.
    pub bot_token: SecretRef,
    /// Name (a leading `#` dropped) or id of the channel that sees every event.
    pub audit_channel: String,
    /// Base of the Web API, without a slash at its end.
    pub api_url: String,
    /// How many Socket Mode connections are held open, 1 to 10.
    pub sockets: u8,
    /// Whether `http://` and `ws://` may leave this machine.
    pub allow_plain_http: bool,
    /// PEM file of root certificates to trust in addition to the machine's own.
    pub ca_file: Option<PathBuf>,
}

pub(super) fn read(root: &Section<'_>) -> Option<SlackConfig> {
    let section = root.must_section("slack", "[slack]", keys::SLACK)?;
    let doc = section.doc;
    let app_token = section.must("app_token", r#"{ env = "SLACK_APP_TOKEN" }"#, |v| {
        doc.secret(v, |token| {
            token.starts_with("xoxb-").then_some(
                "This secret is a bot token (xoxb-); app_token has to be the app-level token (xapp-).",
            )
        })
    });
    let bot_token = section.must("bot_token", r#"{ env = "SLACK_BOT_TOKEN" }"#, |v| {
        doc.secret(v, |token| {
            token.starts_with("xapp-").then_some(
                "This secret is an app-level token (xapp-); bot_token has to be the bot token (xoxb-).",
            )
        })
    });
    let audit_channel = section.must("audit_channel", r#""permissions-audit""#, |v| doc.channel(v));
    let sockets = section.or("sockets", DEFAULT_SOCKETS, |v| doc.number(v, 1..=MOST_SOCKETS));
    let allow_plain_http = section.or("allow_plain_http", false, |v| doc.boolean(v));
    let api_url = section.or("api_url", API_URL.to_owned(), |v| {
        doc.api_url(v, allow_plain_http)
    });
    let ca_file = section.may("ca_file", |v| {
        doc.file(v, |text| {
            (!text.contains("-----BEGIN CERTIFICATE-----"))
                .then_some("This file has no certificate in it (PEM, -----BEGIN CERTIFICATE-----).")
        })
    });
    Some(SlackConfig {
        app_token: app_token?,
        bot_token: bot_token?,
        audit_channel: audit_channel?,
        api_url,
        sockets,
        allow_plain_http,
        ca_file,
    })
}

impl<'a> Document<'a> {
    pub(super) fn channel(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let name = text.strip_prefix('#').unwrap_or(text);
        let is_id = name.starts_with(['C', 'G'])
            && name.len() >= 3
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        // Slack's rule for names: lower case, no spaces, no punctuation except - and _, at most 80 characters.
        let is_name = (1..=80).contains(&name.chars().count())
            && name
                .chars()
                .all(|c| (c.is_alphanumeric() && !c.is_uppercase()) || matches!(c, '-' | '_'));
        if !is_id && !is_name {
            self.problem(
                value.span(),
                "Write a channel's name in lower case (letters, digits, - and _) or its id (C...).",
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn api_url(&self, value: &'a Value<'a>, plain_allowed: bool) -> Option<String> {
        let text = self.text(value)?;
        let url = Url::parse(text)
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let Some(url) = url else {
            self.problem(
                value.span(),
                format!("Write an address that starts with https://, such as {API_URL:?}."),
            );
            return None;
        };
        let extra = !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some();
        let problem = if extra {
            "Remove the user, the password, ? and # from this address."
        } else if url.scheme() == "http" && !plain_allowed && !is_loopback(&url) {
            "Write https://: http:// sends the tokens unencrypted, so it is only accepted for this machine (127.0.0.1), unless allow_plain_http = true."
        } else {
            return Some(url.as_str().trim_end_matches('/').to_owned());
        };
        self.problem(value.span(), problem);
        None
    }
}

pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
