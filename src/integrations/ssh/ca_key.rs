//! `ca_key`: where the authority's private key is, according to the config.

use std::path::PathBuf;

use super::authority::{AgentSocket, AuthorityKey};
use super::making::KeyType;
use crate::document::{Document, Section, Value, suggestion};
use crate::secrets::SecretRef;

/// The keys of a `ca_key` table.
const CA_KEY: &[&str] = &["made", "type", "agent", "fingerprint"];

const KEY_TYPES: [(&str, KeyType); 2] = [("ed25519", KeyType::Ed25519), ("ecdsa-p256", KeyType::EcdsaP256)];

impl AuthorityKey {
    /// Whether both name the same key, as far as their locations tell.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        match (self.fingerprint(), other.fingerprint()) {
            (Some(one), Some(other)) => one == other,
            (None, None) => self
                .file()
                .map_or(self == other, |file| Some(file) == other.file()),
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    fn fingerprint(&self) -> Option<&str> {
        match self {
            Self::Agent { fingerprint, .. } => Some(fingerprint),
            Self::Secret(_) | Self::Made { .. } => None,
        }
    }

    fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Made { path, .. } | Self::Secret(SecretRef::File(path)) => Some(path),
            Self::Secret(SecretRef::Env(_)) | Self::Agent { .. } => None,
        }
    }
}

/// A sentence if the text is not a private key; it repeats no part of it.
fn judge_private_key(text: &str) -> Option<&'static str> {
    (!text.contains("-----BEGIN OPENSSH PRIVATE KEY-----"))
        .then_some("This is not a private key in OpenSSH's format; create one with ssh-keygen -t ed25519.")
}

impl<'a> Document<'a> {
    pub(super) fn ca_key(&self, value: &'a Value<'a>) -> Option<AuthorityKey> {
        let instead = r#"Write { made = "FILE" }, { file = "FILE" } or { agent = "SOCKET", fingerprint = "SHA256:..." }."#;
        let Some(table) = value.get_ref().as_table() else {
            self.problem(value.span(), instead);
            return None;
        };
        let kinds = ["made", "agent", "file", "env"];
        let [Some(kind)] = kinds
            .into_iter()
            .filter(|kind| table.contains_key(*kind))
            .map(Some)
            .collect::<Vec<_>>()[..]
        else {
            self.problem(value.span(), instead);
            return None;
        };
        if kind == "file" || kind == "env" {
            return self.secret(value, judge_private_key).map(AuthorityKey::Secret);
        }
        let section = Section::open(self, table, value.span(), "This CA key", CA_KEY);
        if kind == "made" {
            if let Some(fingerprint) = section.get("fingerprint") {
                self.problem(
                    fingerprint.span(),
                    "A key that apono creates has no fingerprint yet; leave it out.",
                );
            }
            let path = section.may("made", |v| Some(self.folder.join(self.text(v)?)));
            let key_type = section.or("type", KeyType::Ed25519, |v| self.made_key(v));
            return path.map(|path| AuthorityKey::Made { path, key_type });
        }
        if let Some(key_type) = section.get("type") {
            self.problem(
                key_type.span(),
                "The type is only for a key that apono creates; leave it out here.",
            );
        }
        let socket = section.may("agent", |v| self.text(v));
        let fingerprint = section.must("fingerprint", r#""SHA256:...""#, |v| self.fingerprint(v));
        let (socket, fingerprint) = (socket?, fingerprint?);
        let socket = match socket.strip_prefix('$') {
            Some(variable) => AgentSocket::Env(variable.to_owned()),
            None => AgentSocket::Path(self.folder.join(socket)),
        };
        Some(AuthorityKey::Agent { socket, fingerprint })
    }

    fn fingerprint(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
        let sound = text
            .strip_prefix("SHA256:")
            .is_some_and(|hash| hash.len() == 43 && hash.chars().all(base64));
        if !sound {
            self.problem(
                value.span(),
                "Write the fingerprint as ssh-keygen -l prints it: SHA256: followed by 43 characters.",
            );
            return None;
        }
        Some(text.to_owned())
    }

    fn made_key(&self, value: &'a Value<'a>) -> Option<KeyType> {
        let name = self.text(value)?;
        let found = KEY_TYPES.iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let known = KEY_TYPES.iter().map(|(known, _)| *known);
            let suggestion = suggestion(name, known);
            self.problem(value.span(), format!("Unknown key type {name:?}{suggestion}"));
        }
        found.map(|(_, key_type)| *key_type)
    }
}
