//! What the admins are told about a clean-up that keeps failing.

use crate::access::grant::Granted;
use crate::access::time::Timestamp;
use crate::store::Job;

use super::answers::said;
use super::text::shorten;
use crate::telling::Phrase;
use crate::telling::phrase::phrase;

/// As much of an error as fits in a message.
const ERROR: usize = 2_000;

/// `of` says whose access it was, and `clean_up` is the job that keeps trying.
pub fn told(granted: &Granted, of: &str, ended_at: Option<Timestamp>, clean_up: &Job) -> String {
    let Granted {
        integration,
        principal,
        ..
    } = granted;
    let ended = ended_at.map_or_else(Phrase::default, |at| phrase!(" at {}", at));
    let error = clean_up.last_error.as_deref().unwrap_or("no answer yet");
    said(phrase!(
        "⚠️ The access {} ({} on {}) ended{}, but what it left there could not be removed: {}. \
         Nobody can get in with it. I keep trying, and the audit channel will say CLEANED UP when it is gone.",
        of,
        principal,
        integration,
        ended,
        shorten(error.trim_end_matches('.'), ERROR)
    ))
}
