//! What the bot answers to commands, clicks and forms in Slack. The help has a page of its own.

use crate::access::forbidden::Forbidden;
use crate::telling::{Phrase, answers, refusals};
use crate::usecases::UseCaseError;

use super::dated::Dated;
use super::text::escape;

/// A click that came too late to be answered in a window.
pub const CLICK_AGAIN: &str = "That took too long to open a window. Please click again.";

/// The same for a window that a command opens.
pub const TYPE_AGAIN: &str = "That took too long to open a window. Please type it again.";

/// The same for the request form, which a command opens.
pub const ASK_AGAIN: &str = "That took too long to open the form. Please type `/apono request` again.";

/// Somebody did more in a minute than one person may.
pub const TOO_FAST: &str =
    "That was too much within a minute, so I ignored this. Please wait a little and try again.";

/// A button or a form of another version.
pub const UNKNOWN: &str =
    "This was made by another version of apono, so nothing was changed. Please start again with /apono.";

/// To somebody with many unanswered requests.
pub fn many_wait(count: usize) -> String {
    format!("📬 {count} requests wait for your answer. `/apono pending` shows them, oldest first.")
}

/// A sentence of ours as an answer without blocks.
pub fn said(sentence: impl Into<Phrase>) -> String {
    Dated::of(sentence).markup()
}

/// Why people may not do what they tried, addressed to them.
pub fn forbidden(why: &Forbidden) -> String {
    escape(&refusals::forbidden(why))
}

/// Why something was not done, addressed to the person who asked.
pub fn why_not(error: &UseCaseError) -> String {
    escape(&answers::why_not(error))
}
