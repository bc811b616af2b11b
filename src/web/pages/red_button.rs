//! The red button: everything of one person, or everything on an integration, ends. A page says what that is before.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::acts;
use super::person;
use super::{Frame, page};
use crate::access::ids::SubmissionId;
use crate::audit::event::Via;
use crate::audit::read;
use crate::telling::{answers, red_button as words, refusals};
use crate::usecases::portal::Secret;
use crate::usecases::red_button::{self, Extent, Press, Scope};
use crate::usecases::refuse::Judged;
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::{Fields, Query, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many requests are named; the sentence above counts all.
const NAMED: u64 = 50;

#[derive(Template)]
#[template(path = "red_button.html")]
struct Page<'a> {
    frame: Frame<'a>,
    name: &'a str,
    /// Why nothing would end.
    nothing: Option<String>,
    what: String,
    besides: Vec<String>,
    first: Vec<Ending>,
    more: u64,
    all: u64,
    /// The scope, as the form sends it back.
    key: &'static str,
    value: &'a str,
    token: &'a str,
    once: String,
}

struct Ending {
    number: String,
    who: Shown,
    permissions: Shown,
    resources: Shown,
    until: Option<Shown>,
}

#[derive(Template)]
#[template(path = "said.html")]
struct Pressed<'a> {
    frame: Frame<'a>,
    heading: &'a str,
    said: String,
}

/// `GET /revoke-all?person=U0DANA` or `?integration=orders-db`: asks, and changes nothing.
pub(in crate::web) async fn ask(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    if !who.is_admin {
        return Err(Fault::NotFound);
    }
    let scope = scope(&portal, &query).await?;
    let core = &portal.core;
    let about = match &scope {
        Scope::Of(person) => read::About::Person(person.into()),
        Scope::On(integration) => read::About::Integration(integration.clone()),
    };
    let reader = who.reader(&portal, read::Page::RevokeAll, Some(about)).await?;
    let mut extent = red_button::extent(core, &reader, &scope, NAMED).await?;
    // Blocking and freezing are commands of their own.
    extent.may_brake = false;
    let (key, value, name) = named(&scope);
    let guarantees = match &scope {
        Scope::Of(_) => None,
        Scope::On(name) => core
            .integrations()
            .get(name)
            .map(|integration| integration.guarantees()),
    };
    let all = extent.counts.granted + extent.counts.approved;
    page(&Page {
        frame: Frame::of(&portal, &who, "Revoke all", "/active"),
        name,
        nothing: (extent.first.is_empty() && extent.strays == 0).then(|| words::nothing(&scope)),
        what: words::what_ends(&scope, &extent),
        besides: words::besides(&scope, &extent, guarantees.as_ref()),
        more: all.saturating_sub(extent.first.len() as u64),
        all: all + extent.strays,
        first: first(&extent),
        key,
        value,
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
    })
}

/// How the address names it, and how people do.
fn named(scope: &Scope) -> (&'static str, &str, &str) {
    match scope {
        Scope::Of(person) => ("person", &person.account.user, &person.name),
        Scope::On(integration) => ("integration", integration, integration),
    }
}

fn first(extent: &Extent) -> Vec<Ending> {
    let first = extent.first.iter().map(|ending| Ending {
        number: ending.request.number.to_string(),
        who: shown::text(&ending.grantee.name),
        permissions: shown::text(&ending.request.permissions().join(", ")),
        resources: shown::text(&ending.request.resources().join(", ")),
        until: ending.until.map(shown::time),
    });
    first.collect()
}

/// `POST /revoke-all`.
pub(in crate::web) async fn press(State(portal): State<Arc<Portal>>, sent: Sent) -> Result<Response, Fault> {
    let by = acts::doing(&portal, &sent).await?.person;
    let scope = match scope(&portal, &sent.fields).await {
        // Who may not press it does not learn what there is either.
        Err(Fault::NotFound) if !sent.who.is_admin => Scope::On(sent.fields.one("integration").to_owned()),
        scope => scope?,
    };
    let key = acts::once(&sent);
    let (form, reason) = (SubmissionId::new(&key), acts::reason(&sent));
    let press = Press {
        form: &form,
        scope: &scope,
        brake: false,
        reason: reason.as_deref(),
    };
    let receipt = Receipt::now(Via::Portal, &key);
    let error = match red_button::press(&portal.core, by, press, receipt).await {
        Ok(pressed) => {
            return said(
                &portal,
                &sent.who,
                &scope,
                words::said(&scope, pressed, false, words::PAGES),
            );
        }
        Err(UseCaseError::Store(error)) => return Err(error.into()),
        Err(error) => error,
    };
    let judged = Judged::of(&error, by);
    acts::record(&portal, &sent.who, judged.as_ref(), None, receipt).await?;
    let why = match judged {
        Some(judged) => refusals::forbidden(&judged.why),
        None => answers::why_not_in_portal(&error),
    };
    let mut page = said(&portal, &sent.who, &scope, why)?;
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

fn said(portal: &Portal, who: &Who, scope: &Scope, said: String) -> Result<Response, Fault> {
    // Others are not told whether there is such a person or integration.
    let at = if who.is_admin {
        let (key, value, _) = named(scope);
        paths::red_button(key, value)
    } else {
        "/active".to_owned()
    };
    page(&Pressed {
        frame: Frame::of(portal, who, "Revoke all", "/active").at(at),
        heading: "Revoke all",
        said,
    })
}

/// Whose access, or on what; only what there is.
async fn scope(portal: &Portal, fields: &Fields) -> Result<Scope, Fault> {
    let core = &portal.core;
    let (person, integration) = (fields.one("person"), fields.one("integration"));
    if !person.is_empty() {
        let known = person::known(portal, person).await?;
        return known.map(Scope::Of).ok_or(Fault::NotFound);
    }
    let is_known = core.integrations().get(integration).is_some() || {
        let live = core.store.live_integrations().await?;
        live.iter().any(|live| live.name == integration)
    };
    if is_known {
        Ok(Scope::On(integration.to_owned()))
    } else {
        Err(Fault::NotFound)
    }
}
