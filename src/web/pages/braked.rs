//! A block or a freeze in a sentence: by whom, since when and why.

use crate::audit::event::PersonFacts;
use crate::store::Brake;
use crate::telling::{Phrase, brakes};
use crate::web::shown::{self, Shown};

pub(super) fn blocked(block: &Brake) -> Shown {
    with_reason(
        block,
        brakes::is_blocked(&PersonFacts::from(&block.by), block.since),
    )
}

pub(super) fn frozen(freeze: &Brake) -> Shown {
    with_reason(
        freeze,
        brakes::is_frozen(&PersonFacts::from(&freeze.by), freeze.since),
    )
}

fn with_reason(brake: &Brake, sentence: Phrase) -> Shown {
    let reason = brake.reason.as_deref();
    let reason = reason.map(|words| shown::text(&format!("They wrote: “{words}”")));
    let sentence = shown::phrase_with_people(sentence);
    shown::joined([Some(sentence), reason].into_iter().flatten(), " ")
}
