//! What somebody does about a request: they end it, or answer it. The same use cases as in Slack decide.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};

use super::request::{not_done, number_in};
use crate::access::clean::written;
use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::policy::Refusal;
use crate::access::request::Request;
use crate::audit::event::{Actor, Via};
use crate::people::{LookUpError, fresh};
use crate::store::{DecisionVerdict, ReadMessages, StoreError, Surface};
use crate::telling::{Phrase, answers, refusals};
use crate::usecases::decide::{self, Answer};
use crate::usecases::refuse::{self, Attempt, Judged};
use crate::usecases::{Core, Receipt, UseCaseError, actor, extend, look, revoke};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::Sent;
use crate::web::who::{Doer, Who};

/// Longest reason, in characters; what is longer is cut.
const REASON: usize = 1_000;

/// `POST /requests/{number}/end`: withdrawn, given back or revoked, whichever it is.
pub(in crate::web) async fn end(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let by = doing(&portal, &sent).await?;
    let request = readable(&portal, by.who, &number).await?;
    let key = once(&sent);
    let receipt = Receipt::now(Via::Portal, &key);
    let reason = reason(&sent);
    let done = revoke::revoke(
        &portal.core,
        by.person,
        request.number,
        reason.as_deref(),
        receipt,
    );
    let done = done.await.map(drop);
    after(&portal, by, ("end", &sent), &request, done, receipt).await
}

/// `POST /requests/{number}/answer`.
pub(in crate::web) async fn answer(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    sent: Sent,
) -> Result<Response, Fault> {
    let by = doing(&portal, &sent).await?;
    let request = readable(&portal, by.who, &number).await?;
    let verdict = match sent.fields.one("verdict") {
        "approve" => DecisionVerdict::Approve,
        "reject" => DecisionVerdict::Reject,
        _ => return Err(Fault::Forged),
    };
    let extension: i64 = sent.fields.one("extension").parse().unwrap_or(0);
    let key = once(&sent);
    let receipt = Receipt::now(Via::Portal, &key);
    let answer = Answer {
        verdict,
        reason: reason(&sent),
    };
    let done = decided(&portal, by.person, &request, extension, &answer, receipt).await;
    after(&portal, by, ("answer", &sent), &request, done, receipt).await
}

/// Who does what the form asks for. Somebody without an account in Slack does nothing, and the trail says that they tried.
pub(super) async fn doing<'a>(portal: &Portal, sent: &'a Sent) -> Result<Doer<'a>, Fault> {
    let who = &sent.who;
    let doer = who.doer();
    if doer.is_err() {
        let judged = Judged {
            actor: Actor::Person(who.facts()),
            why: Forbidden::ReadsOnly,
            standing: None,
        };
        let key = once(sent);
        record(portal, who, Some(&judged), None, Receipt::now(Via::Portal, &key)).await?;
    }
    doer
}

async fn decided(
    portal: &Portal,
    by: &Person,
    request: &Request,
    extension: i64,
    answer: &Answer,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let (core, directory) = (&portal.core, &*portal.directory);
    let policy = core.policy();
    let by = as_of_now(portal, by).await?;
    if let Some(judged) = actor::decides_nothing(&by) {
        return Err(judged.why.into());
    }
    if request.is_of(&by.id) {
        return Err(Forbidden::OwnRequest.into());
    }
    if !was_asked(core, &by, request, extension).await? {
        return Err(Forbidden::NotAnApprover.into());
    }
    let facts = fresh::for_answer(&core.store, directory, request, &by, &policy).await;
    let facts = looked_up(facts)?;
    if extension == 0 {
        decide::answer(core, &facts, &by, &request.id, answer, receipt).await?;
    } else {
        let of = (&request.id, extension);
        extend::answer(core, &facts, &by, of, answer, receipt).await?;
    }
    Ok(())
}

/// The person as Slack shows them now, if they may act here at all.
pub(super) async fn as_of_now(portal: &Portal, by: &Person) -> Result<Person, UseCaseError> {
    let policy = portal.core.policy();
    let found = portal.directory.look_up(&by.account.user, &policy).await;
    let by = looked_up(found)?;
    match actor::keeps_out(&portal.core, &by).await? {
        Some(judged) => Err(judged.why.into()),
        None => Ok(by),
    }
}

/// Only they are shown what they would decide.
async fn was_asked(core: &Core, by: &Person, request: &Request, extension: i64) -> Result<bool, StoreError> {
    let surface = if extension == 0 {
        Surface::ApproverCard
    } else {
        Surface::ExtensionCard
    };
    let cards = core.store.messages_of(&request.id).await?;
    let mut cards = cards.iter().filter(|card| card.surface == surface);
    Ok(cards.any(|card| card.extension == extension && card.person == by.id))
}

/// Nothing is decided on what may no longer be true.
pub(super) fn looked_up<T>(found: Result<T, LookUpError>) -> Result<T, UseCaseError> {
    found.map_err(|error| match error {
        LookUpError::Store(error) => error.into(),
        LookUpError::Unknown | LookUpError::NoAnswer(_) | LookUpError::AnotherPerson => {
            tracing::warn!(%error, "people could not be looked up for a decision in the portal");
            UseCaseError::Refused(Refusal::StaleFacts)
        }
    })
}

/// The request, if the person may read it: about one that they may not, they learn nothing by trying.
pub(super) async fn readable(portal: &Portal, who: &Who, number: &str) -> Result<Request, Fault> {
    let number: RequestNumber = number_in(number).ok_or(Fault::NotFound)?;
    Ok(look::readable(&portal.core, &who.onlooker, number).await?)
}

/// The page again: with the new state, or with why it has not changed.
pub(super) async fn after(
    portal: &Portal,
    by: Doer<'_>,
    (form, sent): (&'static str, &Sent),
    request: &Request,
    done: Result<(), UseCaseError>,
    receipt: Receipt<'_>,
) -> Result<Response, Fault> {
    let error = match done {
        Ok(()) | Err(UseCaseError::SeenBefore) => {
            return Ok(Redirect::to(&format!("/requests/{}", request.number)).into_response());
        }
        Err(UseCaseError::Store(error)) => return Err(error.into()),
        Err(error) => error,
    };
    let why = refused(portal, by, request, &error, receipt).await?;
    not_done(portal, (form, sent), request.number, why).await
}

/// Why it was not done; what was forbidden is recorded.
pub(super) async fn refused(
    portal: &Portal,
    by: Doer<'_>,
    request: &Request,
    error: &UseCaseError,
    receipt: Receipt<'_>,
) -> Result<Phrase, Fault> {
    let judged = Judged::of(error, by.person);
    record(portal, by.who, judged.as_ref(), Some(&request.id), receipt).await?;
    why_not(portal, by.person, request, error, judged.as_ref()).await
}

/// Settles what was not done. What was forbidden counts each time, even if the form was sent before.
pub(super) async fn record(
    portal: &Portal,
    who: &Who,
    judged: Option<&Judged>,
    request: Option<&RequestId>,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let core = &portal.core;
    let attempt = Attempt {
        tried: &Tried::Form,
        request,
    };
    let key = format!("portal/{}/refused/{}", who.session, core.new_id());
    let receipt = match judged {
        Some(_) => Receipt::now(Via::Portal, &key),
        None => receipt,
    };
    refuse::not_done(core, judged, attempt, receipt).await?;
    Ok(())
}

async fn why_not(
    portal: &Portal,
    by: &Person,
    request: &Request,
    error: &UseCaseError,
    judged: Option<&Judged>,
) -> Result<Phrase, Fault> {
    if let UseCaseError::NotNow(_) | UseCaseError::Closed(_) = error {
        let asked = Some(by).filter(|_| matches!(error, UseCaseError::Closed(_)));
        if let Some(became) = look::became(&portal.core, &request.id, asked).await? {
            return Ok(answers::not_now(&became));
        }
    }
    Ok(match (judged, error) {
        (Some(judged), _) => refusals::forbidden(&judged.why).into(),
        (None, error) => answers::why_not_in_portal(error).into(),
    })
}

/// Why somebody does it, in their own words.
pub(super) fn reason(sent: &Sent) -> Option<String> {
    let words: String = sent.fields.one("reason").chars().take(REASON).collect();
    written(&words)
}

/// The same form sent twice does nothing twice.
pub(super) fn once(sent: &Sent) -> String {
    let sent_once = sent.fields.one("once").chars();
    let is_ours = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    let once: String = sent_once.filter(is_ours).take(64).collect();
    format!("portal/{}/act/{once}", sent.who.session)
}
