//! A TOML file as people wrote it: read value by value, with the position of each and everything that is wrong with it.
//!
//! The config's sections and the kinds of integration read their keys with it.

mod people;
mod references;
mod suggestion;
mod tree;
mod values;

use std::path::Path;

pub(crate) use people::GROUP;
pub(crate) use references::{Holds, SecretUse};
pub(crate) use suggestion::suggestion;
pub use tree::Section;
pub(crate) use tree::{Document, Value};
pub(crate) use values::integer;

/// A position in the file; both numbers count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

/// Something wrong in the file, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub line: usize,
    pub column: usize,
    /// One sentence; it never repeats a value that could be a secret.
    pub text: String,
}

impl Problem {
    /// `config.toml:12:5: sentence`, which editors and terminals turn into a link.
    pub fn shown_in(&self, path: &Path) -> String {
        format!("{}:{}:{}: {}", path.display(), self.line, self.column, self.text)
    }
}
