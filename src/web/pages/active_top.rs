//! What is above active access, listed or grouped: the moment, what else can be shown of the same, the filter, and what is
//! overdue.

use askama::Template;

use super::choice::{Choice, choices, integrations};
use super::listed::Lines;
use crate::access::reader::Reader;
use crate::store::{By, Paged};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::shown::Shown;
use crate::web::sought::Sought;
use crate::web::who::Who;
use crate::web::zone;

#[derive(Template)]
#[template(path = "active_top.html")]
pub(super) struct Top<'a> {
    /// The moment that is shown, if it is not the present.
    at: Option<Shown>,
    by: Option<By>,
    sought: &'a Sought,
    /// The filter as a query; empty if there is none.
    rest: String,
    integrations: Vec<Choice>,
    reads_all: bool,
    zone: String,
    /// Access that should be gone; none if another moment is shown.
    overdue: Lines,
}

impl<'a> Top<'a> {
    pub(super) async fn of(
        portal: &Portal,
        (who, reader): (&Who, &Reader),
        sought: &'a Sought,
        by: Option<By>,
    ) -> Result<Self, Fault> {
        let core = &portal.core;
        let overdue = match (&sought.wrong, sought.at) {
            (None, None) => look::overdue(core, reader, &sought.filter).await?,
            _ => Paged::empty(),
        };
        let rest = sought.query();
        Ok(Self {
            at: sought.at.and_then(|at| at.shown(core.now())),
            by,
            sought,
            integrations: choices(integrations(core, who), sought.said("integration")),
            reads_all: who.reads_all(),
            zone: zone::foot().zone,
            overdue: Lines::of_found(&overdue, (who, reader), ("/active", &rest), true, core.now()),
            rest,
        })
    }

    fn is_filtered(&self) -> bool {
        !self.rest.is_empty()
    }

    /// What groups it, in the address.
    fn group(&self) -> &'static str {
        self.by.map_or("", By::name)
    }

    fn is(&self, name: &str) -> bool {
        self.group() == name
    }

    /// The same without a filter.
    fn clear(&self) -> String {
        match self.by {
            Some(by) => format!("/active?by={}", by.name()),
            None => "/active".to_owned(),
        }
    }

    /// The same, grouped otherwise.
    fn to(&self, name: &str) -> String {
        match (name, self.rest.as_str()) {
            ("", "") => "/active".to_owned(),
            ("", rest) => format!("/active?{rest}"),
            (name, "") => format!("/active?by={name}"),
            (name, rest) => format!("/active?by={name}&{rest}"),
        }
    }
}
