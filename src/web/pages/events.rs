//! Events in the words that Slack shows, each with what proves it.

use std::collections::HashMap;

use askama::Template;

use crate::access::ids::TextId;
use crate::audit::event::What;
use crate::config::{Beside, beside};
use crate::store::{Listed, ReadPolicies, Store, StoreError, StoredEvent};
use crate::telling::{Phrase, Told, actor, told};
use crate::web::shown::{self, Shown};

/// How much of a hash is shown where it is not the point.
const SHORT: usize = 12;

/// How many keys of a changed config are shown.
const KEYS: usize = 50;

/// Events as a list.
#[derive(Template)]
#[template(path = "events.html")]
pub(in crate::web) struct Events {
    pub(in crate::web) items: Vec<Line>,
}

/// An event of a list.
pub(in crate::web) struct Line {
    pub(in crate::web) at: Shown,
    /// Shown before the sentence, if the list is about more than one request.
    pub(in crate::web) word: Option<&'static str>,
    pub(in crate::web) sentence: Shown,
    pub(in crate::web) words: Option<Shown>,
    /// What it says in full, a sentence each.
    pub(in crate::web) whole: Vec<Shown>,
    /// Who did it, and by which way; `None` if the event cannot be read.
    pub(in crate::web) by: Option<(Shown, &'static str)>,
    pub(in crate::web) seq: u64,
    pub(in crate::web) short_hash: String,
    pub(in crate::web) facts: Vec<(&'static str, Shown)>,
    /// The keys of the config that it changed: the first few.
    pub(in crate::web) beside: Vec<Beside>,
    /// How many other keys it changed.
    pub(in crate::web) more: usize,
}

impl Events {
    /// What happened to one request; `show` says how sentences are shown. The justification is left out: its page shows it above.
    pub(in crate::web) async fn of_request<'e>(
        store: &Store,
        events: impl DoubleEndedIterator<Item = &'e StoredEvent> + Clone,
        show: fn(Phrase) -> Shown,
    ) -> Result<Self, StoreError> {
        let texts = words_of(store, events.clone()).await?;
        let lines = events.map(|stored| {
            let told = told(&stored.event);
            let is_above = matches!(stored.event.what, What::Requested { .. });
            let words = told.words.filter(|_| !is_above).and_then(|id| texts.get(id));
            let sentence = told.line.clone().unwrap_or_else(|| told.headline.clone());
            Line {
                words: words.map(|words| shown::text(words)),
                sentence: show(sentence),
                ..Line::of(stored, &told, show)
            }
        });
        Ok(Self {
            items: lines.collect(),
        })
    }

    /// What happened at all, with everything that the channel's posts say.
    pub(in crate::web) async fn of_trail(store: &Store, events: &[Listed]) -> Result<Self, StoreError> {
        let read = events.iter().filter_map(|listed| match listed {
            Listed::Read(stored) => Some(&**stored),
            Listed::Unreadable { .. } => None,
        });
        let texts = words_of(store, read.clone()).await?;
        let mut changed = HashMap::new();
        for stored in read {
            changed.insert(stored.seq, changed_keys(store, &stored.event.what).await?);
        }
        let lines = events.iter().map(|listed| {
            let stored = match listed {
                Listed::Read(stored) => stored,
                Listed::Unreadable { seq, hash } => return Line::unreadable(*seq, hash),
            };
            let told = told(&stored.event);
            let line = Line::of(stored, &told, shown::phrase_with_people);
            let words = told.words.and_then(|id| texts.get(id));
            let keys = changed.remove(&stored.seq).unwrap_or_default();
            let said = told.fields.into_iter().chain(told.error);
            let said = said.map(|field| (field.label, shown::phrase_with_people(field.value)));
            Line {
                word: Some(told.word),
                words: words.map(|words| shown::text(words)),
                whole: told.whole.iter().map(|sentence| shown::text(sentence)).collect(),
                facts: said.chain(line.facts).collect(),
                more: keys.len().saturating_sub(KEYS),
                beside: keys.into_iter().take(KEYS).collect(),
                ..line
            }
        });
        Ok(Self {
            items: lines.collect(),
        })
    }
}

impl Line {
    /// What the list has in the place of an event that cannot be read.
    fn unreadable(seq: u64, hash: &str) -> Self {
        Self {
            at: shown::text(""),
            word: Some("UNREADABLE"),
            sentence: shown::text("This event cannot be read: it was changed, or a newer version wrote it."),
            words: None,
            whole: Vec::new(),
            facts: Some(("Hash", shown::code(hash)))
                .filter(|_| !hash.is_empty())
                .into_iter()
                .chain([("Check it with", shown::code("apono audit verify"))])
                .collect(),
            by: None,
            seq,
            short_hash: hash.chars().take(SHORT).collect(),
            beside: Vec::new(),
            more: 0,
        }
    }

    fn of(stored: &StoredEvent, told: &Told<'_>, show: fn(Phrase) -> Shown) -> Self {
        let event = &stored.event;
        let hash = stored.hash.to_string();
        let code = |text: &str| shown::code(text);
        let actor = shown::text(&actor(&event.actor));
        Self {
            at: shown::time(event.at),
            word: None,
            sentence: show(told.headline.clone()),
            words: None,
            whole: Vec::new(),
            facts: vec![
                ("Event", shown::text(told.word)),
                ("Actor", actor.clone()),
                ("Cause", code(&event.cause)),
                ("Hash", code(&hash)),
            ],
            by: Some((actor, event.via.name())),
            seq: stored.seq,
            short_hash: hash.chars().take(SHORT).collect(),
            beside: Vec::new(),
            more: 0,
        }
    }
}

/// The keys of the config that an event changed, as far as both texts are still there.
async fn changed_keys(store: &Store, what: &What) -> Result<Vec<Beside>, StoreError> {
    let What::PolicyChanged {
        from_digest: Some(from),
        to_digest: to,
        ..
    } = what
    else {
        return Ok(Vec::new());
    };
    let (Some((before, _)), Some((after, _))) =
        (store.policy_version(from).await?, store.policy_version(to).await?)
    else {
        return Ok(Vec::new());
    };
    Ok(beside(&before, &after).unwrap_or_default())
}

/// What people wrote with these events, as far as it was not blanked.
async fn words_of<'e>(
    store: &Store,
    events: impl Iterator<Item = &'e StoredEvent>,
) -> Result<HashMap<TextId, String>, StoreError> {
    let texts: Vec<TextId> = events
        .filter_map(|stored| told(&stored.event).words.cloned())
        .collect();
    store.words(&texts).await
}
