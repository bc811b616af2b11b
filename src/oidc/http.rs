//! Calls to an issuer: bounded in time and size, and no redirect is followed.

use std::error::Error;
use std::time::Duration;

use http::{Method, Request, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use url::Url;

use super::error::OidcError;
use crate::network::{Bounded, Connector, Network, Unusable, connector};

/// How long an issuer has for one answer.
const WITHIN: Duration = Duration::from_secs(4);

/// The longest document that is read, in bytes; real ones have a few thousand.
const LONGEST: usize = 256 * 1024;

/// What calls the issuer.
pub(super) struct Http(Client<Bounded<Connector>, String>);

/// An answer as JSON, and its status.
pub(super) struct Said {
    pub(super) status: StatusCode,
    pub(super) body: Value,
}

impl Http {
    pub(super) fn new(network: &Network, is_plain: bool) -> Result<Self, Unusable> {
        let connector = Bounded(connector(network, is_plain)?);
        // Few people sign in at the same time, so no connection is kept open for the next one.
        let client = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        Ok(Self(client))
    }

    /// The document at `url`, called `what` in errors.
    pub(super) async fn get(&self, what: &'static str, url: &Url) -> Result<Value, OidcError> {
        self.document(what, request(Method::GET, url)).await
    }

    /// The same with this access token.
    pub(super) async fn get_for(
        &self,
        what: &'static str,
        url: &Url,
        token: &str,
    ) -> Result<Value, OidcError> {
        let request = request(Method::GET, url).header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.document(what, request).await
    }

    async fn document(
        &self,
        what: &'static str,
        request: http::request::Builder,
    ) -> Result<Value, OidcError> {
        let said = self.send(what, request, String::new()).await?;
        if said.status == StatusCode::OK {
            return Ok(said.body);
        }
        let why = format!("HTTP {}", said.status.as_u16());
        Err(OidcError::NoAnswer { what, why })
    }

    /// Sends a form; what refuses it is an answer too.
    pub(super) async fn post(
        &self,
        what: &'static str,
        url: &Url,
        form: String,
        authorization: Option<String>,
    ) -> Result<Said, OidcError> {
        let mut request =
            request(Method::POST, url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(what, request, form).await
    }

    async fn send(
        &self,
        what: &'static str,
        request: http::request::Builder,
        body: String,
    ) -> Result<Said, OidcError> {
        let request = request
            .body(body)
            .map_err(|_| OidcError::odd(what, "cannot be asked for like that"))?;
        let answered = tokio::time::timeout(WITHIN, self.answer(what, request)).await;
        answered.map_err(|_| OidcError::NoAnswer {
            what,
            why: "timed out".to_owned(),
        })?
    }

    async fn answer(&self, what: &'static str, request: Request<String>) -> Result<Said, OidcError> {
        let answer = self
            .0
            .request(request)
            .await
            .map_err(|error| OidcError::NoAnswer {
                what,
                why: innermost(&error),
            })?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return OidcError::odd(what, "is far too long");
            }
            OidcError::NoAnswer {
                what,
                why: "the connection was lost".to_owned(),
            }
        })?;
        // A proxy's page and other things that are no JSON say as much as nothing.
        let body = serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null);
        if status == StatusCode::OK && !body.is_object() {
            return Err(OidcError::odd(what, "is not a JSON object"));
        }
        Ok(Said { status, body })
    }
}

fn request(method: Method, url: &Url) -> http::request::Builder {
    Request::builder()
        .method(method)
        .uri(url.as_str())
        .header(header::USER_AGENT, "apono")
        .header(header::ACCEPT, "application/json")
}

/// The innermost cause, which comes from the operating system, from TLS or from the proxy's answer, and holds no secret.
fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
