//! What the admins read of a clean-up that does not get through.

use crate::access::grant::Granted;
use crate::access::time::Timestamp;
use crate::store::Job;

use super::text::{clean, escape, shorten};

/// As much of an error as a message takes.
const ERROR: usize = 2_000;

/// `of` says whose access it was, and `clean_up` is the job that goes on trying.
pub fn told(granted: &Granted, of: &str, ended_at: Option<Timestamp>, clean_up: &Job) -> String {
    let Granted {
        integration,
        principal,
        ..
    } = granted;
    let ended = ended_at.map_or_else(String::new, |at| format!(" at {at}"));
    let error = clean_up.last_error.as_deref().unwrap_or("nothing came back yet");
    let text = format!(
        "{principal} on {integration}, the access {of}, ended{ended}, and what it left there cannot be removed: {}. \
         Nobody gets in by it. I go on trying, and the audit channel says CLEANED UP when it is gone.",
        shorten(error.trim_end_matches('.'), ERROR)
    );
    format!("⚠️ {}", escape(&clean(&text)))
}
