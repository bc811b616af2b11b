//! Where Slack's Web API is, and which other addresses may be used because of it.
//!
//! Invariant: a token, a ticket or an answer is sent unencrypted only to this machine, unless the operator allowed it.

use std::fmt;

use url::Url;

use crate::network::is_loopback;

use super::WebError;

/// The checked base of the Web API, such as `https://slack.com/api`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUrl {
    base: Url,
    allow_plain_http: bool,
}

impl ApiUrl {
    /// Accepts `https://`, and `http://` to a loopback address; to other hosts only if `allow_plain_http`.
    pub fn parse(text: &str, allow_plain_http: bool) -> Result<Self, WebError> {
        let base = Url::parse(text.trim_end_matches('/'))
            .map_err(|error| WebError::Refused(format!("api_url is not a URL: {error}")))?;
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            return Err(WebError::Refused(
                "api_url may hold only a scheme, a host, a port and a path".to_owned(),
            ));
        }
        match base.scheme() {
            "https" => {}
            "http" if allow_plain_http || is_loopback(&base) => {}
            "http" => {
                return Err(WebError::Refused(
                    "api_url is plain http:// to another machine, which is not allowed".to_owned(),
                ));
            }
            _ => {
                return Err(WebError::Refused(
                    "api_url is neither https:// nor http://".to_owned(),
                ));
            }
        }
        Ok(Self {
            base,
            allow_plain_http,
        })
    }

    pub(super) fn as_str(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    pub(super) fn is_plain(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// The `response_url` of a payload, if it leads to Slack's own host for them or to the Web API's own origin.
    /// Anything else could make the bot call addresses that a stranger chose.
    pub(super) fn response_url(&self, text: &str) -> Result<Url, WebError> {
        Url::parse(text)
            .ok()
            .filter(|url| {
                let is_slacks = url.scheme() == "https" && url.host_str() == Some("hooks.slack.com");
                is_slacks || url.origin() == self.base.origin()
            })
            .ok_or_else(|| WebError::Refused("the response_url does not lead to Slack".to_owned()))
    }

    /// Where the bytes of a file go, if that is Slack's own host for them or the Web API's own origin.
    pub(super) fn upload_url(&self, text: &str) -> Result<Url, WebError> {
        Url::parse(text)
            .ok()
            .filter(|url| {
                let is_slacks = url.scheme() == "https" && url.host_str() == Some("files.slack.com");
                is_slacks || url.origin() == self.base.origin()
            })
            .ok_or_else(|| WebError::Refused("the upload_url does not lead to Slack".to_owned()))
    }

    /// The address of a new socket, if it is encrypted or stays on this machine. The text contains a ticket: do not print it.
    pub(super) fn socket_url(&self, text: &str) -> Result<Url, WebError> {
        let refused = |why: &str| WebError::Refused(format!("the socket's address {why}"));
        let url = Url::parse(text).map_err(|_| refused("is not a URL"))?;
        match url.scheme() {
            "wss" => Ok(url),
            "ws" if self.allow_plain_http || is_loopback(&url) => Ok(url),
            "ws" => Err(refused("is plain ws:// to another machine")),
            _ => Err(refused("is neither wss:// nor ws://")),
        }
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_leads_only_to_this_machine_unless_allowed() {
        for fine in [
            "https://slack.com/api",
            "http://127.0.0.1:1/api/",
            "http://[::1]/api",
        ] {
            assert!(ApiUrl::parse(fine, false).is_ok(), "{fine}");
        }
        for bad in [
            "http://slack.com/api",
            "http://127.0.0.1.evil.example/api",
            "ftp://slack.com",
            "https://me:secret@slack.com/api",
            "slack.com/api",
        ] {
            assert!(ApiUrl::parse(bad, false).is_err(), "{bad}");
        }
        assert!(ApiUrl::parse("http://slack.test/api", true).is_ok());
    }

    #[test]
    fn a_response_url_leads_to_slack_or_to_the_api_itself() {
        let api = ApiUrl::parse("http://127.0.0.1:9000/api", false).unwrap();
        for fine in [
            "https://hooks.slack.com/actions/T/1/x",
            "http://127.0.0.1:9000/response/1",
        ] {
            assert!(api.response_url(fine).is_ok(), "{fine}");
        }
        for bad in [
            "http://hooks.slack.com/actions/T/1/x",
            "https://hooks.slack.com.evil.example/x",
            "https://hooks.slack.com@evil.example/x",
            "http://127.0.0.1:9001/response/1",
            "https://evil.example/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(api.response_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_socket_is_encrypted_or_stays_on_this_machine() {
        let strict = ApiUrl::parse("https://slack.com/api", false).unwrap();
        assert!(
            strict
                .socket_url("wss://wss-primary.slack.com/link/?ticket=1")
                .is_ok()
        );
        assert!(strict.socket_url("ws://localhost:1/link").is_ok());
        let refusal = strict
            .socket_url("ws://slack.test/link/?ticket=hush")
            .unwrap_err()
            .to_string();
        insta::assert_snapshot!(refusal, @"the socket's address is plain ws:// to another machine");
        let lenient = ApiUrl::parse("http://slack.test/api", true).unwrap();
        assert!(lenient.socket_url("ws://slack.test/link").is_ok());
    }
}
