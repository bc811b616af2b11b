//! Signing in with the accounts of an OpenID Connect issuer.
//!
//! Invariant: it ends only in the browser in which somebody pressed the button of our own page, once, and within ten minutes.
//! That is why nobody is asked again who they are: no other site, and nobody else's browser, can begin it or end it here.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use http::{HeaderMap, StatusCode, header};

use super::{Frame, page};
use crate::oidc::{Address, Answer, Attempt, Identity, OidcError, Trouble};
use crate::usecases::portal::{self, Begun, By, Here, Proven, Secret, Through};
use crate::web::address::Browser;
use crate::web::cookies::Cookie;
use crate::web::fault::Fault;
use crate::web::sent::Fields;
use crate::web::{Issuer, Portal, browser, next};

/// Where issuers send browsers back to.
pub const CALLBACK: &str = "/sign-in/oidc/callback";

#[derive(Template)]
#[template(path = "to_issuer.html")]
struct Leaving<'a> {
    frame: Frame<'a>,
    name: &'a str,
    address: &'a str,
}

#[derive(Template)]
#[template(path = "not_signed_in.html")]
struct NotSignedIn<'a> {
    frame: Frame<'a>,
    why: String,
    next: String,
}

/// Why somebody is not signed in, and what they can do.
struct Refusal {
    status: StatusCode,
    why: String,
    next: String,
}

/// `POST /sign-in/oidc`: leads to the issuer.
///
/// By a page that goes on by itself, and not by a redirect: browsers hold redirects after a form to our `form-action`, on each
/// address on the way, and nobody knows on how many of its own an issuer sends them.
pub(in crate::web) async fn ask(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<Browser>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Fault> {
    let door = Cookie::Door.read(&portal.site, &headers).map(Secret::sent);
    door.filter(|door| fields.are_of(door)).ok_or(Fault::Forged)?;
    let issuer = portal.issuer.as_ref().ok_or(Fault::NotFound)?;
    if !portal.limits.take_sign_in(from.counted_as()) {
        return Err(Fault::TooMany);
    }
    let secret = Secret::fresh()?;
    let address = match issuer.provider.ask(&attempt(&secret), portal.core.now()).await {
        Ok(address) => address,
        Err(error) => return not_signed_in(failed(issuer, &error)),
    };
    portal::begin_attempt(&portal.core, &secret).await?;
    let leaving = page(&Leaving {
        frame: Frame::bare("Sign in"),
        name: &issuer.name,
        address: &address,
    })?;
    let on = [
        (
            header::SET_COOKIE.as_str(),
            Cookie::Attempt.set(&portal.site, secret.told()),
        ),
        (
            "refresh",
            header::HeaderValue::from_str(&format!("0; url={address}")).map_err(|_| Fault::Broken)?,
        ),
    ];
    Ok((AppendHeaders(on), leaving).into_response())
}

/// What is sent to the issuer in this browser's attempt: derived from its secret, which stays here.
fn attempt(secret: &Secret) -> Attempt {
    Attempt {
        state: secret.hash("oidc state"),
        nonce: secret.hash("oidc nonce"),
        verifier: secret.hash("oidc verifier"),
    }
}

/// `GET /sign-in/oidc/callback`: somebody comes back from the issuer.
pub(in crate::web) async fn answer(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    Extension(from): Extension<Browser>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let issuer = portal.issuer.as_ref().ok_or(Fault::NotFound)?;
    if !portal.limits.take_sign_in(from.counted_as()) {
        return Err(Fault::TooMany);
    }
    let site = &portal.site;
    let (answer, secret) = match begun_here(&portal, query.as_deref(), &headers) {
        Ok(begun) => begun,
        // Any site can send a browser here: what is not the answer to this browser's attempt does not end it.
        Err(error) => return not_signed_in(failed(issuer, &error)),
    };
    let identity = match identity(&portal, issuer, &answer, &secret).await? {
        Ok(identity) => identity,
        Err(error) => return refused(&portal, failed(issuer, &error)),
    };
    let here = Here {
        address: from.0.to_string(),
        browser: browser::named(&headers),
    };
    let proven = proven(identity);
    let through = portal::sign_in_with(&portal.core, &*portal.directory, &proven, here).await?;
    let Begun { secret, .. } = match kept_out(through, &issuer.name) {
        Ok(begun) => *begun,
        Err(refusal) => return refused(&portal, refusal),
    };
    let cookies = [
        (header::SET_COOKIE, Cookie::Session.set(site, secret.told())),
        (header::SET_COOKIE, Cookie::Attempt.forget(site)),
        (header::SET_COOKIE, Cookie::Door.forget(site)),
        (header::SET_COOKIE, Cookie::Next.forget(site)),
    ];
    let to = next::remembered(site, &headers);
    Ok((AppendHeaders(cookies), Redirect::to(&to)).into_response())
}

/// The answer to this browser's attempt, and the attempt's secret.
fn begun_here(
    portal: &Portal,
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<(Answer, Secret), OidcError> {
    let answer = Answer::read(query.unwrap_or_default())?;
    let secret = Cookie::Attempt.read(&portal.site, headers).map(Secret::sent);
    let secret = secret.ok_or(OidcError::Answer("belongs to no sign-in of this browser"))?;
    if !answer.is_to(&attempt(&secret).state) {
        return Err(OidcError::Answer("belongs to another sign-in"));
    }
    Ok((answer, secret))
}

/// Who has come back, which uses the attempt up before the issuer is asked.
async fn identity(
    portal: &Portal,
    issuer: &Issuer,
    answer: &Answer,
    secret: &Secret,
) -> Result<Result<Identity, OidcError>, Fault> {
    if !portal::take_attempt(&portal.core, secret).await? {
        return Ok(Err(OidcError::Answer("came too late, or for a second time")));
    }
    let now = portal.core.now();
    Ok(issuer.provider.read(&attempt(secret), answer, now).await)
}

fn proven(identity: Identity) -> Proven {
    let by = match (identity.slack, identity.address) {
        (Some(slack), _) => By::Account {
            user: slack.user,
            team: slack.team,
        },
        (None, Address::Verified(email)) => By::Email(email),
        (None, Address::Unverified) => By::Unverified,
        (None, Address::None) => By::Nothing,
    };
    Proven {
        issuer: identity.issuer,
        subject: identity.subject,
        by,
    }
}

/// What people read if the issuer's answer does not say who they are. It goes to the log in other words.
fn failed(issuer: &Issuer, error: &OidcError) -> Refusal {
    let name = &issuer.name;
    tracing::warn!(%error, "somebody could not sign in with the issuer");
    let (status, why, next) = match error.trouble() {
        Trouble::Unreachable => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{name} did not answer."),
            "Try again in a minute, or sign in with a link from Slack.",
        ),
        Trouble::Refused => (
            StatusCode::FORBIDDEN,
            format!("{name} did not let you sign in."),
            "Try again. If it happens again, ask the people who run it there to give you access.",
        ),
        Trouble::Answer => (
            StatusCode::FORBIDDEN,
            format!(
                "What came back from {name} does not belong to a sign-in that began in this browser, or could not be verified."
            ),
            "Sign in again, in one window, within 10 minutes. If it happens again, tell an admin.",
        ),
        Trouble::Setup => (
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("Signing in with {name} is not set up correctly."),
            "Sign in with a link from Slack, and tell an admin: the bot's log says what is wrong.",
        ),
    };
    Refusal {
        status,
        why,
        next: next.to_owned(),
    }
}

/// The session, or why there is none even though the issuer identified the person.
fn kept_out(through: Through, name: &str) -> Result<Box<Begun>, Refusal> {
    let (why, next) = match through {
        Through::SignedIn(begun) => return Ok(begun),
        Through::NoAnswer => {
            return Err(Refusal {
                status: StatusCode::SERVICE_UNAVAILABLE,
                why: "Slack did not answer, so the bot cannot look you up.".to_owned(),
                next: "Try again in a minute.".to_owned(),
            });
        }
        Through::Elsewhere => (
            "This Slack account belongs to another workspace.".to_owned(),
            "Sign in again, and choose the workspace that this bot is in.".to_owned(),
        ),
        Through::Unverified => (
            format!(
                "{name} does not say that your e-mail address is verified, so the bot cannot tell who you are."
            ),
            format!("Ask the people who run {name} to verify it, or sign in with a link from Slack."),
        ),
        Through::Nobody { email } => (
            format!("No full member of the Slack workspace has the confirmed e-mail address {email}."),
            "Use the same address in Slack, or ask an admin. Without a Slack account, you can only read, and only if outside_auditors in the bot's config names your address."
                .to_owned(),
        ),
        Through::Moved { email } => (
            format!("{email} belonged to another Slack account before."),
            format!("Ask an admin to type /apono accept {email} in Slack, and sign in again."),
        ),
        Through::Waits { email } => (
            format!("Another account of {name} with the e-mail address {email} is already linked to you."),
            format!(
                "If this one is right, ask an admin to type /apono accept {email} in Slack within 24 hours, and sign in again."
            ),
        ),
        Through::WasByRole { email } => (
            format!(
                "An account of {name} could read here with the e-mail address {email} before a Slack account had it. Whether yours is the one for the Slack account, an admin has to say."
            ),
            format!("Ask an admin to type /apono accept {email} in Slack within 24 hours, and sign in again."),
        ),
        Through::Blocked => (
            "An admin has blocked you.".to_owned(),
            "If you think that is wrong, ask an admin.".to_owned(),
        ),
        Through::Left => (
            "Your Slack account is no longer an active member of the workspace.".to_owned(),
            "If you think that is wrong, ask an admin.".to_owned(),
        ),
    };
    let status = StatusCode::FORBIDDEN;
    Err(Refusal { status, why, next })
}

/// The page that says so. The attempt is over.
fn refused(portal: &Portal, refusal: Refusal) -> Result<Response, Fault> {
    let forget = [(header::SET_COOKIE, Cookie::Attempt.forget(&portal.site))];
    Ok((forget, not_signed_in(refusal)?).into_response())
}

/// The page that says so.
fn not_signed_in(refusal: Refusal) -> Result<Response, Fault> {
    let Refusal { status, why, next } = refusal;
    let frame = Frame::bare("Sign in");
    let mut response = page(&NotSignedIn { frame, why, next })?;
    *response.status_mut() = status;
    Ok(response)
}
