//! Which scopes the bot token has. Slack says so in a header beside every answer, which slack-morphism does not hand on.

use std::collections::BTreeSet;

use http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::{Method, WebApi, WebError};

/// <https://docs.slack.dev/authentication/installing-with-oauth#inspecting>
const HEADER: &str = "x-oauth-scopes";

impl WebApi {
    /// The bot token's scopes; `None` where the server does not tell. It calls `auth.test`, whose answer is not looked at.
    pub async fn scopes(&self) -> Result<Option<BTreeSet<String>>, WebError> {
        let method = Method::AuthTest;
        let name = method.name();
        let unsent = |why: String| WebError::Unreachable { method: name, why };
        let token = self.keys.of(method)?;
        let request = Request::post(format!("{}/{name}", self.inner.api_url))
            .header("authorization", format!("Bearer {}", token.token_value.0))
            .body(String::new())
            // Its text may quote the header, token and all.
            .map_err(|_| WebError::Refused(format!("{name}: the request could not be formed")))?;
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
