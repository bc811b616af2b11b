//! Who may read what: the one place where that is decided, for every face.

use crate::access::forbidden::Forbidden;
use crate::access::ids::PersonId;
use crate::access::people::Person;
use crate::access::reader::Reader;
use crate::access::request::Request;
use crate::store::ReadMessages;

use super::super::{Core, UseCaseError};

/// The person looking at a face, according to the present policy.
pub fn reader(core: &Core, person: &Person) -> Reader {
    Reader::of(&core.policy(), person)
}

/// `reader`, if they may read this request: it is by or for them, they were asked to answer it, or they read everything.
pub(super) async fn reader_of(
    core: &Core,
    reader: &Reader,
    request: &Request,
) -> Result<Reader, UseCaseError> {
    if reader.may_read(request) {
        return Ok(reader.clone());
    }
    let messages = core.store.messages_of(&request.id).await?;
    let was_asked = |person: &PersonId| messages.iter().any(|message| message.person == *person);
    if !reader.person().is_some_and(was_asked) {
        return Err(Forbidden::NotYours.into());
    }
    Ok(reader.clone().asked(&request.id))
}
