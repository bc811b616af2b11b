//! Where a sink sends to, as the config says it: an address, or a reference to one that is secret.

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Fault;
use crate::document::{Document, Value};
use crate::network::is_loopback;
use crate::secrets::SecretRef;

/// An address over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    Plain(Url),
    Secret(SecretRef),
}

impl Address {
    /// The address as it is now.
    pub(super) fn read(&self) -> Result<Url, Fault> {
        match self {
            Self::Plain(url) => Ok(url.clone()),
            Self::Secret(reference) => {
                let text: SecretString = reference.read()?;
                let wrong = || Fault::held(format!("{reference} holds no https:// address"));
                judge(text.expose_secret()).map_or_else(
                    || Url::parse(text.expose_secret()).map_err(|_| wrong()),
                    |_| Err(wrong()),
                )
            }
        }
    }
}

/// What is wrong with an address. The sentence repeats no part of it.
pub(super) fn judge(text: &str) -> Option<&'static str> {
    let fits = |url: &Url| url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url));
    if Url::parse(text).is_ok_and(|url| fits(&url) && url.username().is_empty() && url.password().is_none()) {
        return None;
    }
    Some(
        "Write an https:// address without user and password; http:// is only accepted for this machine (127.0.0.1).",
    )
}

impl<'a> Document<'a> {
    /// An address, or a reference to one.
    pub(super) fn sink_address(&self, value: &'a Value<'a>) -> Option<Address> {
        if value.get_ref().as_str().is_none() {
            return self.secret(value, judge).map(Address::Secret);
        }
        let text = self.text(value)?;
        if let Some(problem) = judge(text) {
            self.problem(value.span(), problem);
            return None;
        }
        Url::parse(text).ok().map(Address::Plain)
    }
}
