//! What the request form opens with.

use crate::access::request::Request;

/// What the form is filled in with when it opens, as far as it can be requested.
#[derive(Clone, Copy, Debug)]
pub enum Filling<'a> {
    Nothing,
    /// The same as an earlier request.
    Like(&'a Request),
    /// What was typed after the command.
    Typed(&'a [String]),
}
