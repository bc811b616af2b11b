//! Whether somebody may act here at all, whatever the face and whatever they want.

use crate::access::forbidden::Forbidden;
use crate::access::people::{Person, Standing};
use crate::store::StoreError;

use super::Core;
use super::refuse::Judged;

/// Why `person` may do nothing here; `None` if they may. Guests may act: whether they may do this is asked where it is decided.
/// Whoever an admin blocked can only give back what they have, which asks nobody.
pub async fn keeps_out(core: &Core, person: &Person) -> Result<Option<Judged>, StoreError> {
    match person.standing {
        Standing::Member | Standing::Guest => {}
        Standing::Deactivated | Standing::Bot | Standing::Outsider => return Ok(Some(by_account(person))),
    }
    let is_blocked = core.store.is_blocked(&person.id).await?;
    Ok(is_blocked.then(|| Judged::person(person, Forbidden::Blocked)))
}

/// Why `person` may decide nothing; `None` if they may. Guests may ask for access and never decide.
pub fn decides_nothing(person: &Person) -> Option<Judged> {
    match person.standing {
        Standing::Member => None,
        Standing::Guest | Standing::Deactivated | Standing::Bot | Standing::Outsider => {
            Some(by_account(person))
        }
    }
}

fn by_account(person: &Person) -> Judged {
    Judged::person(person, Forbidden::Account(person.standing))
}
