//! The Web API: every call comes through `handle`, is checked against the table of methods, runs on the world and is recorded.
//!
//! Invariant: a call that is refused changes nothing, and each call leaves one record.

mod apps;
mod args;
mod auth;
mod chat;
mod content;
mod conversations;
pub(crate) mod error;
pub(crate) mod files;
mod history;
pub(crate) mod methods;
mod paging;
mod response_url;
mod scheduled;
mod usergroups;
mod users;
mod views;

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::clock::Micros;
use crate::shared::Shared;
use crate::trouble::{self, Wire};
use crate::world::World;
use args::Args;
use error::ApiError;
use methods::{METHODS, Method, TokenKind};

pub(crate) use content::draft_from;
pub(crate) use response_url::{handle as handle_response_url, show};

/// What a method works on.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) args: &'a Args,
    pub(crate) now: Micros,
    pub(crate) shared: &'a Arc<Shared>,
}

/// A successful answer: the fields beside `"ok": true`.
pub(crate) type Answer = Result<Value, ApiError>;

pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let sent = args::read(request).await;
    let arguments = sent
        .as_ref()
        .map_or_else(|_| json!({}), |(args, _)| args.to_json());
    let method = name.clone();
    let run = move |shared: &Arc<Shared>| answer(shared, &method, sent);
    trouble::carry_out(&shared, &wire, &name, arguments, run).await
}

fn answer(shared: &Arc<Shared>, name: &str, sent: Result<(Args, Option<String>), ApiError>) -> Response {
    let answer = shared.change(|world, now| {
        let (args, answer) = match sent {
            Ok((args, token)) => {
                let answer = run(shared, world, name, &args, token.as_deref(), now);
                (args.to_json(), answer)
            }
            Err(error) => (json!({}), Err(error)),
        };
        shared.journal.call(
            name,
            args,
            answer.as_ref().err().map(|error| error.code.clone()),
            now,
        );
        answer
    });
    let mut response = match answer {
        Ok(mut body) => {
            body["ok"] = json!(true);
            Json(body).into_response()
        }
        Err(error) => error.into_response(),
    };
    let scopes = shared.look(|world| world.app.scopes.iter().cloned().collect::<Vec<_>>().join(","));
    if let Ok(scopes) = HeaderValue::from_str(&scopes) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-oauth-scopes"), scopes);
    }
    response
}

fn run(
    shared: &Arc<Shared>,
    world: &mut World,
    name: &str,
    args: &Args,
    token: Option<&str>,
    now: Micros,
) -> Answer {
    let method = METHODS
        .iter()
        .find(|method| method.name == name)
        .ok_or_else(|| ApiError::new("unknown_method"))?;
    check_token(world, method, token)?;
    check_scopes(world, method)?;
    check_arguments(method, args)?;
    (method.run)(&mut Call {
        world,
        args,
        now,
        shared,
    })
}

fn check_token(world: &World, method: &Method, token: Option<&str>) -> Result<(), ApiError> {
    let token = token.ok_or_else(|| ApiError::new("not_authed"))?;
    let kind = if token == world.app.app_token {
        TokenKind::App
    } else if token == world.app.bot_token {
        TokenKind::Bot
    } else {
        return Err(ApiError::new("invalid_auth"));
    };
    if kind == method.token {
        Ok(())
    } else {
        Err(ApiError::new("not_allowed_token_type"))
    }
}

/// Any of the method's scopes allows the call; methods on conversations also check the type of conversation.
fn check_scopes(world: &World, method: &Method) -> Result<(), ApiError> {
    let granted = method.scopes.is_empty()
        || method
            .scopes
            .iter()
            .any(|scope| world.app.scopes.contains(*scope));
    if granted {
        Ok(())
    } else {
        Err(ApiError::missing_scope(method.scopes, &world.app.scopes))
    }
}

fn check_arguments(method: &Method, args: &Args) -> Result<(), ApiError> {
    let missing = method.required.iter().filter(|name| args.get(name).is_none());
    let unknown = args
        .names()
        .filter(|name| !method.required.contains(name) && !method.optional.contains(name));
    let messages: Vec<String> = missing
        .map(|name| format!("[ERROR] missing required field: {name}"))
        .chain(unknown.map(|name| format!("[ERROR] unknown argument: {name} [json-pointer:/{name}]")))
        .collect();
    if messages.is_empty() {
        Ok(())
    } else {
        Err(ApiError::with_messages("invalid_arguments", messages))
    }
}
