//! What is said around credentials, whatever the face.

use crate::integrations::PersonKey;

/// Below credentials that were made for this display.
pub const SHOWN_ONCE: &str =
    "This is shown once and stored nowhere. Do not share it: anything done with it is done in your name.";

/// Above lines for other logins.
pub const OTHER_LOGINS: &str = "Other logins with the same certificate:";

/// Before somebody sends a public key.
pub const KEY_WANTED: &str = "You get a certificate for your SSH key. Only the public half is needed; the private half stays with you.";

/// Where a public key is.
pub const KEY_HINT: &str =
    "Paste the line from a file such as ~/.ssh/id_ed25519.pub. It is remembered for next time.";

/// The start of a fingerprint is enough to tell one's keys apart, and leaves room for their comments.
pub fn key(key: &PersonKey) -> String {
    let short: String = key.fingerprint.chars().take(20).collect();
    match key.comment.as_str() {
        "" => key.fingerprint.clone(),
        comment => format!("{comment} ({short}…)"),
    }
}
