//! `kind = "loki"`: Grafana Loki, one's own or in Grafana Cloud.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use url::Url;

use super::address::Address;
use super::format::{self, Format};
use super::post::{PostSettings, Product};
use super::{Fault, Most, Record, SinkKind, SinkSettings, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Loki takes 4 MB unless it is told otherwise.
const MOST: Most = Most {
    records: 500,
    bytes: 1 << 20,
    wait: Duration::ZERO,
};

pub(super) struct LokiKind;

impl SinkKind for LokiKind {
    fn name(&self) -> &'static str {
        "loki"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "tenant",
            "user",
            "password",
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
        let url = "\"https://loki.example.com/loki/api/v1/push\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let tenant = section.may("tenant", |v| doc.name(v).and_then(|name| name.parse().ok()));
        let user = section.may("user", |v| doc.text(v).map(str::to_owned));
        let password = section.may("password", |v| doc.secret(v, |_| None));
        if section.has("user") != section.has("password") {
            doc.problem(section.span.clone(), "Write user and password, or neither.");
        }
        let format = format::read(section);
        Some(Arc::new(PostSettings(Loki {
            url: url?,
            tenant,
            login: user.zip(password),
            format,
        })))
    }
}

#[derive(Clone, Debug)]
struct Loki {
    url: Address,
    tenant: Option<HeaderValue>,
    /// User and password.
    login: Option<(String, SecretRef)>,
    format: Format,
}

impl Product for Loki {
    fn most(&self) -> Most {
        self.format.most(MOST)
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let json = HeaderValue::from_static("application/json");
        let mut all = vec![(header::CONTENT_TYPE, json)];
        if let Some(tenant) = &self.tenant {
            all.push((HeaderName::from_static("x-scope-orgid"), tenant.clone()));
        }
        if let Some((user, password)) = &self.login {
            all.push((header::AUTHORIZATION, headers::basic(user, password)?));
        }
        Ok(all)
    }

    /// One stream: each label more would make as many streams as it has values.
    fn body(&self, records: &[Record], install: &InstallId, _now: Timestamp) -> String {
        let values = records.iter().map(|record| {
            let nanoseconds = format!("{}000", record.event.at.micros());
            json!([nanoseconds, self.format.text(record)])
        });
        let labels = json!({ "service_name": "apono", "install": install.to_string() });
        let values: Vec<Value> = values.collect();
        json!({ "streams": [{ "stream": labels, "values": values }] }).to_string()
    }
}
