//! The portal's own certificate. A renewed one is used without a restart.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;
use crate::secrets::SecretError;

/// How often the files are read again while somebody connects.
const READ_EVERY: Duration = Duration::from_secs(5);

/// Why there is no usable certificate. No part of the key is in it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("{0}")]
    Key(#[from] SecretError),
    #[error("{} holds no certificate (PEM)", .0.display())]
    NoCertificate(PathBuf),
    #[error("tls_key holds no private key (PEM)")]
    NoKey,
    #[error("the certificate and its key cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// The certificate in use, and where it is from.
pub(super) struct Certificate {
    files: TlsFiles,
    current: Mutex<Current>,
}

struct Current {
    config: Arc<ServerConfig>,
    read_at: Instant,
}

impl Certificate {
    pub(super) fn read(files: TlsFiles) -> Result<Self, TlsError> {
        let current = Mutex::new(Current {
            config: read(&files)?,
            read_at: Instant::now(),
        });
        Ok(Self { files, current })
    }

    /// Takes the next connection with the certificate as it is in its files now, or with the last one that could be used.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let mut current = self.current.lock();
        if current.read_at.elapsed() >= READ_EVERY {
            current.read_at = Instant::now();
            match read(&self.files) {
                Ok(config) => current.config = config,
                Err(error) => {
                    tracing::error!(%error, "the portal's certificate could not be read again; it keeps the previous one");
                }
            }
        }
        TlsAcceptor::from(Arc::clone(&current.config))
    }
}

/// The certificates in the file, the portal's own first.
pub(super) fn chain(files: &TlsFiles) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = std::fs::read(&files.cert).map_err(|error| TlsError::Unreadable(files.cert.clone(), error))?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty());
    chain.ok_or_else(|| TlsError::NoCertificate(files.cert.clone()))
}

pub(super) fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let chain = chain(files)?;
    let key = files.key.read()?;
    let key = PrivateKeyDer::from_pem_slice(key.expose_secret().as_bytes()).map_err(|_| TlsError::NoKey)?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
