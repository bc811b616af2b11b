//! Signing in: how, the code, and the question who it is.
//!
//! Invariant: opening a link changes nothing and says nothing about anybody, because previews and scanners open links. The
//! code is sent as a form, and the session begins only when the person confirms who they are.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, RawQuery, State};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use http::{HeaderMap, header};

use super::{Frame, page};
use crate::usecases::portal::{self, Begun, Entered, Here, Secret};
use crate::web::address::Browser;
use crate::web::cookies::Cookie;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, token};
use crate::web::who::Who;
use crate::web::{Issuer, Portal, browser, next};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct How<'a> {
    frame: Frame<'a>,
    /// The button that leads to the issuer.
    issuer: Option<Button<'a>>,
}

struct Button<'a> {
    name: &'a str,
    token: String,
}

#[derive(Template)]
#[template(path = "code.html")]
struct Code<'a> {
    frame: Frame<'a>,
    link: &'a str,
    token: String,
    wrong: Option<String>,
}

#[derive(Template)]
#[template(path = "confirm.html")]
struct Confirm<'a> {
    frame: Frame<'a>,
    token: String,
    name: &'a str,
    email: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "dead_link.html")]
struct Dead<'a> {
    frame: Frame<'a>,
}

/// `GET /sign-in`: how to sign in, and which page is shown after that.
pub(in crate::web) async fn how(
    State(portal): State<Arc<Portal>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    who: Result<Who, Response>,
) -> Result<Response, Fault> {
    let wanted = query.as_deref().and_then(next::wanted);
    if who.is_ok() {
        return Ok(Redirect::to(wanted.as_deref().unwrap_or("/")).into_response());
    }
    let site = &portal.site;
    let mut cookies = Vec::new();
    if let Some(wanted) = wanted {
        cookies.push((header::SET_COOKIE, Cookie::Next.set(site, &next::packed(&wanted))));
    }
    let mut issuer = None;
    if let Some(Issuer { name, .. }) = &portal.issuer {
        // A form that is open in another tab stays good.
        let door = match Cookie::Door.read(site, &headers) {
            Some(door) => Secret::sent(door),
            None => Secret::fresh()?,
        };
        cookies.push((header::SET_COOKIE, Cookie::Door.set(site, door.told())));
        let token = token(&door);
        issuer = Some(Button { name, token });
    }
    let how = page(&How {
        frame: Frame::bare("Sign in"),
        issuer,
    })?;
    Ok((AppendHeaders(cookies), how).into_response())
}

/// `GET /sign-in/{token}`: asks for the code, whether or not there is such a link.
pub(in crate::web) async fn link(
    State(portal): State<Arc<Portal>>,
    Path(link): Path<String>,
) -> Result<Response, Fault> {
    let door = Secret::fresh()?;
    let page = ask_for_code(&link, &door, None)?;
    let keep = Cookie::Door.set(&portal.site, door.told());
    Ok(([(header::SET_COOKIE, keep)], page).into_response())
}

fn ask_for_code(link: &str, door: &Secret, wrong: Option<String>) -> Result<Response, Fault> {
    page(&Code {
        frame: Frame::bare("Sign in"),
        link,
        token: token(door),
        wrong,
    })
}

/// `POST /sign-in/{token}`: the code.
pub(in crate::web) async fn enter(
    State(portal): State<Arc<Portal>>,
    Path(link): Path<String>,
    Extension(from): Extension<Browser>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Fault> {
    let door = Cookie::Door.read(&portal.site, &headers).map(Secret::sent);
    let door = door.filter(|door| fields.are_of(door)).ok_or(Fault::Forged)?;
    if !portal.limits.take_sign_in(from.counted_as()) {
        return Err(Fault::TooMany);
    }
    let code = Secret::typed(fields.one("code"));
    if code.told().is_empty() {
        // Nothing was tried.
        return ask_for_code(
            &link,
            &door,
            Some("Enter the code that apono told you in Slack.".to_owned()),
        );
    }
    match portal::enter_code(&portal.core, &Secret::sent(&link), &code).await? {
        Entered::Dead => dead(),
        Entered::Wrong { left } => {
            let tries = if left == 1 {
                "1 try is"
            } else {
                &format!("{left} tries are")
            };
            let wrong = format!("That is not the code. {tries} left.");
            ask_for_code(&link, &door, Some(wrong))
        }
        Entered::Right { claim, account } => ask_who(&portal, &claim, &account).await,
    }
}

/// Names the person only now, and only to the browser that knew the code.
async fn ask_who(portal: &Portal, claim: &Secret, account: &str) -> Result<Response, Fault> {
    let Some(person) = portal::claimant(&portal.core, &*portal.directory, account).await? else {
        return dead();
    };
    let confirm = page(&Confirm {
        frame: Frame::bare("Sign in"),
        token: token(claim),
        name: &person.name,
        email: person.email.as_deref(),
    })?;
    let cookies = [
        (header::SET_COOKIE, Cookie::Claim.set(&portal.site, claim.told())),
        (header::SET_COOKIE, Cookie::Door.forget(&portal.site)),
    ];
    Ok((AppendHeaders(cookies), confirm).into_response())
}

/// `POST /sign-in`: yes, it is them.
pub(in crate::web) async fn confirm(
    State(portal): State<Arc<Portal>>,
    Extension(Browser(address)): Extension<Browser>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Fault> {
    let site = &portal.site;
    let claim = Cookie::Claim.read(site, &headers).map(Secret::sent);
    let claim = claim.filter(|claim| fields.are_of(claim)).ok_or(Fault::Forged)?;
    let here = Here {
        address: address.to_string(),
        browser: browser::named(&headers),
    };
    let begun = portal::begin(&portal.core, &*portal.directory, &claim, here).await?;
    let Some(Begun { secret, .. }) = begun else {
        return dead();
    };
    let cookies = [
        (header::SET_COOKIE, Cookie::Session.set(site, secret.told())),
        (header::SET_COOKIE, Cookie::Claim.forget(site)),
        (header::SET_COOKIE, Cookie::Next.forget(site)),
    ];
    let to = next::remembered(site, &headers);
    Ok((AppendHeaders(cookies), Redirect::to(&to)).into_response())
}

fn dead() -> Result<Response, Fault> {
    page(&Dead {
        frame: Frame::bare("Sign in"),
    })
}
