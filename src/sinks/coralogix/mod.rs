//! `kind = "coralogix"`: Coralogix' `/singles`.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use url::Url;

use super::address::Address;
use super::format::{self, Format};
use super::post::{PostSettings, Product, millis};
use super::severity::Severity;
use super::{Fault, Most, Record, SinkKind, SinkSettings, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Coralogix takes 2 MB.
const MOST: Most = Most {
    records: 500,
    bytes: 256 << 10,
    wait: Duration::ZERO,
};

/// What events are filed under, unless the config says otherwise.
const APPLICATION: &str = "apono";
const SUBSYSTEM: &str = "audit";

pub(super) struct CoralogixKind;

impl SinkKind for CoralogixKind {
    fn name(&self) -> &'static str {
        "coralogix"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "key",
            "application",
            "subsystem",
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
        let url = "\"https://ingress.eu1.coralogix.com/logs/v1/singles\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let key = section.must("key", "{ env = \"CORALOGIX_KEY\" }", |v| {
            doc.secret(v, headers::unfit)
        });
        let application = section.or("application", APPLICATION.to_owned(), |v| {
            doc.text(v).map(str::to_owned)
        });
        let subsystem = section.or("subsystem", SUBSYSTEM.to_owned(), |v| {
            doc.text(v).map(str::to_owned)
        });
        let format = format::read(section);
        Some(Arc::new(PostSettings(Coralogix {
            url: url?,
            key: key?,
            application,
            subsystem,
            format,
        })))
    }
}

#[derive(Clone, Debug)]
struct Coralogix {
    url: Address,
    key: SecretRef,
    application: String,
    subsystem: String,
    format: Format,
}

impl Product for Coralogix {
    fn most(&self) -> Most {
        self.format.most(MOST)
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let proof = headers::authorization("Bearer ", &self.key)?;
        Ok(headers::with_json(header::AUTHORIZATION, proof))
    }

    fn body(&self, records: &[Record], _install: &InstallId, _now: Timestamp) -> String {
        let logs = records.iter().map(|record| {
            json!({
                "applicationName": self.application,
                "subsystemName": self.subsystem,
                "timestamp": millis(record.event.at),
                "severity": severity(Severity::of(&record.event.what)),
                "text": self.format.row(record).to_string(),
            })
        });
        Value::Array(logs.collect()).to_string()
    }
}

/// 3 is information, 4 a warning, 5 an error, 6 is critical.
const fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Informational | Severity::Low => 3,
        Severity::Medium => 4,
        Severity::High => 5,
        Severity::Critical => 6,
    }
}
