//! The made-up kind: a grant is one file in a folder. It shows what a kind has to write, and that callers know of none.

mod attacks;
mod conforms;
mod settings;

use std::fs;
use std::path::PathBuf;

use apono::access::ids::{InstallId, RequestNumber};
use apono::integrations::files::{Files, FilesSettings};
use apono::integrations::{AccessDetails, GrantOrder, OrderUnit};
use secrecy::ExposeSecret;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::files_door::Key;

/// A folder of the test's own.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn files(&self) -> Files {
        Files::new(FilesSettings {
            name: "orders-files".to_owned(),
            folder: self.0.path().to_owned(),
            resources: vec!["orders".to_owned()],
            permissions: vec![("read".to_owned(), "r".to_owned())],
        })
    }

    fn file(&self, principal: &str) -> PathBuf {
        self.0.path().join(format!("{principal}.json"))
    }

    /// What anybody can do who can write there.
    fn change(&self, principal: &str, change: impl FnOnce(&mut Value)) {
        let file = self.file(principal);
        let mut said = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        change(&mut said);
        fs::write(&file, said.to_string()).unwrap();
    }

    fn key(&self, details: &AccessDetails) -> Key {
        let field = |label: &str| {
            let (_, value) = details.fields.iter().find(|(name, _)| *name == label).unwrap();
            value.expose_secret()
        };
        Key::new(self.0.path(), field("User"), field("Password"))
    }
}

fn order(number: i64) -> GrantOrder {
    GrantOrder {
        install: InstallId::new("k3v7q2xa"),
        request: RequestNumber(number),
        grantee_name: "Dana Ito".to_owned(),
        account: None,
        units: vec![OrderUnit {
            resource_id: "orders".to_owned(),
            resource_name: "orders".to_owned(),
            permission: "read".to_owned(),
        }],
    }
}
