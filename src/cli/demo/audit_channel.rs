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
    /// Without the posts that are there already, if the bot had something to do before the demo began.
    pub(super) fn after(reader: Actor, shown: usize) -> Self {
        Self {
            reader,
            shown,
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
        let new = posts.get(self.shown..end).unwrap_or_default();
        if page.is_full() {
            page.at(CHANNEL)?;
            new.iter().try_for_each(|post| self.print(page, post))?;
        } else {
            sum_up(page, new)?;
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

/// The story has the steps in one line, and after it each end with its proof.
fn sum_up(page: &Transcript, posts: &[SeenMessage]) -> Result<(), DemoError> {
    let (ends, steps): (Vec<_>, Vec<_>) = posts.iter().partition(|post| post.contains("Proof: "));
    let steps: Vec<String> = steps.into_iter().filter_map(step).collect();
    if ends.is_empty() {
        page.says(CHANNEL, &steps.join(", "))?;
        return Ok(());
    }
    page.at(CHANNEL)?;
    for end in ends {
        let lines = end.rendered.lines().enumerate();
        let proof = |line: &str| line.starts_with("Sessions ended: ") || line.starts_with("Proof: ");
        let lines = lines.filter(|(number, line)| *number == 0 || proof(line));
        let lines: Vec<&str> = lines.map(|(_, line)| line).collect();
        page.message(&lines.join("\n"))?;
    }
    Ok(())
}

/// `📝 REQUESTED AR-1`; `None` for a post that is about no request.
fn step(post: &SeenMessage) -> Option<String> {
    let headline = post.rendered.lines().next()?.replacen('*', "", 2);
    let (what, rest) = headline.split_once(" AR-")?;
    let number = rest.split(' ').next()?;
    Some(format!("{what} AR-{number}"))
}
