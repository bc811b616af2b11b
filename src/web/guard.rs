//! What every request passes before it reaches a page, and every answer afterwards.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::Method;

use super::address::{Browser, Peer};
use super::fault::Fault;
use super::{Portal, headers, zone};

/// How long a page may take, what the browser sends with it included.
const WITHIN: Duration = Duration::from_secs(15);

/// Answers a request if it is for this portal and not one too many.
pub(super) async fn guard(State(portal): State<Arc<Portal>>, request: Request, next: Next) -> Response {
    let is_https = portal.site.is_https();
    let is_head = request.method() == Method::HEAD;
    let mut response = match admit(&portal, request) {
        Ok(request) => answered(request, next).await,
        Err(fault) => fault.into_response(),
    };
    if is_head {
        *response.body_mut() = axum::body::Body::empty();
    }
    headers::add(response.headers_mut(), is_https);
    response
}

fn admit(portal: &Portal, mut request: Request) -> Result<Request, Fault> {
    let site = &portal.site;
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return Err(Fault::Broken);
    };
    if !site.answers(peer) || !site.is_asked_for(request.uri(), request.headers()) {
        return Err(Fault::Misdirected);
    }
    let browser = Browser(site.browser_at(peer, request.headers()));
    if !portal.limits.take(browser.counted_as()) {
        return Err(Fault::TooMany);
    }
    if request.method() == Method::POST && !site.may_have_sent(request.headers()) {
        return Err(Fault::Forged);
    }
    request.extensions_mut().insert(browser);
    Ok(request)
}

async fn answered(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let is_open = method == Method::GET || method == Method::HEAD;
    let here = request.uri().path_and_query().filter(|_| is_open);
    let here = here.map(|here| here.as_str().to_owned());
    let page = AssertUnwindSafe(zone::around(here, next.run(request))).catch_unwind();
    match tokio::time::timeout(WITHIN, page).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!(%method, path, "a page of the portal panicked");
            Fault::Broken.into_response()
        }
        Err(_) => {
            tracing::warn!(%method, path, "a page of the portal took too long");
            Fault::TooSlow.into_response()
        }
    }
}
