//! The people whom the bot knows, by name.
//!
//! They are as many as ever had to do with access, and neither database folds names as people do, so all of them are read.

use std::collections::BTreeSet;

use crate::access::ids::PersonId;
use crate::access::search::folded;
use crate::store::{ReadPeople, StoreError};

use super::super::Core;

/// Those with an account of this name, in upper or lower case, with or without accents.
pub async fn people_called(core: &Core, name: &str) -> Result<BTreeSet<PersonId>, StoreError> {
    let name = folded(name);
    let accounts = core.store.accounts().await?.into_iter();
    let called = accounts.filter(|account| folded(&account.name) == name);
    Ok(called.map(|account| account.id).collect())
}
