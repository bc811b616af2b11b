//! #permissions-audit, as its members see it.
//!
//! Invariant: posts are printed in the channel's order, each once, with its headline. Lines that were already in a request's
//! earlier posts are left out, because every post repeats who, what and where.

use std::collections::HashSet;

use slack_simulator::{Actor, SeenMessage};

use super::error::DemoError;
use super::transcript::Transcript;

pub(super) const CHANNEL: &str = "#permissions-audit";

pub(super) struct AuditChannel {
    reader: Actor,
    shown: usize,
    /// Lines already seen in a thread.
    known: HashSet<(String, String)>,
}

impl AuditChannel {
    pub(super) fn new(reader: Actor) -> Self {
        Self {
            reader,
            shown: 0,
            known: HashSet::new(),
        }
    }

    /// Waits for the post with these words, and prints every post since the last time, up to that one.
    pub(super) async fn follow(&mut self, page: &Transcript, until: &str) -> Result<(), DemoError> {
        self.reader.wait_for(CHANNEL, until).await?;
        let posts = self.reader.read_channel(CHANNEL)?;
        let end = posts
            .iter()
            .rposition(|post| post.contains(until))
            .map_or(posts.len(), |last| last + 1);
        page.at(CHANNEL)?;
        for post in posts.get(self.shown..end).unwrap_or_default() {
            self.print(page, post)?;
        }
        self.shown = end;
        Ok(())
    }

    fn print(&mut self, page: &Transcript, post: &SeenMessage) -> Result<(), DemoError> {
        let thread = post.thread_ts.as_ref().unwrap_or(&post.ts);
        let lines = post.rendered.lines().enumerate().filter(|(number, line)| {
            let is_new = self.known.insert((thread.clone(), (*line).to_owned()));
            *number == 0 || is_new
        });
        let shown: Vec<&str> = lines.map(|(_, line)| line).collect();
        page.message(&shown.join("\n"))?;
        Ok(())
    }
}
