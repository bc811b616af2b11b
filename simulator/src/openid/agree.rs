//! `GET /openid/connect/authorize`: somebody says who they are and agrees, and is sent back to the app.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::clock::Micros;
use crate::shared::Shared;
use crate::world::World;
use crate::world::openid::Granted;

/// The page; with `as`, a handle, the click on it.
pub(super) async fn agree(
    State(shared): State<Arc<Shared>>,
    Query(asked): Query<BTreeMap<String, String>>,
) -> Response {
    let refused = shared.look(|world| refusal(world, &asked));
    if let Some(refused) = refused {
        return (
            StatusCode::BAD_REQUEST,
            Html(format!("<h1>Something went wrong</h1><p>{refused}</p>")),
        )
            .into_response();
    }
    let Some(handle) = asked.get("as") else {
        return Html(shared.look(|world| page(world, &asked))).into_response();
    };
    let code = shared.change(|world, now| code(world, &asked, handle, now));
    let Some(code) = code else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let back = &asked["redirect_uri"];
    let joint = if back.contains('?') { '&' } else { '?' };
    let state = asked
        .get("state")
        .map(|state| format!("&state={}", encoded(state)));
    Redirect::to(&format!("{back}{joint}code={code}{}", state.unwrap_or_default())).into_response()
}

/// Why nobody is asked, in the words of Slack's page.
fn refusal(world: &World, asked: &BTreeMap<String, String>) -> Option<&'static str> {
    let is = |name: &str, wanted: &str| asked.get(name).is_some_and(|value| value == wanted);
    if !is("client_id", &world.openid.client_id) {
        return Some("Invalid client_id parameter");
    }
    let back = asked.get("redirect_uri");
    if !back.is_some_and(|back| world.openid.redirect_urls.contains(back)) {
        return Some("redirect_uri did not match any configured URIs");
    }
    if !is("response_type", "code") {
        return Some("Invalid response_type parameter");
    }
    let scopes = asked.get("scope").map_or("", String::as_str);
    if !scopes.split(' ').any(|scope| scope == "openid") {
        return Some("Invalid permissions requested");
    }
    None
}

fn page(world: &World, asked: &BTreeMap<String, String>) -> String {
    let query: Vec<String> = asked
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    let query = query.join("&amp;");
    let mut page = String::from("<h1>Sign in with Slack</h1>\n");
    for person in world
        .people
        .iter()
        .filter(|person| !person.deactivated && !person.is_bot())
    {
        let (handle, name) = (&person.handle, &person.name);
        let _ = writeln!(
            page,
            "<p><a href=\"?{query}&amp;as={handle}\">Allow as {name}</a></p>"
        );
    }
    page
}

/// The code for the person who was clicked; none if there is no such person, or they can no longer sign in.
fn code(world: &mut World, asked: &BTreeMap<String, String>, handle: &str, now: Micros) -> Option<String> {
    let person = world.person(handle)?;
    if person.deactivated || person.is_bot() {
        return None;
    }
    let granted = Granted {
        person: person.id.clone(),
        redirect_uri: asked["redirect_uri"].clone(),
        scopes: asked["scope"].split(' ').map(str::to_owned).collect(),
        nonce: asked.get("nonce").cloned(),
        challenge: asked.get("code_challenge").cloned(),
        at: now,
    };
    Some(world.grant_code(granted))
}

fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
