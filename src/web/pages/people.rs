//! Everybody whom the bot knows, by name, each with how much they have. It leads to the page of each.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use url::form_urlencoded;

use super::choice::{Choice, choices};
use super::frame::PEOPLE;
use super::{Frame, page};
use crate::audit::read;
use crate::store::KnownPerson;
use crate::usecases::look::{self, People, PeoplePage, SoughtPeople};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::{Fields, Query};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many are shown at once.
const AT_ONCE: usize = 50;

/// What the filter can say about live access.
const SOME: &str = "some";
const NONE: &str = "none";

/// What the filter can say about a block.
const YES: &str = "yes";
const NO: &str = "no";

#[derive(Template)]
#[template(path = "people.html")]
struct Page<'a> {
    frame: Frame<'a>,
    /// What the reader looks for.
    text: &'a str,
    /// Whether they have live access.
    live: Vec<Choice>,
    /// Whether they are blocked.
    blocked: Vec<Choice>,
    is_filtered: bool,
    items: Vec<Item>,
    before: Option<String>,
    after: Option<String>,
}

struct Item {
    name: Shown,
    beside: Shown,
    live: u64,
    /// Where that is listed.
    list: String,
}

/// `GET /people`: for those who read everything.
pub(in crate::web) async fn people(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    if !who.reads_all() {
        return Err(Fault::NotFound);
    }
    let reader = who.reader(&portal, read::Page::People, None).await?;
    let (text, live, blocked) = (query.one("text"), query.one("live"), query.one("blocked"));
    let sought = SoughtPeople {
        text,
        has_live: one_of(live, SOME, NONE)?,
        is_blocked: one_of(blocked, YES, NO)?,
    };
    let found = look::people(&portal.core, &reader, sought, &page_of(&query), AT_ONCE).await?;
    let People {
        items,
        has_before,
        has_after,
    } = found;
    let turn = |word: &str, beside: Option<&(KnownPerson, u64)>| {
        let (person, _) = beside?;
        let pairs = [
            (word, person.account.user.as_str()),
            ("text", text),
            ("live", live),
            ("blocked", blocked),
        ];
        let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish();
        Some(format!("{PEOPLE}?{query}"))
    };
    page(&Page {
        frame: Frame::of(&portal, &who, "People", PEOPLE),
        text,
        live: choices([SOME, NONE], live),
        blocked: choices([YES, NO], blocked),
        is_filtered: !text.is_empty() || !live.is_empty() || !blocked.is_empty(),
        before: turn("before", items.first().filter(|_| has_before)),
        after: turn("after", items.last().filter(|_| has_after)),
        items: items.iter().map(item).collect(),
    })
}

/// Which of two words the filter says, if any. No link of ours has another.
fn one_of(word: &str, yes: &str, no: &str) -> Result<Option<bool>, Fault> {
    match word {
        "" => Ok(None),
        word if word == yes => Ok(Some(true)),
        word if word == no => Ok(Some(false)),
        _ => Err(Fault::NotFound),
    }
}

fn page_of(query: &Fields) -> PeoplePage {
    match (query.one("after"), query.one("before")) {
        ("", "") => PeoplePage::First,
        ("", user) => PeoplePage::Before(user.to_owned()),
        (user, _) => PeoplePage::After(user.to_owned()),
    }
}

fn item((person, live): &(KnownPerson, u64)) -> Item {
    let user = person.account.user.as_str();
    Item {
        name: shown::link(&paths::person(user), &person.name),
        beside: shown::text(person.email.as_deref().unwrap_or(user)),
        live: *live,
        list: format!("/active?grantee={user}"),
    }
}
