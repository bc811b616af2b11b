//! `kind = "splunk"`: the HTTP Event Collector of Splunk.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use super::address::Address;
use super::format::{self, Format};
use super::headers;
use super::http::Answer;
use super::post::{PostSettings, Product};
use super::{Fault, Most, Record, SinkKind, SinkSettings, Taken};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::document::Section;
use crate::secrets::SecretRef;

/// Splunk Cloud takes 1 MB.
const MOST: Most = Most {
    records: 500,
    bytes: 192 << 10,
    wait: Duration::ZERO,
};

/// Splunk finds the fields of JSON by itself in this one.
const SOURCE_TYPE: &str = "_json";

pub(super) struct SplunkKind;

impl SinkKind for SplunkKind {
    fn name(&self) -> &'static str {
        "splunk"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "token",
            "index",
            "sourcetype",
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
        let url = "\"https://splunk.example.com:8088/services/collector/event\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let token = section.must("token", "{ env = \"SPLUNK_TOKEN\" }", |v| {
            doc.secret(v, headers::unfit)
        });
        let index = section.may("index", |v| doc.text(v).map(str::to_owned));
        let source_type = section.or("sourcetype", SOURCE_TYPE.to_owned(), |v| {
            doc.text(v).map(str::to_owned)
        });
        let format = format::read(section);
        Some(Arc::new(PostSettings(Splunk {
            url: url?,
            token: token?,
            index,
            source_type,
            format,
        })))
    }
}

#[derive(Clone, Debug)]
struct Splunk {
    url: Address,
    token: SecretRef,
    index: Option<String>,
    source_type: String,
    format: Format,
}

impl Product for Splunk {
    fn most(&self) -> Most {
        self.format.most(MOST)
    }

    fn url(&self) -> Result<Url, Fault> {
        self.url.read()
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let proof = headers::authorization("Splunk ", &self.token)?;
        Ok(headers::with_json(header::AUTHORIZATION, proof))
    }

    fn body(&self, records: &[Record], _install: &InstallId, _now: Timestamp) -> String {
        let mut about = json!({ "source": "apono", "sourcetype": self.source_type });
        if let Some(index) = &self.index {
            about["index"] = index.as_str().into();
        }
        let about = about.to_string();
        let about = about.trim_start_matches('{').trim_end_matches('}');
        let events = records.iter().map(|record| {
            let (at, text) = (record.event.at, self.format.text(record));
            let micros = at.micros().rem_euclid(1_000_000);
            format!(
                "{{\"time\":{}.{micros:06},{about},\"event\":{text}}}",
                at.seconds()
            )
        });
        events.collect()
    }

    /// Its own code says more than the status: 400 is its answer to an index that is not there as well as to an event that is none.
    fn taken(&self, answer: Answer) -> Result<Taken, Fault> {
        let Some(code) = code(&answer.body) else {
            answer.accepted()?;
            return Err(Fault::held(
                "what answers there is not Splunk's HTTP Event Collector",
            ));
        };
        let why = format!("it answered {}, code {code}{}", answer.said(), meaning(code));
        match code {
            0 => Ok(Taken {
                said: format!("{}, code 0", answer.said()),
            }),
            1..=4 | 7 | 10 | 11 | 14 | 16 => Err(Fault::Held { why }),
            5 | 6 | 12 | 13 | 15 => Err(Fault::Refused { why }),
            _ => Err(answer.later(why)),
        }
    }
}

fn code(body: &[u8]) -> Option<u64> {
    #[derive(Deserialize)]
    struct Said {
        code: u64,
    }
    let said: Value = serde_json::from_slice(body).ok()?;
    Some(Said::deserialize(said).ok()?.code)
}

/// What Splunk's documentation calls it.
const fn meaning(code: u64) -> &'static str {
    match code {
        1 => " (token disabled)",
        2 => " (token is required)",
        3 => " (invalid authorization)",
        4 => " (invalid token)",
        5 => " (no data)",
        6 => " (invalid data format)",
        7 => " (incorrect index)",
        8 => " (internal server error)",
        9 => " (server is busy)",
        10 => " (data channel is missing)",
        11 => " (invalid data channel)",
        12 => " (event field is required)",
        13 => " (event field cannot be blank)",
        14 => " (acknowledgment is disabled)",
        15 => " (error in handling indexed fields)",
        16 => " (query string authorization is not enabled)",
        _ => "",
    }
}
