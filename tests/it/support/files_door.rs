//! The door that the files of the made-up kind are for: it reads them on its own, and knows nothing about who wrote them.

use std::fs;
use std::path::{Path, PathBuf};

#[cfg(feature = "failpoints")]
use apono::access::ids::InstallId;
use apono::access::time::Timestamp;
use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What somebody was shown, and where it is tried.
pub(crate) struct Key {
    file: PathBuf,
    password: String,
}

impl Key {
    pub(crate) fn new(folder: &Path, user: &str, password: &str) -> Self {
        Self {
            file: folder.join(format!("{user}.json")),
            password: password.to_owned(),
        }
    }

    /// By what a window of Slack shows.
    #[cfg(feature = "failpoints")]
    pub(crate) fn read(folder: &Path, window: &str) -> Self {
        let field = |label: &str| window.lines().find_map(|line| line.strip_prefix(label)).unwrap();
        Self::new(folder, field("User: "), field("Password: "))
    }

    pub(crate) fn opens(&self, now: Timestamp) -> bool {
        let Ok(text) = fs::read_to_string(&self.file) else {
            return false;
        };
        let said: Value = serde_json::from_str(&text).unwrap();
        let digest = HEXLOWER.encode(&Sha256::digest(&self.password));
        said["locked"] == false
            && said["password"] == digest.as_str()
            && said["until"].as_i64().unwrap() > now.micros()
    }
}

/// The names of this install's files that are not locked.
#[cfg(feature = "failpoints")]
pub(crate) fn unlocked(folder: &Path, install: &InstallId) -> Vec<String> {
    let mut unlocked = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let Some(principal) = name.strip_suffix(".json") else {
            continue;
        };
        // It may be gone by now.
        let text = fs::read_to_string(folder.join(&name)).unwrap_or_default();
        let said: Value = serde_json::from_str(&text).unwrap_or_default();
        if principal.starts_with(&format!("apono_{install}_ar")) && said["locked"] == false {
            unlocked.push(principal.to_owned());
        }
    }
    unlocked
}
