//! The heartbeat: an address that somebody else watches, fetched over the same route as Slack.

use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret, SecretString};

use super::method::CALL_WITHIN;
use super::{WebApi, WebError};
use crate::network::Bounded;

const NAME: &str = "heartbeat";

impl WebApi {
    /// Fetches `url` once and ignores the body. No error contains the address, which is a secret.
    pub async fn beat(&self, url: &SecretString) -> Result<(), WebError> {
        let request = Request::get(url.expose_secret())
            .header("user-agent", "apono")
            .body(String::new())
            .map_err(|_| WebError::Refused(format!("{NAME}: the address is not a URL")))?;
        // A new connection each time, because a minute is longer than most servers keep one open.
        let client: Client<_, String> = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(Bounded(self.connector()));
        let answer = tokio::time::timeout(CALL_WITHIN, client.request(request))
            .await
            .map_err(|_| WebError::ambiguous(NAME, "timed out"))?
            .map_err(|error| {
                if error.is_connect() {
                    WebError::Unreachable {
                        method: NAME,
                        why: "no connection".to_owned(),
                    }
                } else {
                    WebError::ambiguous(NAME, "connection lost")
                }
            })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        Err(WebError::Refused(format!("{NAME}: HTTP {}", status.as_u16())))
    }
}
