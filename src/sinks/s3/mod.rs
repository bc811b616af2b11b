//! `kind = "s3"`: JSON Lines in a bucket of Amazon S3 or of a server that speaks the same, locked until a day.

mod bucket;
mod meaning;
mod settings;
mod signed;

use std::sync::Arc;

use async_trait::async_trait;
use bucket::Bucket;
use settings::S3Settings;

use super::{Fault, Record, Sink, SinkKind, SinkSettings, Taken};
use crate::access::time::Timestamp;
use crate::document::Section;

pub(super) struct S3Kind;

impl SinkKind for S3Kind {
    fn name(&self) -> &'static str {
        "s3"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "endpoint",
            "bucket",
            "region",
            "prefix",
            "access_key_id",
            "secret_access_key",
            "session_token",
            "lock",
            "keep_for",
            "every",
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
        Some(Arc::new(settings::read(section)?))
    }
}

struct S3 {
    bucket: Bucket,
    settings: S3Settings,
    install: String,
    /// Whether the bucket was seen to lock what is put there.
    locks: bool,
}

impl S3 {
    /// The same for the same events, so that a delivery that is made again replaces nothing else.
    fn name(&self, first: &Record, last: &Record) -> String {
        let at = first.event.at.to_rfc3339();
        let day = at[..10].replace('-', "/");
        let (install, first, last) = (&self.install, first.seq, last.seq);
        let name = format!("{day}/{install}-{first:012}-{last:012}.jsonl");
        match &self.settings.prefix {
            Some(prefix) => format!("{prefix}/{name}"),
            None => name,
        }
    }
}

#[async_trait]
impl Sink for S3 {
    async fn deliver(&mut self, records: &[Record], now: Timestamp) -> Result<Taken, Fault> {
        let (Some(first), Some(last)) = (records.first(), records.last()) else {
            return Ok(Taken { said: String::new() });
        };
        if self.settings.lock.is_some() && !self.locks {
            self.bucket.check_that_it_locks(now).await?;
            self.locks = true;
        }
        let name = self.name(first, last);
        let lines: String = records.iter().map(|record| record.json() + "\n").collect();
        self.bucket.put(&name, lines, now).await?;
        Ok(Taken {
            said: match &self.settings.lock {
                None => format!("it is in {name}"),
                Some(lock) => format!("it is in {name}, locked until {}", lock.until(now)),
            },
        })
    }
}
