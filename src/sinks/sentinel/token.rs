//! The token for Azure Monitor, from Microsoft Entra by the client's own credentials.

use std::time::Duration;

use http::{HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::super::Fault;
use super::super::address::Address;
use super::super::http::{Answer, Http};
use super::super::post::request;
use crate::access::time::Timestamp;
use crate::secrets::SecretRef;

/// A token is not used in the last minutes of its life.
const BEFORE_ITS_END: Duration = Duration::from_mins(5);

/// The codes of OAuth that are repeated.
const KNOWN: [&str; 6] = [
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
];

/// An application in Entra.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) authority: Address,
    pub(super) tenant: String,
    pub(super) id: String,
    pub(super) secret: SecretRef,
    pub(super) scope: String,
}

/// What shows that it is this application.
pub(super) struct Token {
    pub(super) text: SecretString,
    until: Timestamp,
}

impl Token {
    /// Whether it can be used for a while.
    pub(super) fn lasts(&self, now: Timestamp) -> bool {
        now.plus(BEFORE_ITS_END) < self.until
    }
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    expires_in: u64,
}

#[derive(Deserialize)]
struct Refused {
    error: String,
}

impl Client {
    pub(super) async fn token(&self, http: &Http, now: Timestamp) -> Result<Token, Fault> {
        let mut url = self.authority.read()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty()
                .extend([self.tenant.as_str(), "oauth2", "v2.0", "token"]);
        }
        let form = Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.id)
            .append_pair("client_secret", self.secret.read()?.expose_secret())
            .append_pair("scope", &self.scope)
            .finish();
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let answer = http
            .send(request(&url, vec![(header::CONTENT_TYPE, kind)]), form)
            .await?;
        if matches!(answer.status.as_u16(), 400 | 401 | 403) {
            return Err(refused(&answer));
        }
        let answer = answer.accepted()?;
        let granted: Granted = serde_json::from_slice(&answer.body)
            .map_err(|_| Fault::later("what answers at the authority is not Microsoft Entra"))?;
        Ok(Token {
            text: SecretString::from(granted.access_token),
            until: now.plus(Duration::from_secs(granted.expires_in)),
        })
    }
}

/// Nothing that is sent can be right until somebody changes the client.
fn refused(answer: &Answer) -> Fault {
    let said: Option<Refused> = serde_json::from_slice(&answer.body).ok();
    let code = said.and_then(|said| KNOWN.into_iter().find(|known| *known == said.error));
    let code = code.map_or_else(String::new, |code| format!(" ({code})"));
    Fault::held(format!("Entra gives no token: {}{code}", answer.said()))
}
