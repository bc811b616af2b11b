//! The Web API: one client with timeouts, pacing and errors that say what may have happened.
//!
//! Invariant: the client never repeats a call on its own; the caller knows whether that is safe. slack-morphism makes the
//! calls; the answers are parsed into our own types, because its types drop fields that decide who somebody is.

mod api_url;
mod auth;
mod chat;
mod conversations;
mod error;
mod files;
mod heartbeat;
mod history;
mod method;
mod pace;
mod respond;
mod scheduled;
mod scopes;
mod tokens;
mod users;
mod views;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;
use slack_morphism::hyper_tokio::SlackClientHyperConnector;
use slack_morphism::{SlackApiToken, SlackClient};
use tokio::sync::watch;
use tracing::Instrument;

pub use api_url::ApiUrl;
pub use auth::Installation;
pub use chat::{MessageUpdate, NewMessage, Posted};
pub use conversations::ChannelInfo;
pub use error::WebError;
pub use files::NewFile;
pub use history::{HistoryMessage, HistoryQuery};
pub use method::Method;
pub use pace::{Lane, Pacing};
pub use scheduled::ScheduledMessage;
pub use tokens::Tokens;
pub use users::UserInfo;
pub use views::ViewRef;

use crate::failpoint;
use crate::metrics::Times;
use crate::network::{self, Bounded, Connector, Network};

use method::Verb;
use pace::Pace;
use tokens::Keys;

/// What the client needs to know.
pub struct WebSettings {
    pub api_url: ApiUrl,
    /// `None` if they could not be read: every call is refused until there are some.
    pub tokens: Option<Tokens>,
    pub pacing: Pacing,
    pub network: Network,
}

/// Slack's Web API. Clones share connections, limits and tokens.
#[derive(Clone)]
pub struct WebApi {
    inner: Arc<Inner>,
    keys: Arc<Keys>,
}

struct Inner {
    client: SlackClient<SlackClientHyperConnector<Bounded<Connector>>>,
    connector: Connector,
    api_url: ApiUrl,
    pace: Pace,
    /// Direct messages that were opened, by user.
    dms: Mutex<HashMap<String, String>>,
}

impl WebApi {
    /// Fails if there are no root certificates. [`network::install_crypto_provider`] must have been called.
    pub fn new(settings: WebSettings) -> Result<Self, WebError> {
        let connector = network::connector(&settings.network, settings.api_url.is_plain())?;
        let http = SlackClientHyperConnector::with_connector(Bounded(connector.clone()))
            .with_slack_api_url(settings.api_url.as_str());
        Ok(Self {
            inner: Arc::new(Inner {
                client: SlackClient::new(http),
                connector,
                api_url: settings.api_url,
                pace: Pace::new(settings.pacing),
                dms: Mutex::default(),
            }),
            keys: Arc::new(Keys::new(settings.tokens)),
        })
    }

    /// The same connections and limits with other tokens, for trying them.
    #[must_use]
    pub fn with_tokens(&self, tokens: Tokens) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            keys: Arc::new(Keys::new(Some(tokens))),
        }
    }

    /// How long calls waited for their turn, by `method`.
    pub fn waits(&self) -> &Times<1> {
        &self.inner.pace.waits
    }

    /// From now on, every clone calls with these.
    pub fn replace_tokens(&self, tokens: Tokens) {
        self.keys.replace(tokens);
    }

    /// `None` if they could not be read.
    pub fn tokens(&self) -> Option<Tokens> {
        self.keys.get()
    }

    /// Slack's error code for why it does not accept the bot token; `None` while it does.
    pub fn refused(&self) -> watch::Receiver<Option<String>> {
        self.keys.refused()
    }

    /// The route to Slack, for sockets.
    pub(super) fn connector(&self) -> Connector {
        self.inner.connector.clone()
    }

    /// Calls `method` with the arguments in `request`, which must serialise to a JSON object, and reads the answer into `Rs`.
    /// Waits for its turn in `lane`, then at most the method's timeout.
    pub async fn call<Rq, Rs>(&self, method: Method, lane: Lane, request: &Rq) -> Result<Rs, WebError>
    where
        Rq: Serialize + Sync,
        Rs: DeserializeOwned,
    {
        let span = tracing::error_span!("slack", method = method.name());
        self.call_within(method, lane, request).instrument(span).await
    }

    async fn call_within<Rq, Rs>(&self, method: Method, lane: Lane, request: &Rq) -> Result<Rs, WebError>
    where
        Rq: Serialize + Sync,
        Rs: DeserializeOwned,
    {
        let name = method.name();
        let token = self.keys.of(method)?;
        let arguments = serde_json::to_value(request)
            .map_err(|_| WebError::Refused(format!("{name}: the arguments are not JSON")))?;
        let is_post = method == Method::ChatPostMessage;
        let channel = arguments["channel"].as_str().filter(|_| is_post);
        self.inner.pace.admit(method, lane, channel).await?;

        let began = Instant::now();
        let answer = tokio::time::timeout(method.within(), self.send(method, &token, &arguments))
            .await
            .map_err(|_| WebError::ambiguous(name, "timed out"))?
            .map_err(|error| WebError::from_client(name, error));
        failpoint::passed(format_args!("Slack: {name} answered"));
        let took = began.elapsed();
        match &answer {
            Ok(_) => tracing::debug!(?took, "Slack answered"),
            // The caller says what follows, and how bad that is.
            Err(error) => tracing::debug!(?took, %error, "the call failed"),
        }
        self.keys.heard(method, &token, &answer);
        if let Err(WebError::RateLimited { retry_after, .. }) = &answer {
            self.inner.pace.hold(method, *retry_after);
        }
        let answer = answer?;
        // A proxy's HTML page arrives here as an empty object.
        if answer["ok"] != Value::Bool(true) {
            return Err(WebError::ambiguous(name, "unreadable answer"));
        }
        serde_json::from_value(answer).map_err(|_| WebError::ambiguous(name, "unreadable answer"))
    }

    async fn send(
        &self,
        method: Method,
        token: &SlackApiToken,
        arguments: &Value,
    ) -> Result<Value, SlackClientError> {
        let session = self.inner.client.open_session(token);
        let api = &session.http_session_api;
        match method.verb() {
            Verb::Post => api.http_post(method.name(), arguments, None).await,
            Verb::Get => {
                let query = query(arguments);
                let pairs: Vec<(&str, Option<&String>)> = query
                    .iter()
                    .map(|(name, value)| (name.as_str(), Some(value)))
                    .collect();
                api.http_get(method.name(), &pairs, None).await
            }
        }
    }
}

impl fmt::Debug for WebApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebApi")
            .field("api_url", &self.inner.api_url.as_str())
            .finish_non_exhaustive()
    }
}

/// The arguments as the pairs of a query; what is null is left out.
fn query(arguments: &Value) -> Vec<(String, String)> {
    let pairs = arguments.as_object().into_iter().flatten();
    pairs
        .filter_map(|(name, value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
            };
            Some((name.clone(), text))
        })
        .collect()
}
