//! `kind = "elastic"`: a data stream of Elasticsearch, in the words of the Elastic Common Schema.

mod answer;

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use url::Url;

use super::address::Address;
use super::http::Answer;
use super::post::{PostSettings, Product};
use super::{Fault, Most, Record, SinkKind, SinkSettings, Taken, columns, headers};
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::audit::event::Actor;
use crate::document::{Document, Section, Value as Written};
use crate::secrets::SecretRef;

/// Elasticsearch takes 100 MB, and proxies before it less.
const MOST: Most = Most {
    records: 500,
    bytes: 1 << 20,
    wait: Duration::ZERO,
};

/// What is read of its answer, which repeats documents otherwise.
const ANSWER: &str = "errors,items.*.status,items.*.error.type";

pub(super) struct ElasticKind;

impl SinkKind for ElasticKind {
    fn name(&self) -> &'static str {
        "elastic"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "url",
            "stream",
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
        let url = "\"https://elastic.example.com:9200\"";
        let url = section.must("url", url, |v| doc.sink_address(v));
        let stream = section.must("stream", "\"logs-apono.audit-default\"", |v| doc.stream(v));
        let key = section.must("key", "{ env = \"ELASTIC_API_KEY\" }", |v| {
            doc.secret(v, headers::unfit)
        });
        Some(Arc::new(PostSettings(Elastic {
            url: url?,
            stream: stream?,
            key: key?,
        })))
    }
}

impl<'a> Document<'a> {
    /// The name of a data stream.
    fn stream(&self, value: &'a Written<'a>) -> Option<String> {
        let name = self.name(value)?;
        let is_one = !name.contains(|c: char| c.is_ascii_uppercase()) && !name.starts_with(['.', '_', '-']);
        if !is_one {
            self.problem(
                value.span(),
                "A data stream has a name in lower case that begins with a letter or a digit.",
            );
        }
        is_one.then(|| name.to_owned())
    }
}

#[derive(Clone, Debug)]
struct Elastic {
    url: Address,
    stream: String,
    key: SecretRef,
}

impl Product for Elastic {
    fn most(&self) -> Most {
        MOST
    }

    fn url(&self) -> Result<Url, Fault> {
        let mut url = self.url.read()?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend([self.stream.as_str(), "_bulk"]);
        }
        url.query_pairs_mut().append_pair("filter_path", ANSWER);
        Ok(url)
    }

    fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, Fault> {
        let lines = HeaderValue::from_static("application/x-ndjson");
        let key = headers::authorization("ApiKey ", &self.key)?;
        Ok(vec![(header::CONTENT_TYPE, lines), (header::AUTHORIZATION, key)])
    }

    /// Each event has an id, so one that is sent again is not there twice.
    fn body(&self, records: &[Record], _install: &InstallId, _now: Timestamp) -> String {
        let documents = records.iter().map(|record| {
            let id = record.id();
            let create = json!({ "create": { "_id": id } });
            format!("{create}\n{}\n", document(record, &id))
        });
        documents.collect()
    }

    fn taken(&self, answer: Answer) -> Result<Taken, Fault> {
        let answer = answer.accepted()?;
        answer::judge(&answer)?;
        Ok(Taken { said: answer.said() })
    }
}

/// What the schema has no field for is under `apono`.
fn document(record: &Record, id: &str) -> Value {
    let event = &record.event;
    let mut row = columns::of(record);
    for known in ["at", "kind", "message", "event", "actor", "actor_id"] {
        row.remove(known);
    }
    let user = match &event.actor {
        Actor::Apono => json!({ "name": "apono" }),
        Actor::Person(person) => json!({ "id": person.id, "full_name": person.name, "email": person.email }),
        Actor::Stranger { account, .. } => json!({ "id": account.id }),
    };
    json!({
        "@timestamp": event.at.to_rfc3339(),
        "message": record.message,
        "event": {
            "kind": "event",
            "module": "apono",
            "dataset": "apono.audit",
            "action": event.what.name(),
            "id": id,
            "sequence": record.seq,
            "original": record.payload,
        },
        "user": user,
        "apono": row,
    })
}
