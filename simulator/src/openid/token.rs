//! `openid.connect.token`: a code is redeemed for an ID token. Refusals are `ok: false` with status 200, as in the rest of the
//! Web API.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::{Form, Json};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::sign;
use crate::clock::Micros;
use crate::shared::Shared;
use crate::world::World;
use crate::world::openid::Granted;

/// How long a token says that it is valid, in seconds.
const VALID_FOR: u64 = 300;

pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Form(sent): Form<BTreeMap<String, String>>,
) -> Json<Value> {
    let issuer = shared.base();
    let answer = shared.change(|world, now| redeem(world, &issuer, &headers, &sent, now));
    Json(answer.unwrap_or_else(|code| json!({"ok": false, "error": code})))
}

fn redeem(
    world: &mut World,
    issuer: &str,
    headers: &HeaderMap,
    sent: &BTreeMap<String, String>,
    now: Micros,
) -> Result<Value, &'static str> {
    let field = |name: &str| sent.get(name).map_or("", String::as_str);
    let (id, secret) = in_header(headers)
        .unwrap_or_else(|| (field("client_id").to_owned(), field("client_secret").to_owned()));
    if id != world.openid.client_id {
        return Err("invalid_client_id");
    }
    if secret != world.openid.client_secret {
        return Err("bad_client_secret");
    }
    if !matches!(field("grant_type"), "" | "authorization_code") {
        return Err("invalid_grant_type");
    }
    let granted = world.take_code(field("code"), now).ok_or("invalid_code")?;
    if field("redirect_uri") != granted.redirect_uri {
        return Err("bad_redirect_uri");
    }
    let shown = BASE64URL_NOPAD.encode(digest(&SHA256, field("code_verifier").as_bytes()).as_ref());
    if granted
        .challenge
        .as_ref()
        .is_some_and(|challenge| *challenge != shown)
    {
        return Err("invalid_code");
    }
    let claims = claims(world, issuer, &granted, now).ok_or("user_not_found")?;
    Ok(json!({
        "ok": true, "access_token": "xoxp-simulated-openid", "token_type": "Bearer",
        "id_token": sign::signed(&claims), "state": "",
    }))
}

/// `Authorization: Basic`. Neither half needs encoding here.
fn in_header(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let both = BASE64.decode(value.strip_prefix("Basic ")?.as_bytes()).ok()?;
    let both = String::from_utf8(both).ok()?;
    let (id, secret) = both.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

fn claims(world: &World, issuer: &str, granted: &Granted, now: Micros) -> Option<Value> {
    let person = world.person(&granted.person)?;
    let team = person.team(&world.team.id);
    let seconds = now / 1_000_000;
    let mut claims = json!({
        "iss": issuer, "sub": person.id, "aud": world.openid.client_id,
        "exp": seconds + VALID_FOR, "iat": seconds, "auth_time": seconds,
        "https://slack.com/team_id": team, "https://slack.com/user_id": person.id,
    });
    if let Some(nonce) = &granted.nonce {
        claims["nonce"] = json!(nonce);
    }
    let has = |scope: &str| granted.scopes.iter().any(|granted| granted == scope);
    if let Some(email) = person.email.as_ref().filter(|_| has("email")) {
        claims["email"] = json!(email);
        claims["email_verified"] = json!(person.email_confirmed);
    }
    if has("profile") {
        claims["name"] = json!(person.name);
    }
    Some(claims)
}
