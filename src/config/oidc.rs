//! `[web.oidc]`: the issuer whose accounts people sign in to the portal with.

use url::Url;

use super::keys;
use super::slack::is_loopback;
use crate::document::{Document, Section, Value};
use crate::secrets::SecretRef;

/// Issuers that people know by another name than their host's.
const NAMES: [(&str, &str); 3] = [
    ("slack.com", "Slack"),
    ("accounts.google.com", "Google"),
    ("login.microsoftonline.com", "Microsoft"),
];

/// Longest name, in characters: it is in a button.
const LONGEST: usize = 40;

/// The issuer, and the client that the bot is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcConfig {
    /// As written: the issuer has to spell itself exactly like this.
    pub issuer: String,
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<SecretRef>,
    /// What people call the issuer.
    pub name: String,
}

/// `None` if there is no such section, or if something is wrong.
pub(super) fn read(web: &Section<'_>) -> Option<OidcConfig> {
    let section = web.section("oidc", "[web.oidc]", keys::OIDC)?;
    let doc = section.doc;
    let issuer = section.must("issuer", r#""https://id.example.com""#, |v| doc.issuer(v));
    let client_id = section.must("client_id", r#""apono""#, |v| doc.text(v));
    let client_secret = section.may("client_secret", |v| doc.secret(v, |_| None));
    let name = section.may("name", |v| doc.button(v));
    let issuer = issuer?;
    Some(OidcConfig {
        name: name.unwrap_or_else(|| name_of(issuer)),
        issuer: issuer.to_owned(),
        client_id: client_id?.to_owned(),
        client_secret,
    })
}

fn name_of(issuer: &str) -> String {
    let url = Url::parse(issuer).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or(issuer);
    let known = NAMES.into_iter().find(|(of, _)| *of == host);
    known.map_or(host, |(_, name)| name).to_owned()
}

impl<'a> Document<'a> {
    /// The issuer's own name for itself, which is an address.
    fn issuer(&self, value: &'a Value<'a>) -> Option<&'a str> {
        let text = self.text(value)?;
        let url = Url::parse(text).ok().filter(|url| {
            url.has_host()
                && matches!(url.scheme(), "http" | "https")
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        let wrong = match url {
            None => {
                "Write the issuer as it spells itself in its discovery document, such as \"https://id.example.com\"."
            }
            Some(_) if text.ends_with("/.well-known/openid-configuration") => {
                "Leave /.well-known/openid-configuration out: the bot adds it."
            }
            Some(url) if url.scheme() == "http" && !is_loopback(&url) => {
                "Write https://: http:// is only accepted for an issuer on this machine (127.0.0.1)."
            }
            Some(_) => return Some(text),
        };
        self.problem(value.span(), wrong);
        None
    }

    fn button(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        if text.chars().count() > LONGEST {
            self.problem(
                value.span(),
                format!("Write at most {LONGEST} characters: this is in a button."),
            );
            return None;
        }
        Some(text.to_owned())
    }
}
