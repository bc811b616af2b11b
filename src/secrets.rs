//! Where secrets are read from. Config, database and stored grants hold only references.
//!
//! Invariant: the secret itself appears in no `Debug`, no `Display` and no error of this module.

use std::fmt;
use std::io;
use std::path::PathBuf;

use secrecy::{SecretString, zeroize::Zeroizing};
use serde::{Deserialize, Serialize};

/// Where a secret is: `{"env": "NAME"}` or `{"file": "/absolute/path"}`. It is read again at each use.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretRef {
    /// An environment variable of the bot's process, by name.
    Env(String),
    /// A file; newlines at its end are not part of the secret.
    File(PathBuf),
}

impl SecretRef {
    /// The current value; never empty.
    pub fn read(&self) -> Result<SecretString, SecretError> {
        let text =
            match self {
                Self::Env(name) => std::env::var(name).map(Zeroizing::new).map_err(|e| match e {
                    std::env::VarError::NotPresent => SecretError::NotSet(self.clone()),
                    std::env::VarError::NotUnicode(_) => SecretError::NotText(self.clone()),
                })?,
                Self::File(path) => std::fs::read_to_string(path)
                    .map(Zeroizing::new)
                    .map_err(|e| match e.kind() {
                        io::ErrorKind::InvalidData => SecretError::NotText(self.clone()),
                        _ => SecretError::Unreadable(self.clone(), e),
                    })?,
            };
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(SecretError::Empty(self.clone())),
            secret => Ok(SecretString::from(secret)),
        }
    }
}

/// Shows only the reference.
impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

/// Why a secret could not be read; holds the reference and no part of the content.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("{0} is not set")]
    NotSet(SecretRef),
    #[error("{0} cannot be read: {1}")]
    Unreadable(SecretRef, #[source] io::Error),
    #[error("{0} holds bytes that are not UTF-8 text")]
    NotText(SecretRef),
    #[error("{0} is empty")]
    Empty(SecretRef),
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn file_with(content: &[u8]) -> (tempfile::TempDir, SecretRef) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, content).unwrap();
        (folder, SecretRef::File(path))
    }

    #[test]
    fn newlines_at_the_end_of_a_file_are_no_part_of_the_secret() {
        let (_folder, reference) = file_with(b" hunter2 \r\n\n");
        assert_eq!(reference.read().unwrap().expose_secret(), " hunter2 ");
    }

    #[test]
    fn an_empty_secret_is_an_error() {
        let (_folder, reference) = file_with(b"\n");
        assert!(matches!(reference.read(), Err(SecretError::Empty(_))));
    }

    #[test]
    fn bytes_that_are_no_text_are_an_error_that_does_not_show_them() {
        let (_folder, reference) = file_with(b"hunter2\xff");
        let error = reference.read().unwrap_err();
        assert!(matches!(error, SecretError::NotText(_)));
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn a_variable_is_read_by_name_and_a_missing_one_is_named() {
        assert!(SecretRef::Env("CARGO_MANIFEST_DIR".into()).read().is_ok());
        let missing = SecretRef::Env("APONO_NO_SUCH_VARIABLE".into());
        insta::assert_snapshot!(missing.read().unwrap_err(), @"environment variable APONO_NO_SUCH_VARIABLE is not set");
    }

    #[test]
    fn a_reference_is_stored_as_a_small_table() {
        let json = serde_json::to_string(&[
            SecretRef::Env("X".into()),
            SecretRef::File("/run/secrets/x".into()),
        ])
        .unwrap();
        insta::assert_snapshot!(json, @r#"[{"env":"X"},{"file":"/run/secrets/x"}]"#);
        let back: Vec<SecretRef> = serde_json::from_str(&json).unwrap();
        assert_eq!(back[0], SecretRef::Env("X".into()));
    }
}
