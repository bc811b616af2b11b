//! References to secrets, `{ env = "NAME" }` or `{ file = "path" }`, and to other files; and how their content is checked once
//! it is read.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::tree::{Document, Section, Value};
use super::{Place, Problem};
use crate::secrets::{SecretError, SecretRef};

/// What a file is to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// The config itself.
    Config,
    Secret,
    /// Something everybody may read, such as root certificates.
    Trust,
}

/// Checks a secret that was read: returns a sentence if it cannot be right for its purpose. The sentence repeats no part of
/// it.
pub(crate) type Judge = fn(&str) -> Option<&'static str>;

/// Something that is read when it is used, not when the config is read: its position in the config and what it is used as.
#[derive(Clone, Debug)]
pub(crate) struct SecretUse {
    holds: Holds,
    place: Place,
    source: Source,
    judge: Judge,
}

#[derive(Clone, Debug)]
enum Source {
    Reference(SecretRef),
    /// It is in the config itself.
    Plain(SecretString),
    /// A file that is no text, and what is wrong with its content.
    Binary(PathBuf, fn(Vec<u8>) -> Option<&'static str>),
}

impl SecretUse {
    /// Tries to read the secret.
    pub(crate) fn check(&self) -> Option<Problem> {
        let text = match &self.source {
            Source::Reference(reference) => self.wrong_with(reference.read())?,
            Source::Plain(text) => self.wrong_with(Ok(text.clone()))?,
            Source::Binary(path, judge) => match std::fs::read(path) {
                Ok(content) => judge(content)?.to_owned(),
                Err(e) => format!("This file cannot be read: {}: {e}.", path.display()),
            },
        };
        let Place { line, column } = self.place;
        Some(Problem { line, column, text })
    }

    fn wrong_with(&self, read: Result<SecretString, SecretError>) -> Option<String> {
        match read {
            Ok(secret) => Some((self.judge)(secret.expose_secret())?.to_owned()),
            Err(e) => {
                let what = match self.holds {
                    Holds::Secret => "secret",
                    Holds::Trust | Holds::Config => "file",
                };
                Some(format!("This {what} cannot be read: {e}."))
            }
        }
    }
}

impl SecretUse {
    /// The file it is in, if it has one of its own.
    pub(crate) fn file(&self) -> Option<(Place, &Path, Holds)> {
        match &self.source {
            Source::Reference(SecretRef::File(path)) | Source::Binary(path, _) => {
                Some((self.place, path, self.holds))
            }
            Source::Reference(SecretRef::Env(_)) | Source::Plain(_) => None,
        }
    }
}

impl<'a> Document<'a> {
    /// A reference to a secret; a relative path is resolved against the config file's folder.
    pub(crate) fn secret(&self, value: &'a Value<'a>, judge: Judge) -> Option<SecretRef> {
        let Some(table) = value.get_ref().as_table() else {
            self.problem(
                value.span(),
                "Secrets do not belong in this file; write { env = \"NAME\" } or { file = \"path\" }.",
            );
            return None;
        };
        let section = Section::open(self, table, value.span(), "A secret", &["env", "file"]);
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
            holds: Holds::Secret,
            place: self.place(value.span()),
            source: Source::Reference(reference.clone()),
            judge,
        });
        Some(reference)
    }

    /// The path of a file that is not secret; a relative path is resolved against the config file's folder.
    pub(crate) fn file(&self, value: &'a Value<'a>, judge: Judge) -> Option<PathBuf> {
        let path = self.folder.join(self.text(value)?);
        self.secrets.borrow_mut().push(SecretUse {
            holds: Holds::Trust,
            place: self.place(value.span()),
            source: Source::Reference(SecretRef::File(path.clone())),
            judge,
        });
        Some(path)
    }

    /// The same of a file that is no text.
    pub(crate) fn binary_file(
        &self,
        value: &'a Value<'a>,
        judge: fn(Vec<u8>) -> Option<&'static str>,
    ) -> Option<PathBuf> {
        let path = self.folder.join(self.text(value)?);
        self.secrets.borrow_mut().push(SecretUse {
            holds: Holds::Trust,
            place: self.place(value.span()),
            source: Source::Binary(path.clone(), judge),
            judge: |_| None,
        });
        Some(path)
    }

    /// Checks a value in the config itself, together with the environment in which it is used.
    pub(crate) fn look_later(&self, value: &'a Value<'a>, text: SecretString, judge: Judge) {
        self.secrets.borrow_mut().push(SecretUse {
            holds: Holds::Secret,
            place: self.place(value.span()),
            source: Source::Plain(text),
            judge,
        });
    }

    fn environment_variable(&self, value: &'a Value<'a>) -> Option<String> {
        let name = self.text(value)?;
        let mut chars = name.chars();
        let starts = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !starts || !chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            // The value here may be the secret itself, so it is not repeated.
            self.problem(
                value.span(),
                "Write the name of an environment variable (letters, digits and _), not its value.",
            );
            return None;
        }
        Some(name.to_owned())
    }

    fn secret_file(&self, value: &'a Value<'a>) -> Option<PathBuf> {
        let path = self.text(value)?;
        // Every message about the file would repeat a token or URL pasted here.
        if path.starts_with("xox") || path.starts_with("xapp-") || path.contains("://") {
            self.problem(value.span(), "Write the path of a file, not its content.");
            return None;
        }
        Some(self.folder.join(path))
    }
}
