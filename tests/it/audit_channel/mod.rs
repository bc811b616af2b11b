//! What the security team watches.

mod opening;
mod posts;
mod troubles;
