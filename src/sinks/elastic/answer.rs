//! What Elasticsearch says about each event of a batch.

use serde::Deserialize;

use super::super::Fault;
use super::super::http::Answer;

#[derive(Deserialize)]
struct Bulk {
    errors: bool,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    create: Outcome,
}

#[derive(Deserialize)]
struct Outcome {
    status: u16,
    error: Option<Trouble>,
}

#[derive(Deserialize)]
struct Trouble {
    #[serde(rename = "type")]
    kind: String,
}

/// The types of errors that are repeated.
const KNOWN: [&str; 10] = [
    "circuit_breaking_exception",
    "cluster_block_exception",
    "document_parsing_exception",
    "es_rejected_execution_exception",
    "illegal_argument_exception",
    "index_not_found_exception",
    "mapper_parsing_exception",
    "security_exception",
    "strict_dynamic_mapping_exception",
    "unavailable_shards_exception",
];

/// A batch is taken once all of it is there, be it from an earlier time: what is there already is not taken twice.
pub(super) fn judge(answer: &Answer) -> Result<(), Fault> {
    let bulk: Bulk = serde_json::from_slice(&answer.body)
        .map_err(|_| Fault::held("what answers there is not Elasticsearch"))?;
    if !bulk.errors {
        return Ok(());
    }
    let outcomes = bulk.items.into_iter().map(|item| item.create);
    let faults = outcomes.filter_map(|outcome| fault(answer, &outcome));
    // What has to wait is waited for first, since the rest is sent again with it.
    let worst = faults.max_by_key(|fault| match fault {
        Fault::Refused { .. } => 0,
        Fault::Later { .. } => 1,
        Fault::Held { .. } => 2,
    });
    worst.map_or(Ok(()), Err)
}

fn fault(answer: &Answer, outcome: &Outcome) -> Option<Fault> {
    let kind = outcome.error.as_ref().map(|error| error.kind.as_str());
    let known = kind.and_then(|kind| KNOWN.into_iter().find(|known| *known == kind));
    let known = known.map_or_else(String::new, |known| format!(" ({known})"));
    let why = format!("it answered {} about an event{known}", outcome.status);
    match outcome.status {
        // There already.
        200..=299 | 409 => None,
        401 | 403 | 404 => Some(Fault::Held { why }),
        429 | 500..=599 => Some(answer.later(why)),
        _ => Some(Fault::Refused { why }),
    }
}
