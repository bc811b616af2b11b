//! `kind = "newrelic"`: New Relic's Log API.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde_json::{Value, json};
use url::Url;

use super::address::Address;
use super::post::{PostSettings, Product, millis, no_older_than};
use super::{Fault, Most, Record, SinkKind, SinkSettings, columns, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// New Relic takes 1 MB.
const MOST: Most = Most {
    records: 500,
    bytes: 192 << 10,
    wait: Duration::ZERO,
};

/// It drops what is older than two days; one hour is for what waits on its way.
const OLDEST: Duration = Duration::from_hours(47);

pub(super) struct NewRelicKind;

impl SinkKind for NewRelicKind {
    fn name(&self) -> &'static str {
        "newrelic"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "key",
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
        let url = "\"https://log-api.newrelic.com/log/v1\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let key = section.must("key", "{ env = \"NEW_RELIC_LICENSE_KEY\" }", |v| {
            doc.secret(v, headers::unfit)
        });
        Some(Arc::new(PostSettings(NewRelic { url: url?, key: key? })))
    }
}

#[derive(Clone, Debug)]
struct NewRelic {
    url: Address,
    key: SecretRef,
}

impl Product for NewRelic {
    fn most(&self) -> Most {
        MOST
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let proof = headers::authorization("", &self.key)?;
        Ok(headers::with_json(HeaderName::from_static("api-key"), proof))
    }

    fn body(&self, records: &[Record], install: &InstallId, now: Timestamp) -> String {
        let logs = records.iter().map(|record| {
            let row = columns::of(record).into_iter();
            let attributes = row.filter(|(name, _)| name != "message");
            json!({
                "timestamp": millis(no_older_than(OLDEST, record.event.at, now)),
                "message": record.message,
                "attributes": attributes.map(|(name, value)| (name, listed(value))).collect::<serde_json::Map<_, _>>(),
            })
        });
        let common = json!({ "attributes": { "logtype": "apono", "service": "apono", "install": install.to_string() } });
        json!([{ "common": common, "logs": logs.collect::<Vec<_>>() }]).to_string()
    }
}

/// An attribute is a text or a number, so a list becomes a text.
fn listed(value: Value) -> Value {
    let Value::Array(items) = value else { return value };
    let items = items.iter().filter_map(Value::as_str);
    items.collect::<Vec<_>>().join("; ").into()
}
