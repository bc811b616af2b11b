//! Where the trail goes besides Slack: files, log servers, SIEMs, archives. Each kind implements [`Sink`]; whoever feeds it knows
//! nothing about kinds.
//!
//! Invariant: a sink gets events in the order of the trail, each at least once. It keeps no place of its own: what it has taken is
//! known by the caller, who asks it to take the next events only after it has taken those before.

mod address;
mod columns;
pub(crate) mod config;
mod coralogix;
mod datadog;
mod elastic;
mod fault;
mod file;
mod format;
mod headers;
mod http;
mod kind;
mod lines;
mod loki;
mod newrelic;
mod ocsf;
mod post;
mod record;
mod s3;
mod sentinel;
mod severity;
mod splunk;
mod syslog;
mod wanted;
mod webhook;

use std::time::Duration;

use async_trait::async_trait;

use crate::access::time::Timestamp;

pub use config::SinkConfig;
pub use fault::Fault;
pub use kind::{Around, SinkKind, SinkSettings, documented};
pub use record::Record;
pub use wanted::Wanted;

/// The one table of kinds. Adding a kind touches its folder and this file.
const KINDS: &[&dyn SinkKind] = &[
    &file::FileKind,
    &webhook::WebhookKind,
    &syslog::SyslogKind,
    &s3::S3Kind,
    &splunk::SplunkKind,
    &datadog::DatadogKind,
    &elastic::ElasticKind,
    &sentinel::SentinelKind,
    &lines::SUMO,
    &lines::LOGZIO,
    &lines::CORTEX,
    &lines::SOLARWINDS,
    &coralogix::CoralogixKind,
    &newrelic::NewRelicKind,
    &loki::LokiKind,
];

/// An opened sink.
#[async_trait]
pub trait Sink: Send {
    /// Hands over `records`, at least one, in order. Once it returns [`Taken`], the other side has them, as far as its protocol can
    /// say so.
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault>;
}

/// The other side took everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What it answered, in a few words: `HTTP 204`.
    pub said: String,
}

/// What a sink takes at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    pub records: usize,
    /// Of [`Record::size`] together. A record alone may be larger.
    pub bytes: usize,
    /// How long a record may wait for others, so that fewer and larger deliveries are made.
    pub wait: Duration,
}
