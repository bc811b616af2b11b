//! What apono says about one event, and the parts that every function about a kind of event uses.

use std::time::Duration;

use crate::access::ids::TextId;
use crate::audit::event::{Actor, Asked, Event, PersonFacts, RequestFacts};
use crate::audit::words::WordsRef;

use super::phrase::{Phrase, Span, phrase};
use super::wording;

/// A headline with its mark and its word is shown up to this many characters.
pub const HEADLINE: usize = 150;

/// Room for the number of a request at the start of a headline.
const NUMBER: usize = 13;

/// A labelled fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub label: &'static str,
    pub value: Phrase,
}

/// What is said about one event.
#[derive(Clone, Debug)]
pub struct Told<'a> {
    pub mark: &'static str,
    pub word: &'static str,
    /// One sentence after the word.
    pub headline: Phrase,
    /// The same for the history of a request. None if the event is about no request.
    pub line: Option<Phrase>,
    /// Fields besides those that every event of a request has.
    pub fields: Vec<Field>,
    /// Sentences that are shown in full.
    pub whole: &'a [String],
    /// The last error, shown in full: it may say what to type.
    pub error: Option<Field>,
    /// People's own words, quoted.
    pub words: Option<&'a TextId>,
    pub weight: Weight,
    pub place: Place,
}

/// How much room an event gets when many are posted at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// A message: somebody has to act on it, or it needs more than a line.
    Message,
    /// A line: it gives, ends or changes something.
    Line,
    /// A line if there is room. It is counted in any case.
    Count,
}

/// Where an event is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On its own, or as the first of its request.
    Alone,
    /// With the others of its request.
    WithRequest,
    /// With the others of its request, and broadcast to the channel.
    Announced,
}

impl<'a> Told<'a> {
    /// Counted, with the others of its request.
    pub(super) fn new(mark: &'static str, word: &'static str, headline: Phrase) -> Self {
        Self {
            mark,
            word,
            headline,
            line: None,
            fields: Vec::new(),
            whole: &[],
            error: None,
            words: None,
            weight: Weight::Count,
            place: Place::WithRequest,
        }
    }

    /// Sets the line for the history of its request.
    #[must_use]
    pub(super) fn line(self, line: Phrase) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    /// Starts the headline with the number of its request.
    #[must_use]
    pub(super) fn about(self, request: &RequestFacts) -> Self {
        Self {
            headline: phrase!("{} {}", request.number, self.headline),
            ..self
        }
    }

    #[must_use]
    pub(super) fn field(mut self, label: &'static str, value: impl Into<Phrase>) -> Self {
        self.fields.push(field(label, value));
        self
    }

    #[must_use]
    pub(super) fn field_if(self, label: &'static str, value: Option<impl Into<Phrase>>) -> Self {
        match value {
            Some(value) => self.field(label, value),
            None => self,
        }
    }

    /// Says why in a field, unless the part of the headline that is always shown says it.
    #[must_use]
    pub(super) fn why(self, why: &str) -> Self {
        let taken = self.mark.chars().count() + self.word.chars().count() + NUMBER;
        let shown: String = self.headline.plain().chars().take(HEADLINE - taken).collect();
        let is_said = shown.contains(why);
        self.field_if("Why", (!is_said).then_some(why))
    }

    #[must_use]
    pub(super) fn error(self, label: &'static str, said: &str) -> Self {
        Self {
            error: Some(field(label, said)),
            ..self
        }
    }

    #[must_use]
    pub(super) fn words(self, words: Option<&'a WordsRef>) -> Self {
        Self {
            words: words.map(|words| &words.id),
            ..self
        }
    }

    #[must_use]
    pub(super) fn whole(self, whole: &'a [String]) -> Self {
        Self { whole, ..self }
    }

    #[must_use]
    pub(super) fn weighs(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }

    #[must_use]
    pub(super) fn place(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

pub(super) fn field(label: &'static str, value: impl Into<Phrase>) -> Field {
    Field {
        label,
        value: value.into(),
    }
}

/// An event about a request, with what most sentences about a request mention.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) event: &'a Event,
    pub(super) request: &'a RequestFacts,
}

impl About<'_> {
    pub(super) fn by(&self) -> Phrase {
        who(&self.event.actor)
    }

    pub(super) fn requester(&self) -> Phrase {
        Phrase::from(&self.request.requester)
    }

    pub(super) fn grantee(&self) -> Phrase {
        Phrase::from(wording::grantee(self.request))
    }

    pub(super) fn access(&self) -> Phrase {
        wording::access(self.request).into()
    }

    pub(super) fn duration(&self) -> Phrase {
        Duration::from_secs(self.request.duration_s).into()
    }

    pub(super) fn integration(&self) -> &str {
        &self.request.integration
    }

    /// Who would get what, and for how long.
    pub(super) fn asked(&self) -> Phrase {
        phrase!("{}, {}, {}", self.grantee(), self.access(), self.duration())
    }

    /// Who has what.
    pub(super) fn held(&self) -> Phrase {
        phrase!("{}, {}", self.grantee(), self.access())
    }
}

/// Who acted, for a sentence.
pub(super) fn who(actor: &Actor) -> Phrase {
    match actor {
        Actor::Person(person) => person.into(),
        Actor::Apono => "apono".into(),
        Actor::Stranger { account, home } => {
            let (account, home) = (Span::Code(account.id.clone()), Span::Code(home.clone()));
            phrase!("an unknown account ({} of {})", account, home)
        }
    }
}

/// Who acted, as text.
pub fn actor(actor: &Actor) -> String {
    who(actor).plain()
}

/// Who acted, for a field.
pub(super) fn who_in_full(actor: &Actor) -> Phrase {
    match actor {
        Actor::Person(person) => in_full(person),
        Actor::Apono | Actor::Stranger { .. } => who(actor),
    }
}

pub(super) fn in_full(person: &PersonFacts) -> Phrase {
    Span::InFull(person.clone()).into()
}

/// The first few who were asked, and why each.
pub(super) fn whom(asked: &[Asked]) -> Phrase {
    let names: Vec<String> = asked
        .iter()
        .map(|asked| format!("{} ({})", asked.person.name, wording::decided_as(&asked.because)))
        .collect();
    wording::some_of(&names).into()
}

/// Several people, for a sentence.
pub(super) fn people(people: &[PersonFacts]) -> Phrase {
    Phrase::joined(people.iter().map(Phrase::from), ", ")
}

pub(super) fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

pub(super) const fn micros(span: u64) -> Duration {
    Duration::from_micros(span)
}
