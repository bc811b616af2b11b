//! Calls to servers that take events over HTTP: bounded in time and size, and no redirect is followed.

use std::error::Error;
use std::time::Duration;

use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use url::Url;

use super::Fault;
use crate::network::{Bounded, Connector, Network, connector};

/// How long a server has for one answer.
const WITHIN: Duration = Duration::from_secs(10);

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

/// What calls one server.
pub(super) struct Http(Client<Bounded<Connector>, String>);

/// What a server answered.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Vec<u8>,
    /// When it wants to be asked again.
    pub(super) after: Option<Duration>,
}

impl Http {
    /// `url` is where it will be used.
    pub(super) fn new(network: &Network, url: &Url) -> Result<Self, Fault> {
        let connector = connector(network, url.scheme() == "http");
        let connector = Bounded(connector.map_err(|error| Fault::held(error.to_string()))?);
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    pub(super) async fn send(&self, request: http::request::Builder, body: String) -> Result<Answer, Fault> {
        let request = request.header(header::USER_AGENT, "apono").body(body);
        let request = request.map_err(|_| Fault::held("its settings make no valid request"))?;
        let answered = tokio::time::timeout(WITHIN, self.answer(request)).await;
        answered.map_err(|_| Fault::later("it did not answer in time"))?
    }

    async fn answer(&self, request: Request<String>) -> Result<Answer, Fault> {
        let answer = self.0.request(request).await;
        let answer = answer.map_err(|error| Fault::later(innermost(&error)))?;
        let (status, after) = (answer.status(), retry_after(answer.headers()));
        let body = Limited::new(answer.into_body(), LONGEST).collect().await;
        let body = body.map_err(|_| Fault::later("its answer broke off, or was far too long"))?;
        Ok(Answer {
            status,
            body: body.to_bytes().to_vec(),
            after,
        })
    }
}

impl Answer {
    /// What the status alone means.
    pub(super) fn accepted(self) -> Result<Self, Fault> {
        let why = format!("it answered HTTP {}", self.status.as_u16());
        match self.status {
            status if status.is_success() => Ok(self),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(Fault::Refused { why })
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(Fault::Held { why }),
            _ => Err(self.later(why)),
        }
    }

    /// It may be taken the next time.
    pub(super) fn later(&self, why: String) -> Fault {
        Fault::Later {
            why,
            after: self.after,
        }
    }

    /// For people.
    pub(super) fn said(&self) -> String {
        format!("HTTP {}", self.status.as_u16())
    }
}

/// Its seconds; the form with a date is rare, and the usual pause fits as well.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// The innermost cause, which comes from the operating system, from TLS or from a proxy's answer, and holds no secret.
pub(super) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
