//! A TOML file as people wrote it: read value by value, with the place of each and whatever is wrong with it.
//!
//! The config's sections and the kinds of integrations read their keys with it.

mod closest;
mod people;
mod references;
mod tree;
mod values;

use std::path::Path;

pub(crate) use closest::{closest, suggestion};
pub(crate) use people::GROUP;
pub(crate) use references::{Holds, SecretUse};
pub use tree::Section;
pub(crate) use tree::{Document, Value};
pub(crate) use values::integer;

/// Where something stands in the file; both count from 1, columns in characters.
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
    /// One sentence; it repeats nothing that could be a secret.
    pub text: String,
}

impl Problem {
    /// `config.toml:12:5: sentence`, as editors and terminals make it a link.
    pub fn shown_in(&self, path: &Path) -> String {
        format!("{}:{}:{}: {}", path.display(), self.line, self.column, self.text)
    }
}
