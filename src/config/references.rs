//! References to secrets, `{ env = "NAME" }` or `{ file = "path" }`, and what can be said about a secret once it is read.

use secrecy::ExposeSecret;

use super::tree::{Document, Section, Value};
use super::{Place, Problem, keys};
use crate::secrets::SecretRef;

/// Judges a secret that was read: a sentence if it cannot be what it is meant for. The sentence holds nothing of it.
pub(super) type Judge = fn(&str) -> Option<&'static str>;

/// A reference, where it stands, and what its secret is used as.
#[derive(Clone, Debug)]
pub(super) struct SecretUse {
    place: Place,
    reference: SecretRef,
    judge: Judge,
}

impl SecretUse {
    /// Tries to read the secret.
    pub(super) fn check(&self) -> Option<Problem> {
        let text = match self.reference.read() {
            Ok(secret) => (self.judge)(secret.expose_secret())?.to_owned(),
            Err(e) => format!("This secret cannot be read: {e}."),
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
                "A secret does not belong into this file; write { env = \"NAME\" } or { file = \"path\" }.",
            );
            return None;
        };
        let section = Section::open(self, table, value.span(), "A secret", keys::SECRET);
        let env = section.may("env", |v| self.environment_variable(v))?;
        let file = section.may("file", |v| self.text(v))?;
        let reference = match (env, file) {
            (Some(name), None) => SecretRef::Env(name.to_owned()),
            (None, Some(path)) => SecretRef::File(self.folder.join(path)),
            (None, None) | (Some(_), Some(_)) => {
                self.problem(
                    value.span(),
                    "Write exactly one of { env = \"NAME\" } and { file = \"path\" }.",
                );
                return None;
            }
        };
        self.secrets.borrow_mut().push(SecretUse {
            place: self.place(value.span()),
            reference: reference.clone(),
            judge,
        });
        Some(reference)
    }

    fn environment_variable(&self, value: &'a Value<'a>) -> Option<&'a str> {
        let name = self.text(value)?;
        let mut chars = name.chars();
        let starts = chars
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !starts || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            // What stands here may be the secret itself, so it is not repeated.
            self.problem(
                value.span(),
                "Write the name of an environment variable (letters, digits and _), not its content.",
            );
            return None;
        }
        Some(name)
    }
}
