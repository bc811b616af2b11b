//! `kind = "file"`: JSON Lines on the machine that the bot runs on, for a log shipper or an archive.

mod lines;

use std::num::NonZeroU64;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use lines::Lines;

use super::format::{self, Format};
use super::{Around, Fault, Most, Record, Sink, SinkKind, SinkSettings, Taken};
use crate::access::time::Timestamp;
use crate::document::Section;

/// Megabytes after which another file is begun.
const MAX_MB: u32 = 100;

/// It is written and synced at once, so more at a time is quicker.
const MOST: Most = Most {
    records: 1_000,
    bytes: 8 << 20,
    wait: Duration::ZERO,
};

pub(super) struct FileKind;

impl SinkKind for FileKind {
    fn name(&self) -> &'static str {
        "file"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "path",
            "max_mb",
            "daily",
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
        let path = section.must("path", "\"trail.jsonl\"", |v| {
            let path = std::path::absolute(doc.folder.join(doc.text(v)?)).ok();
            let named = path.filter(|path| path.file_stem().is_some_and(|stem| stem.to_str().is_some()));
            if named.is_none() {
                doc.problem(v.span(), "Write the path of a file.");
            }
            named
        });
        let max_mb: u32 = section.or("max_mb", MAX_MB, |v| doc.number(v, 1..=100_000));
        let daily = section.or("daily", true, |v| doc.boolean(v));
        let format = format::read(section);
        Some(Arc::new(FileSettings {
            path: path?,
            max_bytes: NonZeroU64::new(u64::from(max_mb) << 20)?,
            daily,
            format,
        }))
    }
}

/// Where, and when another file is begun.
#[derive(Clone, Debug)]
struct FileSettings {
    path: PathBuf,
    max_bytes: NonZeroU64,
    daily: bool,
    format: Format,
}

impl SinkSettings for FileSettings {
    fn most(&self) -> Most {
        MOST
    }

    fn is_local(&self) -> bool {
        true
    }

    fn open(&self, _around: &Around) -> Result<Box<dyn Sink>, Fault> {
        Ok(Box::new(FileSink {
            settings: self.clone(),
            lines: None,
        }))
    }
}

struct FileSink {
    settings: FileSettings,
    /// Opened with the first delivery, and again after a failure.
    lines: Option<Lines>,
}

#[async_trait]
impl Sink for FileSink {
    async fn deliver(&mut self, records: &[Record], _now: Timestamp) -> Result<Taken, Fault> {
        let lines: Vec<(String, String)> = records
            .iter()
            .map(|record| (day(record), self.settings.format.text(record)))
            .collect();
        let count = lines.len();
        let (settings, opened) = (self.settings.clone(), self.lines.take());
        // Syncing can take long, and nothing else should wait for it.
        let written = tokio::task::spawn_blocking(move || {
            let mut file = match opened {
                Some(file) if file.is_in_place(&settings.path) => file,
                Some(_) | None => Lines::open(&settings.path)?,
            };
            for (day, line) in &lines {
                file.begin_another(
                    &settings.path,
                    settings.daily.then_some(day.as_str()),
                    settings.max_bytes,
                )?;
                file.add(day, line);
            }
            file.sync(&settings.path)?;
            Ok::<_, Fault>(file)
        });
        let written = written
            .await
            .map_err(|_| Fault::later("the file was not written"))?;
        self.lines = Some(written?);
        Ok(Taken {
            said: format!(
                "{count} lines are on the disk, in {}",
                self.settings.path.display()
            ),
        })
    }
}

/// The day of the event, UTC.
fn day(record: &Record) -> String {
    record.event.at.to_rfc3339().chars().take(10).collect()
}
