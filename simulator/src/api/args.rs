//! The arguments of a call, however they were sent: JSON body, urlencoded body, query string.
//!
//! Invariant: after reading, an argument has the same shape whichever way it came: structured arguments are parsed, and null
//! means absent.

use axum::body::Bytes;
use axum::extract::{Form, FromRequest, Query, Request};
use axum::http::{HeaderMap, Method, header};
use serde_json::{Map, Value, json};

use super::error::ApiError;

/// Arguments that contain JSON; in urlencoded bodies and queries they are text.
const STRUCTURED: [&str; 5] = ["blocks", "attachments", "files", "metadata", "view"];

#[derive(Debug, Clone, Default)]
pub(crate) struct Args(Map<String, Value>);

/// The arguments and the token of a request; the token is taken from the header, or from the arguments (never from a JSON body).
pub(crate) async fn read(request: Request) -> Result<(Args, Option<String>), ApiError> {
    let in_header = bearer(request.headers());
    let (map, in_arguments) = read_map(request).await?;
    let mut args = Map::new();
    for (name, value) in map {
        let value = match value {
            Value::Null => continue,
            Value::String(text) if STRUCTURED.contains(&name.as_str()) => {
                serde_json::from_str(&text).map_err(|_| not_json(&name))?
            }
            other => other,
        };
        args.insert(name, value);
    }
    Ok((Args(args), in_header.or(in_arguments)))
}

async fn read_map(request: Request) -> Result<(Map<String, Value>, Option<String>), ApiError> {
    let Query(query) = Query::<Vec<(String, String)>>::try_from_uri(request.uri())
        .map_err(|_| ApiError::new("invalid_form_data"))?;
    let mut map: Map<String, Value> = query
        .into_iter()
        .map(|(name, value)| (name, json!(value)))
        .collect();
    if request.method() == Method::POST {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default();
        if kind.starts_with("application/json") {
            let body = Bytes::from_request(request, &())
                .await
                .map_err(|_| ApiError::new("request_too_large"))?;
            let Value::Object(body) =
                serde_json::from_slice(&body).map_err(|_| ApiError::new("invalid_json"))?
            else {
                return Err(ApiError::new("json_not_object"));
            };
            map.extend(body);
            return Ok((map, None));
        }
        if kind.starts_with("application/x-www-form-urlencoded") {
            let Form(form) = Form::<Vec<(String, String)>>::from_request(request, &())
                .await
                .map_err(|_| ApiError::new("invalid_form_data"))?;
            map.extend(form.into_iter().map(|(name, value)| (name, json!(value))));
        } else if !kind.is_empty() {
            return Err(ApiError::new("invalid_post_type"));
        }
    }
    let token = map
        .remove("token")
        .and_then(|token| token.as_str().map(str::to_owned));
    Ok((map, token))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(|token| token.trim().to_owned())
}

fn not_json(name: &str) -> ApiError {
    match name {
        "blocks" => ApiError::new("invalid_blocks_format"),
        "attachments" => ApiError::new("invalid_attachments"),
        "metadata" => ApiError::new("invalid_metadata_format"),
        _ => ApiError::with_messages("invalid_arguments", [format!("[ERROR] {name} is not valid JSON")]),
    }
}

impl Args {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A required text argument; the table of methods has checked that it is present.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)?.ok_or_else(|| {
            ApiError::with_messages(
                "invalid_arguments",
                [format!("[ERROR] missing required field: {name}")],
            )
        })
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        self.typed(name, "a string", Value::as_str)
    }

    /// A flag: JSON true or false, or the words `true`, `1`, `false`, `0`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, ApiError> {
        let flag = self.typed(name, "a boolean", |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(word) if word == "true" || word == "1" => Some(true),
            Value::String(word) if word == "false" || word == "0" => Some(false),
            _ => None,
        })?;
        Ok(flag.unwrap_or(false))
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>, ApiError> {
        self.typed(name, "a number", |value| match value {
            Value::Number(number) => number.as_u64().and_then(|number| usize::try_from(number).ok()),
            Value::String(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// A list: a JSON array of strings, or words with commas between them.
    pub(crate) fn list(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        self.typed(name, "a list", |value| match value {
            Value::Array(items) => items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            Value::String(text) => Some(
                text.split(',')
                    .filter(|word| !word.is_empty())
                    .map(|word| word.trim().to_owned())
                    .collect(),
            ),
            _ => None,
        })
    }

    fn typed<'a, T>(
        &'a self,
        name: &str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let wrong = || {
            ApiError::with_messages(
                "invalid_arguments",
                [format!("[ERROR] {name} must be {kind} [json-pointer:/{name}]")],
            )
        };
        read(value).map(Some).ok_or_else(wrong)
    }

    /// For the record of calls.
    pub(crate) fn to_json(&self) -> Value {
        Value::Object(self.0.clone())
    }
}
