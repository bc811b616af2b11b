//! The certificate authority's private key: where it is, how it is created, and what it signs.
//!
//! Invariant: it signs only with the key whose fingerprint this installation has on record. Every use reads the key again, so
//! a replaced or lost key is noticed at the next certificate, not at the next start. Calls block.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use signature::Signer;
use ssh_key::certificate::Builder;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, Certificate, EcdsaCurve, HashAlg, PrivateKey, PublicKey, Signature};

use super::agent::Agent;
use super::making::{self, KeyType};
use crate::access::target::Trouble;
use crate::integrations::IntegrationError;
use crate::secrets::SecretRef;

/// Where the authority's key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorityKey {
    /// An unencrypted private key in OpenSSH's format.
    Secret(SecretRef),
    /// In an ssh-agent, by its fingerprint.
    Agent {
        socket: AgentSocket,
        fingerprint: String,
    },
    /// A file that apono creates at the first start.
    Made { path: PathBuf, key_type: KeyType },
}

/// Where an ssh-agent listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSocket {
    Path(PathBuf),
    /// A variable that holds the path, such as `SSH_AUTH_SOCK`.
    Env(String),
}

/// The key, ready to use.
enum Ready {
    Private(Box<PrivateKey>),
    Agent { socket: PathBuf, key: KeyData },
}

impl AuthorityKey {
    /// A file that apono creates, with a key of the usual type.
    pub fn made(path: PathBuf) -> Self {
        Self::Made {
            path,
            key_type: KeyType::Ed25519,
        }
    }

    /// The public half of the present key.
    pub fn public_key(&self) -> Result<PublicKey, IntegrationError> {
        Ok(PublicKey::from(self.ready()?.key_data()))
    }

    /// Whether there is no key yet and apono is to create one here.
    pub fn can_be_made(&self) -> bool {
        match self {
            Self::Made { path, .. } => !path.exists(),
            Self::Secret(_) | Self::Agent { .. } => false,
        }
    }

    /// Creates a key if there is none, readable only by its owner (mode 0600).
    pub fn make(&self) -> Result<(), IntegrationError> {
        let Self::Made { path, key_type } = self else {
            return Ok(());
        };
        making::write_new(path, *key_type).map_err(|error| {
            IntegrationError::refuse(
                Trouble::Setup,
                format!("the CA key {} could not be created: {error}", path.display()),
            )
        })
    }

    /// Signs, if the present key has this fingerprint.
    pub(crate) fn sign(&self, on_record: &str, draft: Builder) -> Result<Certificate, IntegrationError> {
        let ready = self.on_record(on_record)?;
        let made = match &ready {
            Ready::Private(key) => draft.sign(key.as_ref()),
            Ready::Agent { socket, key } => draft.sign(&AgentSigner { socket, key }),
        };
        let certificate =
            made.map_err(|_| IntegrationError::retry(Trouble::Secret, "signing with the CA key failed"))?;
        // A signature from an agent is checked before it is used.
        let expected = ready.key_data().fingerprint(HashAlg::Sha256);
        certificate
            .validate_at(certificate.valid_after(), [&expected])
            .map_err(|_| {
                IntegrationError::retry(Trouble::Odd, "the CA's signature does not match its key")
            })?;
        Ok(certificate)
    }

    /// Fails unless the present key has this fingerprint.
    pub(crate) fn verify(&self, on_record: &str) -> Result<(), IntegrationError> {
        self.on_record(on_record).map(|_| ())
    }

    fn on_record(&self, on_record: &str) -> Result<Ready, IntegrationError> {
        let ready = self.ready()?;
        let found = fingerprint(&ready.key_data());
        if found == on_record {
            return Ok(ready);
        }
        Err(IntegrationError::refuse(
            Trouble::Setup,
            format!("the CA key ({found}) is not the one on record ({on_record})"),
        ))
    }

    fn ready(&self) -> Result<Ready, IntegrationError> {
        match self {
            Self::Secret(reference) => {
                let secret = reference.read().map_err(|error| {
                    IntegrationError::refuse(Trouble::Secret, format!("the CA key: {error}"))
                })?;
                private(secret.expose_secret(), &reference.to_string())
            }
            Self::Made { path, .. } => {
                let text = fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
                    IntegrationError::refuse(
                        Trouble::Secret,
                        format!("the CA key {} cannot be read: {error}", path.display()),
                    )
                })?;
                private(&text, &format!("file {}", path.display()))
            }
            Self::Agent { socket, fingerprint } => in_agent(&socket.path()?, fingerprint),
        }
    }
}

impl AgentSocket {
    fn path(&self) -> Result<PathBuf, IntegrationError> {
        match self {
            Self::Path(path) => Ok(path.clone()),
            Self::Env(name) => std::env::var_os(name).map(PathBuf::from).ok_or_else(|| {
                IntegrationError::refuse(
                    Trouble::Setup,
                    format!(
                        "the environment variable {name} does not contain the path of the ssh-agent's socket"
                    ),
                )
            }),
        }
    }
}

impl Ready {
    fn key_data(&self) -> KeyData {
        match self {
            Self::Private(key) => key.public_key().key_data().clone(),
            Self::Agent { key, .. } => key.clone(),
        }
    }
}

/// Signs through the agent; the builder needs only one signature.
struct AgentSigner<'a> {
    socket: &'a Path,
    key: &'a KeyData,
}

impl Signer<Signature> for AgentSigner<'_> {
    fn try_sign(&self, message: &[u8]) -> Result<Signature, signature::Error> {
        Agent::connect(self.socket)
            .and_then(|mut agent| agent.sign(self.key, message))
            .map_err(signature::Error::from_source)
    }
}

impl From<&AgentSigner<'_>> for KeyData {
    fn from(signer: &AgentSigner<'_>) -> Self {
        signer.key.clone()
    }
}

/// `SHA256:...`, as `ssh-keygen -l` prints it.
pub fn fingerprint(key: &KeyData) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

fn private(text: &str, place: &str) -> Result<Ready, IntegrationError> {
    let refuse = |why: &str| IntegrationError::refuse(Trouble::Setup, format!("the CA key ({place}) {why}"));
    let key = PrivateKey::from_openssh(text).map_err(|_| {
        refuse("is not a private key in OpenSSH's format; create one with ssh-keygen -t ed25519")
    })?;
    if key.is_encrypted() {
        return Err(refuse(
            "is encrypted, and the bot cannot enter a passphrase; keep it in an ssh-agent instead",
        ));
    }
    usable(&key.algorithm()).map_err(refuse)?;
    Ok(Ready::Private(Box::new(key)))
}

fn in_agent(socket: &Path, wanted: &str) -> Result<Ready, IntegrationError> {
    let away = |error: io::Error| {
        IntegrationError::retry(
            Trouble::Unreachable,
            format!("the ssh-agent at {} did not answer: {error}", socket.display()),
        )
    };
    let keys = Agent::connect(socket).map_err(away)?.keys().map_err(away)?;
    let held = keys.into_iter().find(|key| fingerprint(key.key_data()) == wanted);
    let key = held.ok_or_else(|| {
        IntegrationError::refuse(
            Trouble::Secret,
            format!(
                "the ssh-agent at {} does not have the key {wanted}",
                socket.display()
            ),
        )
    })?;
    usable(&key.algorithm()).map_err(|why| {
        IntegrationError::refuse(
            Trouble::Setup,
            format!("the CA key {wanted} in the ssh-agent {why}"),
        )
    })?;
    Ok(Ready::Agent {
        socket: socket.to_owned(),
        key: key.key_data().clone(),
    })
}

/// The key types whose signatures can be checked here.
fn usable(algorithm: &Algorithm) -> Result<(), &'static str> {
    match algorithm {
        Algorithm::Ed25519
        | Algorithm::Ecdsa {
            curve: EcdsaCurve::NistP256 | EcdsaCurve::NistP384,
        } => Ok(()),
        // The enum is from another crate and may grow.
        _ => Err("has an unsupported type; use an Ed25519 key (or ECDSA P-256 or P-384)"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/ca");
        let place = AuthorityKey::made(path.clone());
        assert!(place.can_be_made());
        place.make().unwrap();
        assert!(!place.can_be_made());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let first = place.public_key().unwrap();
        assert!(place.make().is_err(), "an existing key is not replaced");
        assert_eq!(place.public_key().unwrap(), first);
        let left: Vec<_> = fs::read_dir(path.parent().unwrap()).unwrap().collect();
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn what_is_no_usable_key_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca");
        for text in ["hunter2", "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n"] {
            fs::write(&path, text).unwrap();
            let error = AuthorityKey::Secret(SecretRef::File(path.clone()))
                .public_key()
                .unwrap_err();
            assert!(matches!(error, IntegrationError::Refuse { .. }));
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn another_key_than_the_one_on_record_signs_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let place = AuthorityKey::made(folder.path().join("ca"));
        place.make().unwrap();
        let own = fingerprint(place.public_key().unwrap().key_data());
        place.verify(&own).unwrap();
        let error = place.verify("SHA256:another").unwrap_err();
        assert!(error.to_string().contains("is not the one on record"), "{error}");
    }
}
