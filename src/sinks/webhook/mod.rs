//! `kind = "webhook"`: signed POST requests to a server of one's own.

mod signature;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use http::{Method, Request, header};
use sha2::{Digest, Sha256};

use super::address::Address;
use super::format::{self, Format};
use super::http::Http;
use super::{Around, Fault, Most, Record, Sink, SinkKind, SinkSettings, Taken};
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Common limits of servers are 1 MB and more.
const MOST: Most = Most {
    records: 100,
    bytes: 512 << 10,
    wait: Duration::ZERO,
};

/// Shorter secrets can be guessed.
const SHORTEST_SECRET: usize = 32;

pub(super) struct WebhookKind;

impl SinkKind for WebhookKind {
    fn name(&self) -> &'static str {
        "webhook"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "secrets",
            "format",
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
        let url = section.must("url", "\"https://events.example.com/apono\"", |v| {
            doc.sink_address(v)
        });
        let secrets = section.must("secrets", "[{ env = \"SIEM_SECRET\" }]", |v| {
            doc.full_list(v, "name at least one secret", |item| {
                doc.secret(item, |secret| {
                    (secret.len() < SHORTEST_SECRET).then_some("This secret is shorter than 32 characters.")
                })
            })
        });
        let format = format::read(section);
        Some(Arc::new(WebhookSettings {
            url: url?,
            secrets: secrets?,
            format,
        }))
    }
}

#[derive(Clone, Debug)]
struct WebhookSettings {
    url: Address,
    secrets: Vec<SecretRef>,
    format: Format,
}

impl SinkSettings for WebhookSettings {
    fn most(&self) -> Most {
        self.format.most(MOST)
    }

    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault> {
        Ok(Box::new(Webhook {
            http: Http::new(&around.network, &self.url.read()?)?,
            settings: self.clone(),
            install: around.install.to_string(),
        }))
    }
}

struct Webhook {
    http: Http,
    settings: WebhookSettings,
    install: String,
}

impl Webhook {
    /// The same for the same batch, and another one for the same numbers of a trail that was restored and went on otherwise.
    fn key(&self, first: u64, last: u64, body: &str) -> String {
        let digest = HEXLOWER.encode(&Sha256::digest(body)[..8]);
        format!("{}-{first}-{last}-{digest}", self.install)
    }
}

#[async_trait]
impl Sink for Webhook {
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return Ok(Taken { said: String::new() });
        };
        let events: Vec<String> = records
            .iter()
            .map(|record| self.settings.format.text(record))
            .collect();
        let body = format!(
            "{{\"install\":\"{}\",\"events\":[{}]}}",
            self.install,
            events.join(",")
        );
        // Read each time, so a new secret is used at once.
        let secrets = self.settings.secrets.iter().map(SecretRef::read);
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        let signature = signature::header(&secrets, now.seconds(), &body);
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.settings.url.read()?.as_str())
            .header(header::CONTENT_TYPE, "application/json")
            .header("apono-signature", signature)
            .header("idempotency-key", self.key(first.seq, last.seq, &body));
        let answer = self.http.send(request, body).await?.accepted()?;
        Ok(Taken { said: answer.said() })
    }
}
