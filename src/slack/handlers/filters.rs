//! What somebody looks for in a list: names looked up, and in words again.

use crate::access::filter::Filter;
use crate::access::people::Person;
use crate::access::time::Timestamp;
use crate::store::ReadPeople;
use crate::telling::usage;
use crate::usecases::look::Onlooker;
use crate::usecases::named::{self, Known, Named};

use super::super::views::text::{clean, escape};
use super::commands::Sought;
use super::{Bot, HandlerError};

impl Bot {
    /// The filter for what was typed, or a sentence if a name means nothing here.
    /// Somebody who sees only their own requests learns nothing about others from the answer.
    pub(super) async fn filter(
        &self,
        by: &Person,
        sought: &Sought,
    ) -> Result<Result<Filter, String>, HandlerError> {
        let core = &self.core;
        let (now, reads_all) = (core.now(), Onlooker::of(core, by).reads_all());
        let requested = sought.requested.unwrap_or_default().at(now);
        let mut filter = Filter {
            from: requested.from,
            to: requested.to,
            status: sought.status.into_iter().collect(),
            used: sought.used,
            ..Filter::default()
        };
        if let Some(user) = &sought.person {
            let person: Person = self.anybody(user, &core.policy()).await?;
            filter.person = Some(person.id);
        }
        for name in &sought.names {
            let configured = self.integration_named(name, []).ok();
            let is_other = configured.is_none() && filter.integration.is_none();
            if let (Some(integration), None) = (configured, &filter.integration) {
                filter.integration = Some(integration);
            } else if is_other && reads_all && core.store.had_integration(name).await? {
                filter.integration = Some(name.clone());
            } else if filter.resource.is_none() {
                // How a name is written says what there is.
                let known = if reads_all {
                    named::known(core, Named::Resource, name).await?
                } else {
                    Known::As(name.clone())
                };
                filter.resource = match known {
                    Known::As(resource) => Some(resource),
                    Known::Nothing { .. } => return Ok(Err(no_such_name(name))),
                };
            } else {
                return Ok(Err(no_such_name(name)));
            }
        }
        Ok(Ok(filter))
    }

    /// ` of Dana Ito on orders-db for orders with status granted made since 2026-11-01`, or nothing. Days are in UTC, as they were typed.
    pub(super) async fn in_words(&self, filter: &Filter) -> Result<String, HandlerError> {
        let mut said: Vec<String> = Vec::new();
        if let Some(id) = &filter.person {
            let known = self.core.store.people_by_id(std::slice::from_ref(id)).await?;
            let name = known.first().map_or("somebody", |person| person.name.as_str());
            said.push(format!(" of {name}"));
        }
        for (word, name) in [("on", &filter.integration), ("for", &filter.resource)] {
            said.extend(name.as_ref().map(|name| format!(" {word} {name}")));
        }
        let statuses: Vec<&str> = filter.status.iter().map(|status| status.name()).collect();
        if !statuses.is_empty() {
            said.push(format!(" with status {}", statuses.join(" or ")));
        }
        if let Some(used) = filter.used {
            said.push(format!(" with use \"{}\"", usage::word(used)));
        }
        let times = [("since", filter.from), ("before", filter.to)];
        let times: Vec<String> = times
            .into_iter()
            .filter_map(|(word, time)| Some(format!("{word} {}", day_or_time(time?))))
            .collect();
        if !times.is_empty() {
            said.push(format!(" made {}", times.join(" and ")));
        }
        Ok(said.concat())
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
        "Nothing here is called \"{name}\": I look for people, integrations, resources, times, statuses and use. For a person, pick them from the list that Slack shows after @."
    )
}
