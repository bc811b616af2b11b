//! A connection to a server for syslog, with TLS or without.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{CertificateError, ClientConfig};
use secrecy::ExposeSecret;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{Over, To};
use crate::network::Network;
use crate::secrets::SecretRef;
use crate::sinks::Fault;
use crate::sinks::http::innermost;

/// For a connection, and for what is written at a time.
const WITHIN: Duration = Duration::from_secs(10);

/// A machine that acknowledges no packet for so long is gone. Otherwise that takes a quarter of an hour.
const GONE_AFTER: Duration = Duration::from_secs(30);

/// When a server that wants another certificate than ours says so. In TLS 1.3 it says nothing if it likes ours.
const SAYS_SO_WITHIN: Duration = Duration::from_millis(500);

/// What we show to servers that want a certificate of us.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) cert: PathBuf,
    pub(super) key: SecretRef,
}

/// How a connection is made.
pub(super) struct Connecting {
    pub(super) to: To,
    pub(super) client: Option<Client>,
    pub(super) network: Network,
}

/// What bytes go over.
trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<W: AsyncRead + AsyncWrite + Send + Unpin> Wire for W {}

/// One that stands.
pub(super) struct Connection(Box<dyn Wire>);

impl Connecting {
    pub(super) async fn connect(&self) -> Result<Connection, Fault> {
        let connecting = timeout(WITHIN, self.wire());
        let wire = connecting
            .await
            .map_err(|_| Fault::later("it did not answer in time"))??;
        Ok(Connection(wire))
    }

    async fn wire(&self) -> Result<Box<dyn Wire>, Fault> {
        let tls = match self.to.over {
            Over::Tls => Some(self.tls()?),
            Over::Tcp | Over::Udp => None,
        };
        let tcp = self.tcp().await?;
        let Some(tls) = tls else {
            return Ok(Box::new(tcp));
        };
        let name = ServerName::try_from(self.to.host.clone())
            .map_err(|_| Fault::held("its host is no name that a certificate can have"))?;
        let mut tls = TlsConnector::from(Arc::new(tls))
            .connect(name, tcp)
            .await
            .map_err(|error| refused(&error))?;
        match timeout(SAYS_SO_WITHIN, tls.read_u8()).await {
            Ok(Err(error)) => Err(refused(&error)),
            Ok(Ok(_)) | Err(_) => Ok(Box::new(tls)),
        }
    }

    async fn tcp(&self) -> Result<TcpStream, Fault> {
        let To { host, port, .. } = &self.to;
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        let server: Uri = format!("tcp://{host}:{port}")
            .parse()
            .map_err(|_| Fault::held("its host is no name"))?;
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_keepalive(Some(GONE_AFTER));
        connector.set_tcp_user_timeout(Some(GONE_AFTER));
        let connected = connector.call(server).await;
        let connected = connected.map_err(|error| Fault::later(innermost(&error)))?;
        Ok(connected.into_inner())
    }

    /// Files and roots are read each time, so new ones count at once.
    fn tls(&self) -> Result<ClientConfig, Fault> {
        let roots = self.network.roots();
        let roots = roots.map_err(|error| Fault::held(error.to_string()))?;
        let config = ClientConfig::builder().with_root_certificates(roots);
        let Some(Client { cert, key }) = &self.client else {
            return Ok(config.with_no_client_auth());
        };
        let unreadable = || Fault::held(format!("{} cannot be read as PEM certificates", cert.display()));
        let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
            .and_then(Iterator::collect)
            .map_err(|_| unreadable())?;
        let read = PrivateKeyDer::from_pem_slice(key.read()?.expose_secret().as_bytes());
        let read = read.map_err(|_| Fault::held(format!("{key} holds no private key in PEM")))?;
        config
            .with_client_auth_cert(chain, read)
            .map_err(|_| Fault::held("client_key is not the key of client_cert"))
    }
}

impl Connection {
    /// Whether the other side has not closed it, as far as is known here.
    pub(super) fn stands(&mut self) -> bool {
        let mut unexpected = [0; 1024];
        loop {
            match self.0.read(&mut unexpected).now_or_never() {
                None => return true,
                Some(Ok(0) | Err(_)) => return false,
                // Servers say nothing in this protocol; whatever it is, it is not for us.
                Some(Ok(_)) => {}
            }
        }
    }

    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let writing = async {
            self.0.write_all(bytes).await?;
            self.0.flush().await
        };
        let written = timeout(WITHIN, writing).await;
        let written = written.map_err(|_| Fault::later("it did not read in time"))?;
        written.map_err(|error| refused(&error))?;
        if self.stands() {
            return Ok(());
        }
        Err(Fault::later("it closed the connection"))
    }
}

/// What is wrong with a connection; nothing of what the other side said is repeated.
fn refused(error: &io::Error) -> Fault {
    let cause = error
        .get_ref()
        .and_then(|cause| cause.downcast_ref::<rustls::Error>());
    match cause {
        None => Fault::later(error.to_string()),
        Some(rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        )) => Fault::held("its certificate is for another name than the host in `to`"),
        Some(rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        )) => Fault::held("its certificate has expired by this machine's clock"),
        Some(rustls::Error::InvalidCertificate(_)) => Fault::held(
            "its certificate is not trusted; the root certificate behind it belongs in ca_file, or among those of this machine",
        ),
        Some(rustls::Error::AlertReceived(_)) => Fault::held(
            "it aborted TLS; if it wants a certificate of its clients, check client_cert and client_key",
        ),
        Some(_) => Fault::held("it does not speak TLS as it should"),
    }
}
