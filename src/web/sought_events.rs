//! What somebody looks for in the audit log, as the address of the page says it.

use url::form_urlencoded;

use super::Portal;
use super::sent::Fields;
use super::sought::{BACKWARDS, person};
use super::zone;
use crate::access::closest::closest;
use crate::access::edge::range;
use crate::access::ids::PersonId;
use crate::access::people::Account;
use crate::audit::name::NAMES;
use crate::audit::wanted::{By, Family, Subject, WantedEvents};
use crate::store::{ReadPeople, StoreError};
use crate::telling;
use crate::usecases::named::{self, Known, Named};

/// The keys of the filter.
const KEYS: [&str; 6] = ["kind", "event", "actor", "about", "integration", "time"];

/// Longest value, in characters.
const LONGEST: usize = 300;

/// The bot itself, as an actor.
const APONO: &str = "apono";

/// A filter, and what the address says.
pub(super) struct SoughtEvents {
    pub(super) wanted: WantedEvents,
    /// Why the address is not a filter.
    pub(super) wrong: Option<String>,
    said: Vec<(&'static str, String)>,
}

/// Reads the filter, for somebody who reads everything.
pub(super) async fn read(portal: &Portal, query: &Fields) -> Result<SoughtEvents, StoreError> {
    let said = KEYS.map(|key| (key, query.one(key).chars().take(LONGEST).collect()));
    let mut sought = SoughtEvents {
        wanted: WantedEvents::default(),
        wrong: None,
        said: said
            .into_iter()
            .filter(|(_, value): &(_, String)| !value.is_empty())
            .collect(),
    };
    sought.wrong = understand(portal, &sought.said, &mut sought.wanted).await?;
    Ok(sought)
}

/// Why one of the values means nothing, if one does.
async fn understand(
    portal: &Portal,
    said: &[(&'static str, String)],
    wanted: &mut WantedEvents,
) -> Result<Option<String>, StoreError> {
    for (key, value) in said {
        match *key {
            "kind" => {
                let Some(family) = Family::named(value) else {
                    let names = Family::ALL.map(Family::name).join(", ");
                    return Ok(Some(format!(
                        "There is no kind \"{value}\". Use one of: {names}."
                    )));
                };
                wanted.family = Some(family);
            }
            "event" => {
                let name = telling::named::event(value);
                if !NAMES.contains(&name.as_str()) {
                    return Ok(Some(telling::named::no_event(value, closest(&name, NAMES))));
                }
                wanted.name = Some(name);
            }
            "actor" if value == APONO => wanted.by = Some(By::Apono),
            "actor" => match meant(portal, value).await? {
                Ok(Meant {
                    id,
                    accounts,
                    addresses,
                }) => {
                    wanted.by = Some(By::Person {
                        id,
                        accounts,
                        addresses,
                    });
                }
                Err(why) => return Ok(Some(why)),
            },
            "about" => match value.parse().ok() {
                Some(number) => wanted.about = Some(Subject::Request(number)),
                None => match meant(portal, value).await? {
                    Ok(Meant { id, accounts, .. }) => {
                        wanted.about = Some(Subject::Person { id, accounts });
                    }
                    Err(why) => return Ok(Some(why)),
                },
            },
            "integration" => match named::known(&portal.core, Named::Integration, value).await? {
                Known::As(name) => wanted.integration = Some(name),
                Known::Nothing { close } => {
                    let why = telling::named::nothing(Named::Integration, value, close.as_deref());
                    return Ok(Some(why));
                }
            },
            _ => {
                let Some(edges) = range(&zone::range_meant(value, portal.core.now()).to_lowercase()) else {
                    return Ok(Some(format!(
                        "\"{value}\" is not a time. Write a day such as 2026-11-01, a range such as 2026-11-01..2026-11-30, 2026-Q4, last month, or 7d.. for the last 7 days."
                    )));
                };
                wanted.time = edges.at(portal.core.now());
                if wanted.time.is_backwards() {
                    return Ok(Some(BACKWARDS.to_owned()));
                }
            }
        }
    }
    Ok(None)
}

/// Somebody, with what else events name them by.
struct Meant {
    id: PersonId,
    accounts: Vec<Account>,
    addresses: Vec<String>,
}

/// The person who is called so, or why that is no one person.
async fn meant(portal: &Portal, typed: &str) -> Result<Result<Meant, String>, StoreError> {
    let store = &portal.core.store;
    let lower = typed.to_lowercase();
    let id = match person(portal, typed).await? {
        Ok(id) => id,
        // Somebody without an account in Slack, perhaps.
        Err(why) => match store.person_by_role(&lower).await? {
            Some(id) => id,
            None => return Ok(Err(why)),
        },
    };
    let known = store.accounts_of(std::slice::from_ref(&id)).await?;
    let shown = known.iter().filter_map(|known| known.email.clone());
    Ok(Ok(Meant {
        addresses: shown.chain([lower]).collect(),
        accounts: known
            .iter()
            .map(|known| Account::slack(&known.account.user))
            .collect(),
        id,
    }))
}

impl SoughtEvents {
    /// The filter as a query, as it was written; empty if nothing is sought.
    pub(super) fn query(&self) -> String {
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&self.said)
            .finish()
    }

    /// What the address says for a key; empty if it says nothing.
    pub(super) fn said(&self, key: &str) -> &str {
        let mut said = self.said.iter();
        said.find(|(said, _)| *said == key).map_or("", |(_, value)| value)
    }
}
