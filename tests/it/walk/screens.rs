//! What everybody's screen shows, and what of it is new.
//!
//! Invariant: the order does not depend on who was quicker. What the person who acted reads comes first, then new messages, then
//! messages that changed, each in the order of [`READERS`] and of their texts, then the channel's posts in the channel's order.

use std::collections::{HashMap, HashSet};

use slack_simulator::SeenMessage;

use super::page::Page;
use super::stand_ins::StandIns;
use crate::support::bot::Context;

pub(super) const CHANNEL: &str = "permissions-audit";

/// Requesters, approvers, admins, auditors, and everybody else.
const READERS: [&str; 9] = [
    "dana", "eve", "omar", "priya", "ada", "sam", "nils", "gus", "wanda",
];

/// `dana` as people write it.
pub(super) fn name(handle: &str) -> String {
    let (first, rest) = handle.split_at(1);
    first.to_uppercase() + rest
}

#[derive(Default)]
pub(super) struct Screens {
    /// Texts of the direct messages, by reader and message.
    direct: HashMap<(&'static str, String), String>,
    /// How many messages that only they see each reader has had.
    private: HashMap<&'static str, usize>,
    /// How many posts the channel had.
    posts: usize,
    /// Lines that stood in a thread of the channel before.
    known: HashSet<(String, String)>,
    /// Kinds of messages that were shown in full.
    kinds: HashSet<String>,
}

/// A text, and who reads it.
struct Read {
    text: String,
    readers: Vec<&'static str>,
}

impl Screens {
    /// Writes down what is new on every screen.
    pub(super) fn write_news(
        &mut self,
        ctx: &Context,
        stand_ins: &StandIns,
        whole_posts: bool,
        page: &mut Page,
    ) {
        let (mut new, mut changed) = (Vec::new(), Vec::new());
        for reader in READERS {
            let person = ctx.person(reader);
            let private = person.ephemerals();
            let had = self.private.insert(reader, private.len()).unwrap_or_default();
            for message in private.iter().skip(had) {
                let text = stand_ins.put_into(&message.rendered);
                page.short_or_block(&format!("Only **{}** sees:", name(reader)), &text, 1);
            }
            let mut news = Vec::new();
            let mut edits = Vec::new();
            for message in person.reads("@bot") {
                if message.from != "apono" {
                    continue;
                }
                let text = stand_ins.put_into(&message.rendered);
                match self.direct.insert((reader, message.ts), text.clone()) {
                    None => news.push(text),
                    Some(before) if before != text => edits.push(difference(&before, &text)),
                    Some(_) => {}
                }
            }
            news.sort();
            edits.sort();
            gather(&mut new, news, reader);
            gather(&mut changed, edits, reader);
        }
        for read in new {
            let to = format!("To {}:", names(&read.readers));
            if read.text.lines().count() > 3 && !self.kinds.insert(kind(&read.text)) {
                let is_kept = |line: &&str| line.starts_with(['>', '[']);
                page.short_or_block(&to, &headline_and(&read.text, is_kept), 4);
            } else {
                page.block(&to, &read.text);
            }
        }
        for read in changed {
            page.short_or_block(&format!("{}, changed:", names(&read.readers)), &read.text, 3);
        }
        self.write_posts(ctx, stand_ins, whole_posts, page);
    }

    fn write_posts(&mut self, ctx: &Context, stand_ins: &StandIns, whole: bool, page: &mut Page) {
        let posts = ctx.simulator.channel_messages(CHANNEL);
        let mut new = Vec::new();
        let mut since: Vec<&SeenMessage> = posts.iter().skip(self.posts).collect();
        // The trail is looked at for anomalies while a grant is on its way: either can be posted first.
        since.sort_by_key(|post| post.rendered.starts_with('🚩'));
        for post in since {
            new.push(self.news_of_post(post, stand_ins, whole));
        }
        self.posts = posts.len();
        if !new.is_empty() {
            page.short_or_block(&format!("**#{CHANNEL}**:"), &new.join("\n\n"), 1);
        }
    }

    /// The headline, and the lines that stood in no earlier post of the thread; of a kind of post that was shown before only
    /// the headline, what people wrote, and what is listed.
    fn news_of_post(&mut self, post: &SeenMessage, stand_ins: &StandIns, whole: bool) -> String {
        let thread = post.thread_ts.as_ref().unwrap_or(&post.ts);
        let text = stand_ins.put_into(&post.rendered);
        let mut new = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let is_small_print = line.starts_with('#') && line.contains(" · ");
            let is_new = self.known.insert((thread.clone(), line.to_owned()));
            if whole || number == 0 || (is_new && !is_small_print) {
                new.push(line);
            }
        }
        let new = new.join("\n");
        if self.kinds.insert(kind(&text)) || whole {
            new
        } else {
            headline_and(&new, |line| line.starts_with(['>', '•']))
        }
    }
}

/// What kind of message it is: the word of its headline, and the labels of its lines.
fn kind(text: &str) -> String {
    let headline = text.lines().next().unwrap_or_default();
    let word = headline.split('*').nth(1).unwrap_or(headline);
    let word = word.rsplit(" · ").next().unwrap_or(word);
    let lines = text.lines().skip(1).filter(|line| !line.starts_with('>'));
    let labels = lines.filter_map(|line| line.split_once(": "));
    let labels = labels.map(|(label, _)| label).filter(|label| label.len() < 30);
    format!("{word} {}", labels.collect::<Vec<_>>().join(" "))
}

/// The headline, and of the other lines those that are kept.
fn headline_and(text: &str, is_kept: impl Fn(&&str) -> bool) -> String {
    let mut lines = text.lines();
    let headline = lines.next().into_iter();
    headline
        .chain(lines.filter(is_kept))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What is new in a message that changed: its headline if that is, or else the other new lines; and its buttons.
fn difference(before: &str, now: &str) -> String {
    let had: HashSet<&str> = before.lines().collect();
    let mut new = now.lines().filter(|line| !had.contains(line));
    let is_headline_new = before.lines().next() != now.lines().next();
    let shown: Vec<&str> = if is_headline_new {
        let headline = new.next();
        headline
            .into_iter()
            .chain(new.filter(|line| line.starts_with('[')))
            .collect()
    } else {
        new.collect()
    };
    if shown.is_empty() {
        let gone = before
            .lines()
            .filter(|line| !now.lines().any(|other| other == *line));
        return gone
            .map(|line| format!("without {line}"))
            .collect::<Vec<_>>()
            .join("\n");
    }
    shown.join("\n")
}

/// Adds what one more reader reads to what others read.
fn gather(all: &mut Vec<Read>, texts: Vec<String>, reader: &'static str) {
    for text in texts {
        match all.iter_mut().find(|read| read.text == text) {
            Some(read) if !read.readers.contains(&reader) => read.readers.push(reader),
            Some(_) | None => all.push(Read {
                text,
                readers: vec![reader],
            }),
        }
    }
}

/// `**Omar** and **Priya**`.
fn names(readers: &[&str]) -> String {
    let names: Vec<String> = readers
        .iter()
        .map(|reader| format!("**{}**", name(reader)))
        .collect();
    names.join(" and ")
}
