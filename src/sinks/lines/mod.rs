//! Products that take lines of JSON by POST: one table says what is different about each.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use url::Url;

use super::address::{self, Address};
use super::format::{self, Format};
use super::post::{PostSettings, Product};
use super::{Fault, Most, Record, SinkKind, SinkSettings, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Sumo Logic recommends at most 1 MB; the others take more.
const MOST: Most = Most {
    records: 500,
    bytes: 192 << 10,
    wait: Duration::ZERO,
};

/// How a product knows whose events these are.
#[derive(Clone, Copy)]
enum Proof {
    /// By the address itself, so that is secret.
    Address,
    /// By a token after these words.
    Token(&'static str),
}

/// What is different about one product.
pub(super) struct LinesKind {
    name: &'static str,
    keys: &'static [&'static str],
    example: &'static str,
    /// An address, or a reference to one.
    url: &'static str,
    content_type: &'static str,
    proof: Proof,
    /// The field that it takes the time from, if no other will do.
    time: Option<&'static str>,
}

/// Sumo Logic's HTTP source.
pub(super) const SUMO: LinesKind = LinesKind {
    name: "sumo",
    keys: &[
        "name",
        "kind",
        "url",
        "format",
        "events",
        "integrations",
        "words",
        "lag",
    ],
    example: include_str!("sumo.toml"),
    url: "{ env = \"SUMO_URL\" }",
    content_type: "text/plain",
    proof: Proof::Address,
    time: None,
};

/// The listener of Logz.io for bulks.
pub(super) const LOGZIO: LinesKind = LinesKind {
    name: "logzio",
    keys: &["name", "kind", "url", "events", "integrations", "words", "lag"],
    example: include_str!("logzio.toml"),
    url: "{ env = \"LOGZIO_URL\" }",
    content_type: "application/json",
    proof: Proof::Address,
    time: Some("@timestamp"),
};

/// The HTTP log collector of Palo Alto Networks' Cortex XSIAM and XDR.
pub(super) const CORTEX: LinesKind = LinesKind {
    name: "cortex",
    keys: &[
        "name",
        "kind",
        "url",
        "token",
        "format",
        "events",
        "integrations",
        "words",
        "lag",
    ],
    example: include_str!("cortex.toml"),
    url: "\"https://api-example.xdr.us.paloaltonetworks.com/logs/v1/event\"",
    content_type: "application/json",
    proof: Proof::Token(""),
    time: None,
};

/// The HTTPS collector of `SolarWinds` Observability.
pub(super) const SOLARWINDS: LinesKind = LinesKind {
    name: "solarwinds",
    keys: &[
        "name",
        "kind",
        "url",
        "token",
        "format",
        "events",
        "integrations",
        "words",
        "lag",
    ],
    example: include_str!("solarwinds.toml"),
    url: "\"https://logs.collector.eu-01.cloud.solarwinds.com/v1/logs/bulk\"",
    content_type: "application/octet-stream",
    proof: Proof::Token("Bearer "),
    time: None,
};

impl SinkKind for LinesKind {
    fn name(&self) -> &'static str {
        self.name
    }

    fn keys(&self) -> &'static [&'static str] {
        self.keys
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn read(&self, section: &Section<'_>) -> Option<Arc<dyn SinkSettings>> {
        let doc = section.doc;
        let url = section.must("url", self.url, |v| match self.proof {
            Proof::Address => doc.secret(v, address::judge).map(Address::Secret),
            Proof::Token(_) => doc.sink_address(v),
        });
        let token = match self.proof {
            Proof::Address => None,
            Proof::Token(scheme) => {
                let token = section.must("token", "{ env = \"COLLECTOR_TOKEN\" }", |v| {
                    doc.secret(v, headers::unfit)
                });
                Some((scheme, token?))
            }
        };
        let format = if self.keys.contains(&"format") {
            format::read(section)
        } else {
            Format::default()
        };
        Some(Arc::new(PostSettings(Lines {
            url: url?,
            content_type: self.content_type,
            token,
            time: self.time,
            format,
        })))
    }
}

#[derive(Clone, Debug)]
struct Lines {
    url: Address,
    content_type: &'static str,
    /// With the word before it.
    token: Option<(&'static str, SecretRef)>,
    time: Option<&'static str>,
    format: Format,
}

impl Product for Lines {
    fn most(&self) -> Most {
        self.format.most(MOST)
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let lines = HeaderValue::from_static(self.content_type);
        let mut all = vec![(header::CONTENT_TYPE, lines)];
        if let Some((scheme, token)) = &self.token {
            all.push((header::AUTHORIZATION, headers::authorization(scheme, token)?));
        }
        Ok(all)
    }

    fn body(&self, records: &[Record], _install: &InstallId, _now: Timestamp) -> String {
        let lines = records.iter().map(|record| {
            let mut line = self.format.row(record);
            if let Some(time) = self.time {
                line[time] = record.event.at.to_rfc3339().into();
            }
            format!("{line}\n")
        });
        lines.collect()
    }
}
