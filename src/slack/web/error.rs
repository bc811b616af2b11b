//! What can go wrong with a call, sorted by what the caller may do next.
//!
//! Invariant: no text here holds a token, a body, or an address; slack-morphism's own errors print whole bodies, so none of them leaves this module.

use std::error::Error;
use std::io;
use std::time::Duration;

use hyper_util::client::legacy;
use serde_json::Value;
use slack_morphism::errors::SlackClientError;

use crate::network::Unusable;

/// How long to wait when Slack says "too fast" without saying for how long.
const RETRY_AFTER_UNSAID: Duration = Duration::from_secs(10);

/// Most of a detail that is kept, in characters.
const DETAIL_CHARS: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// Slack read the call and said no (`ok: false`); nothing was done.
    /// `detail` is the missing scope or the wrong argument, if Slack names it.
    #[error("{method}: slack answered {code}{}", in_brackets(detail.as_deref()))]
    Api {
        method: &'static str,
        code: String,
        detail: Option<String>,
    },
    /// Nothing was done: Slack or our own pacing asks us to retry after this time.
    #[error("{method}: too many calls, retry in {} s", retry_after.as_secs_f64().ceil())]
    RateLimited {
        method: &'static str,
        retry_after: Duration,
    },
    /// It may have been done: the call went out, or may have, and the answer, if any, does not say what happened.
    #[error("{method}: no answer saying whether it was done ({why})")]
    Ambiguous { method: &'static str, why: String },
    /// Nothing was done: there was no connection.
    #[error("{method}: slack cannot be reached ({why})")]
    Unreachable { method: &'static str, why: String },
    /// Nothing was done: the bot, or the server, does not make this call.
    #[error("{0}")]
    Refused(String),
}

impl From<Unusable> for WebError {
    fn from(error: Unusable) -> Self {
        Self::Refused(error.to_string())
    }
}

impl WebError {
    /// The call may have had its effect.
    pub fn is_ambiguous(&self) -> bool {
        matches!(self, Self::Ambiguous { .. })
    }

    /// The same click has already opened its window: Slack sent the click twice.
    pub fn opened_before(&self) -> bool {
        self.code() == Some("exchanged_trigger_id")
    }

    /// The message that opened the thread is gone.
    pub fn is_lost_thread(&self) -> bool {
        matches!(
            self.code(),
            Some("thread_not_found" | "message_not_found" | "cannot_reply_to_message")
        )
    }

    /// Slack's own word for the error, such as `channel_not_found`.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Api { code, .. } => Some(code),
            Self::RateLimited { .. }
            | Self::Ambiguous { .. }
            | Self::Unreachable { .. }
            | Self::Refused(_) => None,
        }
    }

    pub(super) fn ambiguous(method: &'static str, why: impl Into<String>) -> Self {
        Self::Ambiguous {
            method,
            why: why.into(),
        }
    }

    pub(super) fn from_client(method: &'static str, error: SlackClientError) -> Self {
        match error {
            SlackClientError::ApiError(error) => {
                let detail = error.http_response_body.as_deref().and_then(detail);
                Self::from_code(method, error.code, detail)
            }
            SlackClientError::RateLimitError(error) => Self::RateLimited {
                method,
                retry_after: error.retry_after.unwrap_or(RETRY_AFTER_UNSAID),
            },
            SlackClientError::HttpError(error) => {
                let status = error.status_code.as_u16();
                if status >= 500 {
                    return Self::ambiguous(method, format!("HTTP {status}"));
                }
                match error.http_response_body.as_deref().and_then(error_code) {
                    Some(code) => Self::from_code(method, code, None),
                    None => Self::Refused(format!("{method}: refused with HTTP {status}")),
                }
            }
            SlackClientError::HttpProtocolError(error) => match error.cause {
                Some(cause) => from_transport(method, cause.as_ref()),
                None => Self::ambiguous(method, "connection lost"),
            },
            SlackClientError::ProtocolError(_) => Self::ambiguous(method, "unreadable answer"),
            SlackClientError::SystemError(error) => match error.cause {
                Some(cause) if is_too_long(cause.as_ref()) => {
                    Self::ambiguous(method, "the answer is too long")
                }
                Some(_) | None => Self::ambiguous(method, "connection lost"),
            },
            SlackClientError::EndOfStream(_) | SlackClientError::SocketModeProtocolError(_) => {
                Self::ambiguous(method, "connection lost")
            }
        }
    }

    fn from_code(method: &'static str, code: String, detail: Option<String>) -> Self {
        match code.as_str() {
            "ratelimited" | "rate_limited" => Self::RateLimited {
                method,
                retry_after: RETRY_AFTER_UNSAID,
            },
            // Slack: "it's possible some aspect of the operation succeeded before the error was raised".
            "fatal_error" | "internal_error" => Self::ambiguous(method, code),
            _ => Self::Api { method, code, detail },
        }
    }
}

fn from_transport(method: &'static str, cause: &(dyn Error + Send + Sync + 'static)) -> WebError {
    match cause.downcast_ref::<legacy::Error>() {
        Some(error) if error.is_connect() => {
            let mut innermost: &dyn Error = error;
            while let Some(source) = innermost.source() {
                innermost = source;
            }
            WebError::Unreachable {
                method,
                why: innermost.to_string(),
            }
        }
        Some(_) => WebError::ambiguous(method, "connection lost"),
        None => WebError::Refused(format!("{method}: the request could not be built")),
    }
}

/// Our own bound on answers ended the connection.
fn is_too_long(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    causes.any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::FileTooLarge)
    })
}

/// What Slack adds to an error: the scope it needs, or its remarks on the arguments.
fn detail(body: &str) -> Option<String> {
    let body: Value = serde_json::from_str(body).ok()?;
    let text = match body["needed"].as_str() {
        Some(scope) => format!("needs {scope}"),
        None => body["response_metadata"]["messages"]
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("; "),
    };
    Some(text.chars().take(DETAIL_CHARS).collect())
}

/// The error code in the body of a 4xx answer: `{"error": "used_url"}`, or the bare word.
fn error_code(body: &str) -> Option<String> {
    let code = match serde_json::from_str::<Value>(body) {
        Ok(body) => body["error"].as_str()?.to_owned(),
        Err(_) => body.trim().to_owned(),
    };
    let is_word = !code.is_empty() && code.len() <= 60;
    (is_word && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')).then_some(code)
}

fn in_brackets(detail: Option<&str>) -> String {
    detail.map_or_else(String::new, |detail| format!(" ({detail})"))
}
