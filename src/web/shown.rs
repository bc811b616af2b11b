//! Values as pages show them. What people and targets wrote is escaped here, once.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::access::time::Timestamp;

/// A piece of a page, which is not escaped again.
pub(super) struct Shown(String);

impl HtmlSafe for Shown {}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `2026-11-23 16:05:09 UTC`.
pub(super) fn time(at: Timestamp) -> Shown {
    Shown(format!("<time datetime=\"{}\">{at}</time>", at.to_rfc3339()))
}
