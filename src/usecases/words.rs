//! People's own words, stored with the change that they explain.

use crate::access::ids::TextId;
use crate::audit::words::{Words, WordsRef};
use crate::store::Tx;

use super::{Core, UseCaseError};

/// Stores what somebody wrote, if anything, and returns what the trail says about it.
pub(super) async fn keep_words(
    core: &Core,
    tx: &mut Tx,
    words: Option<&str>,
) -> Result<Option<WordsRef>, UseCaseError> {
    let Some(words) = words else { return Ok(None) };
    let words = Words::new(TextId::new(core.new_id()), Core::salt()?, words.to_owned());
    tx.insert_words(&words).await?;
    Ok(words.reference())
}
