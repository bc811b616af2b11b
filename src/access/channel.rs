//! How Slack names a channel.

/// Whether it has the shape of a channel's id. A direct message has another one.
pub fn is_id(text: &str) -> bool {
    text.len() >= 3
        && (text.starts_with('C') || text.starts_with('G'))
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
