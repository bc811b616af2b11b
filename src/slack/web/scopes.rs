//! Which scopes the bot token has. Slack says so in a header of every answer, which slack-morphism does not pass on.

use std::collections::BTreeSet;

use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::{Method, WebApi, WebError};

/// <https://docs.slack.dev/authentication/installing-with-oauth#inspecting>
const HEADER: &str = "x-oauth-scopes";

impl WebApi {
    /// The bot token's scopes; `None` if the server does not say. It calls `auth.test` and ignores the answer's body.
    pub async fn scopes(&self) -> Result<Option<BTreeSet<String>>, WebError> {
        let method = Method::AuthTest;
        let name = method.name();
        let unsent = |why: String| WebError::Unreachable { method: name, why };
        let token = self.keys.of(method)?;
        let request = Request::post(format!("{}/{name}", self.inner.api_url))
            .header("authorization", format!("Bearer {}", token.token_value.0))
            .body(String::new())
            // The error text may quote the header, token included.
            .map_err(|_| WebError::Refused(format!("{name}: the request could not be built")))?;
        let client: Client<_, String> = Client::builder(TokioExecutor::new()).build(self.connector());
        let answer = tokio::time::timeout(method.within(), client.request(request))
            .await
            .map_err(|_| unsent("timed out".to_owned()))?
            .map_err(|_| unsent("connection lost".to_owned()))?;
        let header = answer.headers().get(HEADER).and_then(|value| value.to_str().ok());
        Ok(header.map(|list| {
            let scopes = list.split(',').map(str::trim).filter(|scope| !scope.is_empty());
            scopes.map(str::to_owned).collect()
        }))
    }
}
