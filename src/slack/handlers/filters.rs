//! What somebody looks for in a list: names looked up, and in words again.

use crate::access::filter::Filter;
use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::store::ReadPeople;

use super::super::views::text::{clean, escape};
use super::commands::Sought;
use super::{Bot, HandlerError};

impl Bot {
    /// The filter for what was typed, or a sentence if a name means nothing here.
    pub(super) async fn filter(&self, sought: &Sought) -> Result<Result<Filter, String>, HandlerError> {
        let core = &self.core;
        let now = core.now();
        let mut filter = Filter {
            from: sought.from.map(|edge| edge.at(now)),
            to: sought.to.map(|edge| edge.at(now)),
            status: sought.status,
            ..Filter::default()
        };
        if let Some(user) = &sought.person {
            let person: Person = self.anybody(user, &core.policy()).await?;
            filter.person = Some(person.id);
        }
        for name in &sought.names {
            let configured = core.integrations().get(name).is_some();
            if filter.integration.is_none() && (configured || core.store.had_integration(name).await?) {
                filter.integration = Some(name.clone());
            } else if filter.resource.is_none() && core.store.had_resource(name).await? {
                filter.resource = Some(name.clone());
            } else {
                return Ok(Err(no_such_name(name)));
            }
        }
        Ok(Ok(filter))
    }

    /// ` of Dana Ito on orders-db with orders, granted, since 2026-11-01`, or nothing. Days are in UTC, as they were typed.
    pub(super) async fn in_words(&self, filter: &Filter) -> Result<String, HandlerError> {
        let mut said = String::new();
        if let Some(id) = &filter.person {
            let known = self.core.store.people_by_id(std::slice::from_ref(id)).await?;
            let name = known.first().map_or("somebody", |person| person.name.as_str());
            said.push_str(&format!(" of {name}"));
        }
        for (word, name) in [("on", &filter.integration), ("with", &filter.resource)] {
            if let Some(name) = name {
                said.push_str(&format!(" {word} {name}"));
            }
        }
        if let Some(status) = filter.status {
            said.push_str(&format!(", {}", status.name()));
        }
        for (word, time) in [("since", filter.from), ("before", filter.to)] {
            if let Some(time) = time {
                said.push_str(&format!(", {word} {}", day_or_time(time)));
            }
        }
        Ok(said)
    }
}

/// The day alone at its start.
fn day_or_time(time: Timestamp) -> String {
    let time = time.to_string();
    time.strip_suffix(" 00:00:00 UTC").unwrap_or(&time).to_owned()
}

fn no_such_name(name: &str) -> String {
    let name = escape(&clean(name));
    format!(
        "Nothing here is called \"{name}\": I look for people, integrations, resources, times and statuses. For a person, pick them from the list that Slack shows after @."
    )
}
