//! Sign in with Slack (docs.slack.dev, "Sign in with Slack"): the discovery document, the page on which people agree, the token
//! method, and the keys.
//!
//! The page has a button for each person of the workspace: a click says who is looking at it.

mod agree;
mod sign;
mod token;

use std::sync::Arc;

use axum::extract::State;
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::shared::Shared;

/// What follows the workspace's own routes.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/.well-known/openid-configuration", routing::get(discovery))
        .route("/openid/connect/authorize", routing::get(agree::agree))
        .route("/openid/connect/keys", routing::get(keys))
        .route("/api/openid.connect.token", routing::post(token::token))
}

async fn discovery(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let base = shared.base();
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/openid/connect/authorize"),
        "token_endpoint": format!("{base}/api/openid.connect.token"),
        "userinfo_endpoint": format!("{base}/api/openid.connect.userInfo"),
        "jwks_uri": format!("{base}/openid/connect/keys"),
        "scopes_supported": ["openid", "profile", "email"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "auth_time", "iss"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": true,
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
    }))
}

async fn keys() -> Json<Value> {
    Json(json!({ "keys": [sign::public()] }))
}
