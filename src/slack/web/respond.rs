//! Answering through a payload's `response_url`: five times within 30 minutes, without any token.

use serde::Serialize;
use serde_json::Value;
use slack_morphism::{SlackClientApiCallContext, SlackClientHttpConnector};
use tracing::Span;

use super::method::CALL_WITHIN;
use super::{WebApi, WebError};

const NAME: &str = "response_url";

impl WebApi {
    /// Posts `body`, a message, to `response_url`, which must be Slack's: anything else is `Refused` before it is called.
    pub async fn respond<B: Serialize + Sync + Send>(
        &self,
        response_url: &str,
        body: &B,
    ) -> Result<(), WebError> {
        let url = self.inner.api_url.response_url(response_url)?;
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
            .await
            .map_err(|_| WebError::ambiguous(NAME, "timed out"))?
            .map_err(|error| WebError::from_client(NAME, error))?;
        Ok(())
    }
}
