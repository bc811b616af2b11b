//! What became of events on their way to sinks.

use serde::{Deserialize, Serialize};

/// What happened with a sink.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToSink {
    /// The sink refused this event even alone, so it goes on without it.
    SetAside {
        sink: String,
        seq: u64,
        /// What the sink said, in apono's words.
        said: String,
    },
    /// An operator makes the sink take everything from this event on again.
    Replayed { sink: String, from: u64 },
    /// An operator sends this event to the sink, to see what comes back.
    Tested { sink: String },
}

impl ToSink {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::SetAside { .. } => "set_aside",
            Self::Replayed { .. } => "replayed",
            Self::Tested { .. } => "tested",
        }
    }
}
