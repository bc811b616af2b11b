//! Who we are in Slack, and the address of a new socket.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use super::{Lane, Method, WebApi, WebError};

/// The workspace the bot token belongs to, and the bot's own user there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Installation {
    pub team_id: String,
    /// The workspace's name.
    pub team: String,
    /// Set on Enterprise Grid.
    #[serde(default)]
    pub enterprise_id: Option<String>,
    /// The bot's user.
    pub user_id: String,
    #[serde(default)]
    pub bot_id: Option<String>,
    /// The workspace's address, such as `https://example.slack.com/`.
    #[serde(default)]
    pub url: Option<String>,
}

impl WebApi {
    pub async fn auth_test(&self) -> Result<Installation, WebError> {
        self.call(Method::AuthTest, Lane::Bulk, &json!({})).await
    }

    /// The address of one new socket. It contains a ticket that works once.
    /// `Refused` if it is plain text to another machine.
    pub async fn open_connection(&self) -> Result<SecretString, WebError> {
        #[derive(Deserialize)]
        struct Opened {
            url: String,
        }
        let opened: Opened = self
            .call(Method::AppsConnectionsOpen, Lane::Interactive, &json!({}))
            .await?;
        let url = self.inner.api_url.socket_url(&opened.url)?;
        Ok(SecretString::from(String::from(url)))
    }
}
