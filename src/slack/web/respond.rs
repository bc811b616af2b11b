//! Answering through a payload's `response_url`: five times within 30 minutes, without any token.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use slack_morphism::{SlackClientApiCallContext, SlackClientHttpConnector};
use tracing::{Instrument, Span};
use url::Url;

use super::method::CALL_WITHIN;
use super::{WebApi, WebError};

const NAME: &str = "response_url";

/// Pauses before retrying an answer that never reached Slack.
const AGAIN_AFTER: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(10),
];

/// If Slack wants an answer later than this, it is not worth waiting for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl WebApi {
    /// Posts `body`, a message, to `response_url`, which must be Slack's: anything else is `Refused` before it is called.
    /// An answer that was certainly not posted is retried, because somebody is waiting for it.
    pub async fn respond<B: Serialize + Sync + Send>(
        &self,
        response_url: &str,
        body: &B,
    ) -> Result<(), WebError> {
        let url = self.inner.api_url.response_url(response_url)?;
        for pause in AGAIN_AFTER {
            match self.respond_once(url.clone(), body).await {
                Err(WebError::RateLimited { retry_after, .. }) if retry_after <= LONGEST_PAUSE => {
                    tokio::time::sleep(retry_after).await;
                }
                Err(WebError::Unreachable { .. }) => tokio::time::sleep(pause).await,
                done => return done,
            }
        }
        self.respond_once(url, body).await
    }

    async fn respond_once<B: Serialize + Sync + Send>(&self, url: Url, body: &B) -> Result<(), WebError> {
        let context = SlackClientApiCallContext {
            rate_control_params: None,
            token: None,
            tracing_span: &Span::none(),
            // The path is what authorises the answer, so it stays out of the log.
            is_sensitive_url: true,
        };
        let connector = &self.inner.client.http_api.connector;
        let answer = connector.http_post_uri::<B, Value>(url, body, context);
        tokio::time::timeout(CALL_WITHIN, answer)
            .instrument(tracing::error_span!("slack", method = NAME))
            .await
            .map_err(|_| WebError::ambiguous(NAME, "timed out"))?
            .map_err(|error| WebError::from_client(NAME, error))?;
        Ok(())
    }
}
