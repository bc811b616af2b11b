//! An event as it leaves.

use std::collections::BTreeMap;

use crate::access::ids::TextId;
use crate::audit::chain::Hash;
use crate::audit::event::Event;

/// An event with its place in the trail, and what is told about it.
#[derive(Clone, Debug)]
pub struct Record {
    pub seq: u64,
    pub hash: Hash,
    pub event: Event,
    /// The exact text that was hashed.
    pub payload: String,
    /// One sentence that says what happened: `GRANTED AR-7 to Dana Ito, ...`.
    pub message: String,
    /// What people wrote, by the ids in the event. Empty if the sink gets no free text.
    pub words: BTreeMap<TextId, String>,
}

impl Record {
    /// As one line of JSON: place, hash and event as `apono audit export` writes them, with the sentence and people's own words.
    pub fn json(&self) -> String {
        let text = |text: &str| serde_json::to_string(text).expect("text is JSON");
        let words: Vec<String> = self
            .words
            .iter()
            .map(|(id, body)| format!("{}:{}", text(id.as_str()), text(body)))
            .collect();
        format!(
            "{{\"seq\":{},\"hash\":\"{}\",\"message\":{},\"event\":{},\"words\":{{{}}}}}",
            self.seq,
            self.hash,
            text(&self.message),
            self.payload,
            words.join(",")
        )
    }

    /// Names the event everywhere: `abcdefgh-7-5f0c3a51b2d4e6f8`. The hash is in it because a trail that was restored gives out numbers
    /// again.
    pub(super) fn id(&self) -> String {
        let hash = self.hash.to_string();
        format!("{}-{}-{}", self.event.install, self.seq, &hash[..16])
    }

    /// How many bytes it has as JSON, or a few more.
    pub fn size(&self) -> usize {
        let words = self.words.iter();
        let words: usize = words
            .map(|(id, body)| quoted(id.as_str()) + quoted(body) + 2)
            .sum();
        self.payload.len() + quoted(&self.message) + words + 256
    }
}

/// How many bytes a text has in quotes, with what JSON escapes in it.
fn quoted(text: &str) -> usize {
    let more = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => 1,
        0..0x20 => 5,
        _ => 0,
    });
    text.len() + 2 + more.sum::<usize>()
}
