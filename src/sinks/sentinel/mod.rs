//! `kind = "sentinel"`: Microsoft Sentinel, by the Logs Ingestion API of Azure Monitor.

mod token;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderValue, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use token::{Client, Token};

use super::address::Address;
use super::http::{Answer, Http};
use super::post::request;
use super::{Around, Fault, Most, Record, Sink, SinkKind, SinkSettings, Taken, columns};
use crate::access::time::Timestamp;
use crate::document::Section;

/// Azure takes 1 MB.
const MOST: Most = Most {
    records: 500,
    bytes: 192 << 10,
    wait: Duration::ZERO,
};

/// Of the public cloud.
const AUTHORITY: &str = "https://login.microsoftonline.com";
const SCOPE: &str = "https://monitor.azure.com/.default";

pub(super) struct SentinelKind;

impl SinkKind for SentinelKind {
    fn name(&self) -> &'static str {
        "sentinel"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "rule",
            "stream",
            "tenant",
            "client_id",
            "client_secret",
            "authority",
            "scope",
            "events",
            "integrations",
            "words",
            "lag",
        ]
    }

    fn example(&self) -> &'static str {
        include_str!("example.toml")
    }

    fn read(&self, section: &Section<'_>) -> Option<Arc<dyn SinkSettings>> {
        let doc = section.doc;
        let url = "\"https://apono-abcd.westeurope-1.ingest.monitor.azure.com\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let rule = "\"dcr-00000000000000000000000000000000\"";
        let rule = section.must("rule", rule, |v| doc.name(v).map(str::to_owned));
        let stream = section.must("stream", "\"Custom-Apono_CL\"", |v| {
            doc.name(v).map(str::to_owned)
        });
        let tenant = section.must("tenant", "\"00000000-0000-0000-0000-000000000000\"", |v| {
            doc.name(v).map(str::to_owned)
        });
        let client_id = section.must("client_id", "\"00000000-0000-0000-0000-000000000000\"", |v| {
            doc.name(v).map(str::to_owned)
        });
        let client_secret = section.must("client_secret", "{ env = \"SENTINEL_SECRET\" }", |v| {
            doc.secret(v, |_| None)
        });
        let authority = section.may("authority", |v| doc.sink_address(v));
        let scope = section.or("scope", SCOPE.to_owned(), |v| doc.text(v).map(str::to_owned));
        Some(Arc::new(SentinelSettings {
            url: url?,
            rule: rule?,
            stream: stream?,
            client: Client {
                authority: authority.or_else(|| Url::parse(AUTHORITY).ok().map(Address::Plain))?,
                tenant: tenant?,
                id: client_id?,
                secret: client_secret?,
                scope,
            },
        }))
    }
}

#[derive(Clone, Debug)]
struct SentinelSettings {
    /// Of the data collection endpoint or rule.
    url: Address,
    /// The immutable id of the data collection rule.
    rule: String,
    stream: String,
    client: Client,
}

impl SinkSettings for SentinelSettings {
    fn most(&self) -> Most {
        MOST
    }

    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault> {
        Ok(Box::new(Sentinel {
            http: Http::new(&around.network, &self.url.read()?)?,
            settings: self.clone(),
            token: None,
        }))
    }
}

struct Sentinel {
    http: Http,
    settings: SentinelSettings,
    token: Option<Token>,
}

#[async_trait]
impl Sink for Sentinel {
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault> {
        let rows = records.iter().map(row).collect();
        let body = Value::Array(rows).to_string();
        let had_one = self.token.as_ref().is_some_and(|token| token.lasts(now));
        let mut answer = self.send(&body, now).await?;
        // A token can be revoked before its time.
        if answer.status == StatusCode::UNAUTHORIZED && had_one {
            self.token = None;
            answer = self.send(&body, now).await?;
        }
        let answer = answer.accepted()?;
        Ok(Taken { said: answer.said() })
    }
}

impl Sentinel {
    async fn send(&mut self, body: &str, now: Timestamp) -> Result<Answer, Fault> {
        let SentinelSettings {
            url,
            rule,
            stream,
            client,
        } = &self.settings;
        let token = match self.token.take() {
            Some(token) if token.lasts(now) => token,
            Some(_) | None => client.token(&self.http, now).await?,
        };
        let mut to = url.read()?;
        if let Ok(mut path) = to.path_segments_mut() {
            let more = ["dataCollectionRules", rule, "streams", stream];
            path.pop_if_empty().extend(more);
        }
        to.set_query(Some("api-version=2023-01-01"));
        let headers = vec![
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (header::AUTHORIZATION, bearer(&token.text)?),
        ];
        self.token = Some(token);
        self.http.send(request(&to, headers), body.to_owned()).await
    }
}

fn bearer(token: &SecretString) -> Result<HeaderValue, Fault> {
    let value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()));
    let mut value = value.map_err(|_| Fault::later("Entra's token fits in no header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The columns, with the one that every table there has.
fn row(record: &Record) -> Value {
    let mut row = columns::of(record);
    row.remove("at");
    row.insert("TimeGenerated".to_owned(), record.event.at.to_rfc3339().into());
    Value::Object(row)
}
