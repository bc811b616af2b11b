//! Products that take events by POST. Each says what a request to it looks like and what its answers mean; the rest is the same.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method, Request};
use url::Url;

use super::http::{Answer, Http};
use super::{Around, Fault, Most, Record, Sink, SinkSettings, Taken};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;

/// The settings for one product.
pub(super) trait Product: Clone + fmt::Debug + Send + Sync + 'static {
    fn most(&self) -> Most;

    fn url(&self) -> Result<Url, Fault>;

    /// Asked for each request, so a new secret is used at once.
    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault>;

    /// `records` are never none.
    fn body(&self, records: &[Record], install: &InstallId, now: Timestamp) -> String;

    /// What its answer means; unless it says otherwise, what the status means.
    fn taken(&self, answer: Answer) -> Result<Taken, Fault> {
        let answer = answer.accepted()?;
        Ok(Taken { said: answer.said() })
    }
}

/// The settings of a sink for this product.
#[derive(Clone, Debug)]
pub(super) struct PostSettings<P>(pub(super) P);

impl<P: Product> SinkSettings for PostSettings<P> {
    fn most(&self) -> Most {
        self.0.most()
    }

    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault> {
        Ok(Box::new(Post {
            http: Http::new(&around.network, &self.0.url()?)?,
            product: self.0.clone(),
            install: around.install.clone(),
        }))
    }
}

struct Post<P> {
    http: Http,
    product: P,
    install: InstallId,
}

#[async_trait]
impl<P: Product> Sink for Post<P> {
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault> {
        let body = self.product.body(records, &self.install, now);
        let request = request(&self.product.url()?, self.product.headers()?);
        let answer = self.http.send(request, body).await?;
        self.product.taken(answer)
    }
}

pub(super) fn request(url: &Url, headers: Vec<(HeaderName, HeaderValue)>) -> http::request::Builder {
    let request = Request::builder().method(Method::POST).uri(url.as_str());
    let add = |request: http::request::Builder, (name, value)| request.header(name, value);
    headers.into_iter().fold(request, add)
}

/// Milliseconds since the Unix epoch.
pub(super) const fn millis(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000)
}

/// When it happened, or the time of sending if a product would drop it for its age.
pub(super) fn no_older_than(oldest: Duration, at: Timestamp, now: Timestamp) -> Timestamp {
    if now.since(at) > oldest { now } else { at }
}
