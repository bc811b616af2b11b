//! Credentials for one's own live access: made when the button is pressed, shown once, and kept nowhere. A public key first, if
//! the kind certifies one.
//!
//! Invariant: nothing is shown that the trail does not know about, and the same form sent again, as by a reload, makes and
//! shows nothing.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::ExposeSecret;

use super::acts;
use super::request::not_done;
use super::{Frame, page};
use crate::access::grant::Grant;
use crate::access::people::Person;
use crate::access::request::{Request, State as RequestState};
use crate::audit::event::Via;
use crate::integrations::{AccessDetails, Connect};
use crate::telling;
use crate::usecases::connect::{self, NoCredentials, SentKey};
use crate::usecases::look::RequestView;
use crate::usecases::{Receipt, UseCaseError, refuse};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Sent;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// The value of the choice of a key that is not among the remembered ones.
const ANOTHER: &str = "another";

/// What the form on a request's page asks for.
pub(in crate::web) struct Form {
    /// The kind certifies a key, and these are remembered: fingerprint and label.
    pub(in crate::web) keys: Option<Vec<(String, Shown)>>,
    pub(in crate::web) another: &'static str,
    pub(in crate::web) wanted: &'static str,
    pub(in crate::web) hint: &'static str,
}

#[derive(Template)]
#[template(path = "credentials.html")]
struct Credentials<'a> {
    frame: Frame<'a>,
    number: String,
    lines: String,
    command: &'a str,
    others: &'a str,
    other_logins: &'static str,
    note: &'a str,
    shown_once: Option<&'static str>,
}

/// The form that connects, if the access is live and the reader's own.
pub(in crate::web) async fn form(
    portal: &Portal,
    who: &Who,
    view: &RequestView,
) -> Result<Option<Form>, Fault> {
    let (grant, person) = match (&view.grant, view.request.state, who.person()) {
        (Some(grant), RequestState::Granted, Some(person)) if view.request.grantee == person.id => {
            (grant, person)
        }
        _ => return Ok(None),
    };
    let Ok(integration) = connect::integration_of(&portal.core, grant) else {
        return Ok(None);
    };
    let keys = match integration.connect() {
        Connect::Makes(_) => None,
        Connect::Certifies(kind) => {
            let known = connect::known_keys(&portal.core, person, kind).await?;
            let labelled = known
                .iter()
                .map(|key| (key.fingerprint.clone(), shown::text(&telling::connect::key(key))));
            Some(labelled.collect())
        }
    };
    Ok(Some(Form {
        keys,
        another: ANOTHER,
        wanted: telling::connect::KEY_WANTED,
        hint: telling::connect::KEY_HINT,
    }))
}

/// `POST /requests/{number}/connect`.
pub(in crate::web) async fn connect(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let by = acts::doing(&portal, &sent).await?;
    let request = acts::readable(&portal, by.who, &number).await?;
    let key = acts::once(&sent);
    let receipt = Receipt::now(Via::Portal, &key);
    let (person, grant) = match ready(&portal, by.person, &request).await {
        Ok(ready) => ready,
        Err(error) => {
            return acts::after(&portal, by, ("connect", &sent), &request, Err(error), receipt).await;
        }
    };
    match made(&portal, &sent, (&person, &grant), receipt).await? {
        Ok(details) => credentials(&portal, by.who, &request, &details),
        Err(sentence) => not_done(&portal, ("connect", &sent), request.number, sentence).await,
    }
}

/// Who asks for them, as Slack shows them now, and the grant that they are for.
async fn ready(portal: &Portal, by: &Person, request: &Request) -> Result<(Person, Grant), UseCaseError> {
    let by = acts::as_of_now(portal, by).await?;
    let grant = connect::begin(&portal.core, &by, &request.id).await?;
    Ok((by, grant))
}

/// New credentials, or why there are none.
async fn made(
    portal: &Portal,
    sent: &Sent,
    (by, grant): (&Person, &Grant),
    receipt: Receipt<'_>,
) -> Result<Result<AccessDetails, String>, Fault> {
    let core = &portal.core;
    let (pasted, chosen) = (sent.fields.one("pasted"), sent.fields.one("key"));
    let key = SentKey {
        pasted,
        remembered: Some(chosen).filter(|chosen| *chosen != ANOTHER),
    };
    let key = match connect::sent_key(core, by, grant, key).await {
        Ok(Ok(key)) => key,
        Ok(Err(refusal)) => return Ok(Err(refusal.to_string())),
        Err(error) => return why_not(error),
    };
    if !refuse::settle(core, receipt, "connect").await? {
        return Ok(Err(shown_before()));
    }
    match connect::make(core, by, grant, key.as_ref(), receipt.origin(by)).await {
        Ok(details) => Ok(Ok(details)),
        Err(error) => why_not(error),
    }
}

fn why_not<T>(error: NoCredentials) -> Result<Result<T, String>, Fault> {
    Ok(Err(match error {
        NoCredentials::UseCase(UseCaseError::Store(error)) => return Err(error.into()),
        NoCredentials::UseCase(error) => telling::answers::why_not_in_portal(&error),
        NoCredentials::Target(why) => {
            format!("The target gave no credentials: {why}. Connect again in a minute.")
        }
    }))
}

fn shown_before() -> String {
    "These credentials were shown once. Connect again for new ones.".to_owned()
}

fn credentials(
    portal: &Portal,
    who: &Who,
    request: &Request,
    details: &AccessDetails,
) -> Result<Response, Fault> {
    let lines: Vec<String> = details
        .fields
        .iter()
        .map(|(label, value)| format!("{label}: {}", value.expose_secret()))
        .collect();
    let title = format!("Connect · {}", request.number);
    page(&Credentials {
        frame: Frame::of(portal, who, &title, "/requests").at(format!("/requests/{}", request.number)),
        number: request.number.to_string(),
        lines: lines.join("\n"),
        command: details.command.expose_secret(),
        others: &details.others,
        other_logins: telling::connect::OTHER_LOGINS,
        note: &details.note,
        shown_once: details.made.then_some(telling::connect::SHOWN_ONCE),
    })
}
