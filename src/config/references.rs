//! References to secrets, `{ env = "NAME" }` or `{ file = "path" }`, and to other files; and what can be said about what
//! they lead to once it is read.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::tree::{Document, Section, Value};
use super::{Place, Problem, keys};
use crate::secrets::SecretRef;

/// Judges a secret that was read: a sentence if it cannot be what it is meant for. The sentence holds nothing of it.
pub(super) type Judge = fn(&str) -> Option<&'static str>;

/// A reference, where it stands, and what its secret is used as.
#[derive(Clone, Debug)]
pub(super) struct SecretUse {
    /// `secret`, or `file` for what is none.
    what: &'static str,
    place: Place,
    reference: SecretRef,
    judge: Judge,
}

impl SecretUse {
    /// Tries to read the secret.
    pub(super) fn check(&self) -> Option<Problem> {
        let text = match self.reference.read() {
            Ok(secret) => (self.judge)(secret.expose_secret())?.to_owned(),
            Err(e) => format!("This {} cannot be read: {e}.", self.what),
        };
        let Place { line, column } = self.place;
        Some(Problem { line, column, text })
    }
}

impl<'a> Document<'a> {
    /// A reference to a secret; a file's path comes out relative to nothing but the config file's folder.
    pub(super) fn secret(&self, value: &'a Value<'a>, judge: Judge) -> Option<SecretRef> {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(
                value.span(),
                "A secret does not belong in this file; write { env = \"NAME\" } or { file = \"path\" }.",
            );
            return None;
        };
        let section = Section::open(self, table, value.span(), "A secret", keys::SECRET);
        if section.has("env") == section.has("file") {
            self.problem(
                value.span(),
                "Write exactly one of { env = \"NAME\" } and { file = \"path\" }.",
            );
            return None;
        }
        let env = section.get("env").and_then(|v| self.environment_variable(v));
        let file = section.get("file").and_then(|v| self.secret_file(v));
        let reference = env.map(SecretRef::Env).or(file.map(SecretRef::File))?;
        self.secrets.borrow_mut().push(SecretUse {
            what: "secret",
            place: self.place(value.span()),
            reference: reference.clone(),
            judge,
        });
        Some(reference)
    }

    /// The path of a file that is no secret; it comes out relative to nothing but the config file's folder.
    pub(super) fn file(&self, value: &'a Value<'a>, judge: Judge) -> Option<PathBuf> {
        let path = self.folder.join(self.text(value)?);
        self.secrets.borrow_mut().push(SecretUse {
            what: "file",
            place: self.place(value.span()),
            reference: SecretRef::File(path.clone()),
            judge,
        });
        Some(path)
    }

    fn environment_variable(&self, value: &'a Value<'a>) -> Option<String> {
        let name = self.text(value)?;
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !starts || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            // What stands here may be the secret itself, so it is not repeated.
            self.problem(
                value.span(),
                "Write the name of an environment variable (letters, digits and _), not its content.",
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn secret_file(&self, value: &'a Value<'a>) -> Option<PathBuf> {
        let path = self.text(value)?;
        // A token or URL pasted here would be repeated by every message about the file.
        if path.starts_with("xox") || path.starts_with("xapp-") || path.contains("://") {
            self.problem(value.span(), "Write the path of a file, not its content.");
            return None;
        }
        Some(self.folder.join(path))
    }
}
