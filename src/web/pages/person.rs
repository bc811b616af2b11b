//! A person: what they have, what they asked for and had, and what they decided.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::compare::compared;
use super::frame::PEOPLE;
use super::listed::Lines;
use super::standpoint::Standing;
use super::{Frame, braked, sought_page};
use crate::access::filter::Filter;
use crate::access::flows::PersonRef;
use crate::audit::read;
use crate::store::{KnownPerson, Page, Paged, ReadPeople};
use crate::usecases::look;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::sought;
use crate::web::who::Who;

/// How much is shown of each list; Active and Activity have the rest.
const AT_ONCE: u64 = 20;

#[derive(Template)]
#[template(path = "person.html")]
struct About<'a> {
    frame: Frame<'a>,
    path: String,
    name: Shown,
    email: Option<Shown>,
    account: Shown,
    /// Who blocked them, when and why, if somebody did.
    blocked: Option<Shown>,
    standing: Standing,
    /// The moment that is shown, if it is not the present, as somebody wrote it and as it was understood.
    at_said: String,
    at: Option<Shown>,
    wrong: Option<String>,
    /// Whom the reader wants beside this person, as they wrote it, and why that is nobody.
    with_said: &'a str,
    with_wrong: Option<&'a str>,
    live: Lines,
    requests: Lines,
    /// Only for those who may read what somebody decided.
    decided: Option<Lines>,
}

/// `GET /people/{account}`: for those who read everything, and for the person themselves.
pub(in crate::web) async fn person(
    State(portal): State<Arc<Portal>>,
    Path(account): Path<String>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let known = known(&portal, &account).await?;
    let known = known.filter(|known| who.reads_all() || known.id == *who.id());
    let known = known.ok_or(Fault::NotFound)?;
    let is_own = known.id == *who.id();
    let reader = if is_own {
        who.onlooker.own()
    } else {
        let about = read::About::Person((&known).into());
        who.reader(&portal, read::Page::Person, Some(about)).await?
    };
    let reader = &reader;
    let with = query.one("with");
    let mut with_wrong = None;
    if !with.is_empty() {
        // Two people are never both the reader.
        if !who.reads_all() {
            return Err(Fault::NotFound);
        }
        match sought::person(&portal, with).await? {
            Ok(other) if other == known.id => {
                with_wrong = Some(format!(
                    "{} cannot be compared with themselves. Name somebody else.",
                    known.name
                ));
            }
            Ok(other) => return compared(&portal, &who, &known, &other).await,
            Err(why) => with_wrong = Some(why),
        }
    }
    let sought = sought::read(&portal, &who, &query).await?;
    let id = || Some(known.id.clone());
    let had = Filter {
        grantee: id(),
        live: sought.filter.live,
        ..Filter::default()
    };
    let (mut asked, mut decided) = (Filter::default(), Filter::default());
    (asked.person, decided.approver) = (id(), id());
    let live = match (&sought.wrong, sought.at) {
        (Some(_), _) => Paged::empty(),
        (None, Some(_)) => look::log(core, reader, &had, Page::First, AT_ONCE).await?,
        (None, None) => look::live(core, reader, &had, Page::First, AT_ONCE).await?,
    };
    let requests = look::log(core, reader, &asked, Page::First, AT_ONCE).await?;
    let decided = if is_own {
        look::decided_by(core, reader, Page::First, AT_ONCE).await?
    } else {
        look::log(core, reader, &decided, Page::First, AT_ONCE).await?
    };
    let block = core.store.block_of(reader, &known.id).await?;
    let (user, at, now) = (&known.account.user, sought.at, core.now());
    let lines = |found: &_, path: &str, query: &str, are_live: bool| {
        Lines::of_found(found, (&who, reader), (path, query), are_live, now)
    };
    let of_live = sought.at_with(&format!("grantee={user}"));
    let (of_requests, of_decided) = (format!("person={user}"), format!("approver={user}"));
    let decided = lines(&decided, "/activity", &of_decided, false);
    let template = About {
        frame: Frame::of(&portal, &who, &known.name, PEOPLE),
        path: paths::person(user),
        name: shown::text(&known.name),
        email: known.email.as_deref().map(shown::text),
        account: shown::code(user),
        blocked: block.as_ref().map(braked::blocked),
        standing: Standing::of(&portal, &known, block.is_some()).await,
        at: at.and_then(|at| at.shown(now)),
        at_said: sought.said("at").to_owned(),
        live: lines(&live, "/active", &of_live, at.is_none()),
        requests: lines(&requests, "/activity", &of_requests, false),
        decided: who.reads_all().then_some(decided),
        wrong: sought.wrong.clone(),
        with_said: with,
        with_wrong: with_wrong.as_deref(),
    };
    sought_page(&template, sought.wrong.as_deref().or(with_wrong.as_deref()))
}

/// The person with this account id.
pub(super) async fn known(portal: &Portal, account: &str) -> Result<Option<KnownPerson>, Fault> {
    let store = &portal.core.store;
    let named = [PersonRef::Slack(account.to_owned())];
    let ids = store.people_named(&named).await?;
    let people = store.people_by_id(&ids).await?;
    Ok(people.into_iter().next())
}
