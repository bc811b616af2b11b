//! The server that takes letters, over SMTP.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use tokio::time::timeout;
use url::Url;

use super::{Letter, LetterError};
use crate::access::time::Timestamp;
use crate::network::Network;
use crate::secrets::{SecretError, SecretRef};

/// When the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// From its first byte: `smtps://`.
    Tls,
    /// By STARTTLS, without which nothing is sent: `smtp://`.
    StartTls,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub host: String,
    pub port: u16,
    pub over: Over,
}

impl Address {
    /// Reads `smtps://HOST` or `smtp://HOST`, perhaps with a port. The sentence repeats no part of it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let wrong = "Write smtps://HOST, or smtp://HOST for a server with STARTTLS.";
        let url = Url::parse(text).map_err(|_| wrong)?;
        let (over, port) = match url.scheme() {
            "smtps" => (Over::Tls, 465),
            "smtp" => (Over::StartTls, 587),
            _ => return Err(wrong),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("User and password do not belong in this address; they have lines of their own.");
        }
        let is_more = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        let host = url.host_str().filter(|host| !host.is_empty() && !is_more);
        Ok(Self {
            host: host.ok_or(wrong)?.to_owned(),
            port: url.port().unwrap_or(port),
            over,
        })
    }
}

/// Who sends there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    pub user: String,
    /// Read for each letter, so a new one is used at once.
    pub password: SecretRef,
}

/// A server, and how letters are sent there.
#[derive(Clone, Debug)]
pub struct Server {
    pub address: Address,
    pub login: Option<Login>,
    /// The sender's address, without a name: `apono@example.com`.
    pub from: String,
    /// The time that one letter may take.
    pub within: Duration,
    /// What is trusted. Proxies are for HTTP and are not used.
    pub network: Network,
}

/// Why a letter was not taken, by what is to be done about it.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It may work the next time. The server may have taken the letter all the same if it was silent.
    #[error("{0}")]
    Later(String),
    /// This letter is never taken.
    #[error("{0}")]
    Refused(String),
    /// No letter is taken until somebody changes something here or there.
    #[error("{0}")]
    Held(String),
}

impl From<LetterError> for MailError {
    fn from(error: LetterError) -> Self {
        Self::Refused(error.to_string())
    }
}

/// A secret that cannot be read is fixed by an operator.
impl From<SecretError> for MailError {
    fn from(error: SecretError) -> Self {
        Self::Held(error.to_string())
    }
}

impl Server {
    /// Sends one letter. `Ok` once the server has said that it is responsible for it.
    pub async fn send(&self, letter: Letter, now: Timestamp) -> Result<(), MailError> {
        let letter = letter.written(&self.from, now)?;
        let sending = async {
            let sent = self.transport()?.send_raw(&letter.envelope, &letter.bytes).await;
            sent.map_err(|error| told(&error))
        };
        match timeout(self.within, sending).await {
            Ok(sent) => sent.map(|_| ()),
            Err(_) => Err(MailError::Later("the server did not answer in time".to_owned())),
        }
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
        let Address { host, port, over } = &self.address;
        let tls = self.tls()?;
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.as_str())
            .port(*port)
            .timeout(Some(self.within))
            .tls(match over {
                Over::Tls => Tls::Wrapper(tls),
                Over::StartTls => Tls::Required(tls),
            });
        let Some(Login { user, password }) = &self.login else {
            return Ok(transport.build());
        };
        let password = password.read()?.expose_secret().to_owned();
        Ok(transport
            .credentials(Credentials::new(user.clone(), password))
            .build())
    }

    /// Roots are read each time, so new ones count at once.
    fn tls(&self) -> Result<TlsParameters, MailError> {
        let roots = self.network.certificates();
        let roots = roots.map_err(|error| MailError::Held(error.to_string()))?;
        let mut tls =
            TlsParameters::builder(self.address.host.clone()).certificate_store(CertificateStore::None);
        for root in roots {
            // The platform's list may hold some that rustls cannot read.
            if let Ok(root) = Certificate::from_der(root.to_vec()) {
                tls = tls.add_root_certificate(root);
            }
        }
        let tls = tls.build_rustls();
        tls.map_err(|_| MailError::Held("its host is no name that a certificate can have".to_owned()))
    }
}

/// Whether rustls ended the connection, as it does about a certificate: the library calls that a failure to connect.
fn is_of_tls(error: &Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let io = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if io
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
            .is_some()
        {
            return true;
        }
        next = cause.source();
    }
    false
}

/// What a failure means. The server's own words are left out: they may hold anything.
fn told(error: &Error) -> MailError {
    let Some(status) = error.status() else {
        return if error.is_tls() || is_of_tls(error) {
            MailError::Held("its certificate is not trusted, or it speaks no TLS".to_owned())
        } else if error.is_client() {
            MailError::Held("it offers neither the encryption nor the login that are needed".to_owned())
        } else if error.is_timeout() {
            MailError::Later("the server did not answer in time".to_owned())
        } else {
            MailError::Later("the server cannot be reached, or it ended the connection".to_owned())
        };
    };
    let code = u16::from(status);
    match code {
        // The login, in RFC 4954.
        530 | 534 | 535 | 538 => MailError::Held(format!("the server refused the login (SMTP code {code})")),
        500.. => MailError::Refused(format!("the server refused the letter (SMTP code {code})")),
        _ => MailError::Later(format!("the server does not take it now (SMTP code {code})")),
    }
}
