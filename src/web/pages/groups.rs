//! Active access by person, by resource or by integration: how much each has, and for admins the button that ends all of it.

use askama::Template;
use axum::response::Response;

use super::active_top::Top;
use super::{Frame, sought_page};
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::store::{By, Common, Group, Grouped, ReadPeople};
use crate::usecases::look::{self, MOST_COUNTED};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::shown::{self, Shown};
use crate::web::sought::Sought;
use crate::web::who::Who;

/// How many groups are shown, the largest first.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "groups.html")]
struct Groups<'a> {
    frame: Frame<'a>,
    top: Top<'a>,
    heading: &'static str,
    items: Vec<Item>,
    /// How many groups are not shown.
    more: usize,
    /// There is more access than is counted.
    counted: Option<u64>,
    wrong: Option<&'a str>,
    has_red_button: bool,
}

struct Item {
    name: Shown,
    beside: Option<Shown>,
    count: u64,
    list: String,
    /// Where all of it can be ended.
    red_button: Option<String>,
}

/// The same access as the list has, grouped.
pub(super) async fn groups(
    portal: &Portal,
    (who, reader): (&Who, &Reader),
    sought: &Sought,
    by: By,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let grouped = match (&sought.wrong, sought.at) {
        (Some(_), _) => Grouped::default(),
        (None, Some(_)) => look::grouped(core, reader, &sought.filter, by).await?,
        (None, None) => look::grouped_live(core, reader, &sought.filter, by).await?,
    };
    let Grouped { groups, counted } = grouped;
    let shown = groups.get(..SHOWN).unwrap_or(&groups);
    let items = items(portal, who, sought, shown).await?;
    let template = Groups {
        frame: Frame::of(portal, who, "Active access", "/active"),
        top: Top::of(portal, (who, reader), sought, Some(by)).await?,
        heading: match by {
            By::Person => "Person",
            By::Resource => "Resource",
            By::Integration => "Integration",
        },
        more: groups.len() - shown.len(),
        counted: (counted >= MOST_COUNTED).then_some(MOST_COUNTED),
        wrong: sought.wrong.as_deref(),
        has_red_button: items.iter().any(|item| item.red_button.is_some()),
        items,
    };
    sought_page(&template, sought.wrong.as_deref())
}

async fn items(portal: &Portal, who: &Who, sought: &Sought, groups: &[Group]) -> Result<Vec<Item>, Fault> {
    let ids: Vec<PersonId> = groups
        .iter()
        .filter_map(|group| match &group.common {
            Common::Person(id) => Some(id.clone()),
            Common::Resource { .. } | Common::Integration(_) => None,
        })
        .collect();
    let people = portal.core.store.people_by_id(&ids).await?;
    let has_red_button = who.is_admin && sought.at.is_none();
    let reads_all = who.reads_all();
    let named = |path: String, name: &str| {
        if reads_all {
            shown::link(&path, name)
        } else {
            shown::text(name)
        }
    };
    let items = groups.iter().filter_map(|group| {
        let list = |pairs: &[(&str, &str)]| format!("/active?{}", sought.with(pairs));
        Some(match &group.common {
            Common::Person(id) => {
                let person = people.iter().find(|person| person.id == *id)?;
                let user = person.account.user.as_str();
                Item {
                    name: named(paths::person(user), &person.name),
                    beside: Some(shown::text(person.email.as_deref().unwrap_or(user))),
                    count: group.count,
                    list: list(&[("grantee", user)]),
                    red_button: has_red_button.then(|| paths::red_button("person", user)),
                }
            }
            Common::Resource { integration, name } => Item {
                name: named(paths::resource(integration, name), name),
                beside: Some(shown::text(integration)),
                count: group.count,
                list: list(&[("integration", integration), ("resource", name)]),
                red_button: None,
            },
            Common::Integration(name) => Item {
                name: named(paths::integration(name), name),
                beside: None,
                count: group.count,
                list: list(&[("integration", name)]),
                red_button: has_red_button.then(|| paths::red_button("integration", name)),
            },
        })
    });
    Ok(items.collect())
}
