//! What is around the content of every page: its head, and for somebody who is signed in the navigation and the foot.

use crate::web::shown::{self, Shown};
use crate::web::who::Who;
use crate::web::zone::{self, Other};
use crate::web::{Portal, assets};

/// What is around the content of a page.
pub(in crate::web) struct Frame<'a> {
    pub(in crate::web) title: &'a str,
    pub(in crate::web) style: String,
    pub(in crate::web) font: String,
    pub(in crate::web) icon: String,
    pub(in crate::web) header: Option<Header<'a>>,
    /// The zone of its times.
    pub(in crate::web) zone: String,
}

/// Who reads, and where else they may go.
pub(in crate::web) struct Header<'a> {
    pub(in crate::web) name: &'a str,
    pub(in crate::web) token: &'a str,
    pub(in crate::web) places: Vec<Place>,
    pub(in crate::web) as_of: Shown,
    /// Where the page is by itself: of an answer to a form, the page that shows the same without sending it again.
    pub(in crate::web) here: String,
    /// The zone that the reader can switch to.
    pub(in crate::web) other_zone: Option<Other>,
}

/// An entry of the navigation.
pub(in crate::web) struct Place {
    pub(in crate::web) path: &'static str,
    pub(in crate::web) name: &'static str,
    pub(in crate::web) is_here: bool,
}

/// Everybody, which leads to the page of each.
pub(in crate::web) const PEOPLE: &str = "/people";

/// The integrations of the config.
pub(in crate::web) const INTEGRATIONS: &str = "/integrations";

/// Saved and built-in reports.
pub(in crate::web) const REPORTS: &str = "/reports";

/// Access reviews.
pub(in crate::web) const REVIEWS: &str = "/reviews";

const PLACES: [(&str, &str); 12] = [
    ("/", "My access"),
    ("/request", "Request"),
    ("/waiting", "Waiting"),
    ("/active", "Active"),
    ("/activity", "Activity"),
    (PEOPLE, "People"),
    (INTEGRATIONS, "Integrations"),
    ("/dashboard", "Dashboard"),
    (REPORTS, "Reports"),
    (REVIEWS, "Reviews"),
    ("/flows", "Flows"),
    ("/log", "Audit log"),
];

/// Who sees only what is theirs sees the same elsewhere, or nothing.
const FOR_READERS_OF_ALL: [&str; 5] = ["/active", PEOPLE, INTEGRATIONS, "/dashboard", "/log"];

/// What has nothing for somebody without an account in Slack.
const FOR_PEOPLE: [&str; 3] = ["/", "/request", "/waiting"];

impl<'a> Frame<'a> {
    /// For somebody who is not signed in, or may not be.
    pub(in crate::web) fn bare(title: &'a str) -> Self {
        Self {
            title,
            style: assets::style(),
            font: assets::font(),
            icon: assets::icon(),
            header: None,
            zone: zone::foot().zone,
        }
    }

    /// For somebody who is signed in, on the page at `here`.
    pub(in crate::web) fn of(portal: &Portal, who: &'a Who, title: &'a str, here: &str) -> Self {
        let places = PLACES
            .into_iter()
            .filter(|(path, _)| who.reads_all() || !FOR_READERS_OF_ALL.contains(path))
            .filter(|(path, _)| who.person().is_some() || !FOR_PEOPLE.contains(path))
            .map(|(path, name)| Place {
                path,
                name,
                is_here: path == here,
            });
        let header = Header {
            name: who.name(),
            token: &who.token,
            places: places.collect(),
            as_of: shown::time(portal.core.now()),
            here: zone::here().unwrap_or_else(|| "/".to_owned()),
            other_zone: zone::foot().other,
        };
        Self {
            header: Some(header),
            ..Self::bare(title)
        }
    }

    /// For a page that can answer a form: where it can be opened.
    pub(in crate::web) fn at(mut self, address: String) -> Self {
        if let (Some(header), None) = (&mut self.header, zone::here()) {
            header.here = address;
        }
        self
    }
}
