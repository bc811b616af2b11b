//! Problems with people named in the config: what the admins were told is remembered, so they are told once.
//!
//! Invariant: the same problem with the same name is reported again only after a check found it fixed, or the config stopped
//! naming it. A check that could not be made says nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::store::{JobKind, JobSpec, ReadSettings, StoreError};

use super::{Core, UseCaseError};

/// The setting that stores what was reported.
const SAID: &str = "people_who_do_not_count";

const LEASE: &str = "people who do not count";
const LEASE_FOR: Duration = Duration::from_secs(30);

/// How many people one message lists.
const MOST: usize = 15;

/// A problem that a check found with somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The same problem has the same name.
    pub name: &'static str,
    /// What is wrong, and what to do about it.
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said {
    /// Names of the problems reported since the last time all was well.
    troubles: BTreeSet<String>,
    /// The newest problem, as a sentence.
    sentence: String,
    /// The message that reports it: the key of its job.
    message: String,
}

type All = BTreeMap<String, Said>;

/// Stores what a check of the people in the config found, and has the admins told what is new. `looked_at` has everybody
/// about whom Slack said something, by their name in the config.
#[tracing::instrument(name = "uncounted.note", skip_all)]
pub async fn note(
    core: &Core,
    named: &BTreeSet<String>,
    looked_at: &BTreeMap<String, Option<Trouble>>,
) -> Result<(), UseCaseError> {
    let before = all(core).await?;
    if next(before.clone(), named, looked_at, String::new) == before {
        return Ok(());
    }
    // Another process would report the same; it finds everything reported at its next check.
    if !core.store.is_ours(LEASE, &core.owner, LEASE_FOR).await? {
        return Ok(());
    }
    let before = all(core).await?;
    let messages: BTreeSet<String> = before.values().map(|said| said.message.clone()).collect();
    let (mut message, mut room) = (core.new_id(), MOST);
    let next = next(before, named, looked_at, || {
        if room == 0 {
            (message, room) = (core.new_id(), MOST);
        }
        room -= 1;
        message.clone()
    });
    let mut tx = core.store.write().await?;
    tx.put_setting(SAID, &serde_json::json!(next).to_string()).await?;
    let new: BTreeSet<&String> = next.values().map(|said| &said.message).collect();
    for message in new.into_iter().filter(|message| !messages.contains(*message)) {
        tx.schedule(&JobSpec::at(JobKind::TellUncounted, message, core.now()))
            .await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// What the message with this key says about each person for whom it is still true.
pub async fn told_by(core: &Core, message: &str) -> Result<Vec<String>, UseCaseError> {
    let all = all(core).await?.into_values();
    let told = all.filter(|said| said.message == message);
    Ok(told.map(|said| said.sentence).collect())
}

/// `message` returns the message that reports one more.
fn next(
    mut all: All,
    named: &BTreeSet<String>,
    looked_at: &BTreeMap<String, Option<Trouble>>,
    mut message: impl FnMut() -> String,
) -> All {
    all.retain(|person, _| named.contains(person) && !matches!(looked_at.get(person), Some(None)));
    for (person, trouble) in looked_at {
        let Some(trouble) = trouble else { continue };
        let known = all
            .get(person)
            .map(|said| said.troubles.clone())
            .unwrap_or_default();
        if known.contains(trouble.name) {
            continue;
        }
        let mut troubles = known;
        troubles.insert(trouble.name.to_owned());
        let said = Said {
            troubles,
            sentence: trouble.sentence.clone(),
            message: message(),
        };
        all.insert(person.clone(), said);
    }
    all
}

async fn all(core: &Core) -> Result<All, StoreError> {
    let Some(text) = core.store.setting(SAID).await? else {
        return Ok(All::new());
    };
    // What an older version cannot read is reported again.
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What one check says about one person: nothing, that all is well, or one of two problems.
    fn look(found: u8) -> BTreeMap<String, Option<Trouble>> {
        let trouble = |name| {
            let sentence = "x".to_owned();
            Some(Trouble { name, sentence })
        };
        let found = match found {
            0 => return BTreeMap::new(),
            1 => None,
            2 => trouble("guest"),
            _ => trouble("unknown"),
        };
        BTreeMap::from([("dana@example.com".to_owned(), found)])
    }

    proptest! {
        #[test]
        fn a_trouble_is_said_once_until_it_healed(looks in prop::collection::vec(0..4_u8, 0..30)) {
            let named = BTreeSet::from(["dana@example.com".to_owned()]);
            let (mut all, mut said, mut since_well) = (All::new(), 0, BTreeSet::new());
            let mut expected = 0;
            for found in looks {
                all = next(all, &named, &look(found), || {
                    said += 1;
                    said.to_string()
                });
                match found {
                    0 => {}
                    1 => since_well.clear(),
                    trouble => expected += i32::from(since_well.insert(trouble)),
                }
                prop_assert_eq!(said, expected);
            }
        }
    }

    #[test]
    fn whoever_is_named_no_more_is_forgotten() {
        let named = BTreeSet::from(["dana@example.com".to_owned()]);
        let all = next(All::new(), &named, &look(2), || "one".to_owned());
        assert_eq!(
            next(all, &BTreeSet::new(), &BTreeMap::new(), String::new),
            All::new()
        );
    }
}
