//! Something unusual was noticed about how people ask and answer.

use serde::{Deserialize, Serialize};

use super::facts::PersonFacts;
use crate::access::anomaly::Kind;
use crate::access::ids::RequestNumber;

/// What was noticed, and the events it rests on. It accuses nobody and changes nothing.
///
/// The event about it is not one of its request, because the requester reads those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Anomaly {
    pub kind: Kind,
    /// Who asks, or for an approval who approves.
    pub person: PersonFacts,
    /// At which request it was noticed.
    pub request: RequestNumber,
    pub integration: String,
    /// How many there are of what is counted; the days of a silence.
    pub count: u64,
    /// The other requests that it is about: the newest few.
    pub others: Vec<RequestNumber>,
    /// The first resource that is new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The places of events in the trail, in order.
    pub rests_on: Vec<u64>,
}
