//! How the Web API refuses.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use crate::world::Refused;

/// `{"ok": false, "error": code, ...}` with status 200, as Slack answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ApiError {
    pub(crate) code: String,
    /// For `response_metadata.messages`.
    pub(crate) messages: Vec<String>,
    /// Further fields, such as `needed` and `provided`.
    extra: Map<String, Value>,
}

impl ApiError {
    pub(crate) fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            messages: Vec::new(),
            extra: Map::new(),
        }
    }

    pub(crate) fn with_messages(code: &str, messages: impl IntoIterator<Item = String>) -> Self {
        Self {
            messages: messages.into_iter().collect(),
            ..Self::new(code)
        }
    }

    pub(crate) fn missing_scope<'a>(needed: &[&str], provided: impl IntoIterator<Item = &'a String>) -> Self {
        let provided: Vec<&str> = provided.into_iter().map(String::as_str).collect();
        let mut error = Self::new("missing_scope");
        error.extra.insert("needed".to_owned(), json!(needed.join(",")));
        error
            .extra
            .insert("provided".to_owned(), json!(provided.join(",")));
        error
    }

    pub(crate) fn body(&self) -> Value {
        let mut body = self.extra.clone();
        body.insert("ok".to_owned(), json!(false));
        body.insert("error".to_owned(), json!(self.code));
        if !self.messages.is_empty() {
            body.insert("response_metadata".to_owned(), json!({"messages": self.messages}));
        }
        Value::Object(body)
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self::new(refused.0)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (StatusCode::OK, Json(self.body())).into_response()
    }
}
