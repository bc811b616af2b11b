//! Whether somebody may act here at all, whatever the face and whatever they want to do.

use crate::access::forbidden::Forbidden;
use crate::access::people::{Person, Standing};
use crate::store::StoreError;

use super::Core;
use super::refuse::Judged;

/// Why `person` may not act here; `None` if they may. Guests may act: whether they may do a given thing is checked where it is
/// decided. Somebody blocked by an admin can only give back access, which needs no permission.
pub async fn keeps_out(core: &Core, person: &Person) -> Result<Option<Judged>, StoreError> {
    match person.standing {
        Standing::Member | Standing::Guest => {}
        Standing::Deactivated | Standing::Bot | Standing::Outsider => return Ok(Some(by_account(person))),
    }
    let is_blocked = core.store.is_blocked(&person.id).await?;
    Ok(is_blocked.then(|| Judged::person(person, Forbidden::Blocked)))
}

/// Why `person` may not decide; `None` if they may. Guests may request access but never decide.
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
