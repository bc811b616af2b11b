//! `kind = "datadog"`: Datadog's intake for logs.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

use super::address::Address;
use super::post::{PostSettings, Product, millis, no_older_than};
use super::severity::Severity;
use super::{Fault, Most, Record, SinkKind, SinkSettings, columns, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Datadog takes 1,000 logs and 5 MB, and cuts off what is longer than 1 MB.
const MOST: Most = Most {
    records: 500,
    bytes: 1 << 20,
    wait: Duration::ZERO,
};

/// It drops what is older than 18 hours; one is for what waits on its way.
const OLDEST: Duration = Duration::from_hours(17);

pub(super) struct DatadogKind;

impl SinkKind for DatadogKind {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "key",
            "tags",
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
        let url = "\"https://http-intake.logs.datadoghq.com/api/v2/logs\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let key = section.must("key", "{ env = \"DATADOG_API_KEY\" }", |v| {
            doc.secret(v, headers::unfit)
        });
        let tags = section.or("tags", Vec::new(), |v| {
            doc.list(v, |item| doc.text(item).map(str::to_owned))
        });
        Some(Arc::new(PostSettings(Datadog {
            url: url?,
            key: key?,
            tags,
        })))
    }
}

#[derive(Clone, Debug)]
struct Datadog {
    url: Address,
    key: SecretRef,
    tags: Vec<String>,
}

impl Product for Datadog {
    fn most(&self) -> Most {
        MOST
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let proof = headers::authorization("", &self.key)?;
        Ok(headers::with_json(HeaderName::from_static("dd-api-key"), proof))
    }

    fn body(&self, records: &[Record], _install: &InstallId, now: Timestamp) -> String {
        let logs = records.iter().map(|record| {
            let mut log = columns::of(record);
            let at = no_older_than(OLDEST, record.event.at, now);
            log.insert("timestamp".to_owned(), millis(at).into());
            log.insert(
                "status".to_owned(),
                status(Severity::of(&record.event.what)).into(),
            );
            log.insert("ddsource".to_owned(), "apono".into());
            log.insert("service".to_owned(), "apono".into());
            if !self.tags.is_empty() {
                log.insert("ddtags".to_owned(), self.tags.join(",").into());
            }
            Value::Object(log)
        });
        Value::Array(logs.collect()).to_string()
    }
}

const fn status(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "info",
        Severity::Low => "notice",
        Severity::Medium => "warn",
        Severity::High => "error",
        Severity::Critical => "critical",
    }
}
