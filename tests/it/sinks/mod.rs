//! The trail leaves by sinks: in order, whole, from where it got to, and nothing that hangs holds up anything else.

mod file;
mod ocsf;
mod operator;
mod products;
mod receiver;
mod s3;
mod syslog;
mod webhook;

use std::path::Path;

use serde_json::Value;

use crate::support::bot::Context;

impl Context {
    /// Adds sections to the config, and reloads it.
    async fn add_to_config(&self, more: &str) {
        self.edit_config(|config| format!("{config}\n{more}"));
        self.app().reload().await.unwrap();
    }

    /// Waits until the sink has everything.
    async fn until_sink_has_all(&self, name: &str) {
        let store = &self.app().core().store;
        self.until("the sink has everything", async || {
            store.sink_place(name).await.unwrap() == store.head().await.unwrap().seq
        })
        .await;
    }

    /// The trail, as the lines of a sink have it.
    async fn trail(&self) -> Vec<(u64, String)> {
        let store = &self.app().core().store;
        let links = store.links_after(0, 100_000).await.unwrap();
        links.into_iter().map(|link| (link.seq, link.payload)).collect()
    }
}

/// Number and event of each line.
fn events_in(text: &str) -> Vec<(u64, String)> {
    text.lines().map(event_in).collect()
}

fn event_in(line: &str) -> (u64, String) {
    let record: Value = serde_json::from_str(line).unwrap();
    (
        record["seq"].as_u64().unwrap(),
        serde_json_canonicalizer::to_string(&record["event"]).unwrap(),
    )
}

/// What is in a file and in those that were put away before it, oldest first.
fn all_files(current: &Path) -> String {
    let folder = current.parent().unwrap();
    let stem = current.file_stem().unwrap().to_str().unwrap();
    let mut away: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path != current && path.file_stem().unwrap().to_str().unwrap().starts_with(stem))
        .collect();
    away.sort();
    away.push(current.to_owned());
    away.iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect()
}
