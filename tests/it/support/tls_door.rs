//! TLS before the simulator, with a certificate of an authority that the machine does not know.

use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::certified::Certified;

/// It ends when this is dropped.
pub(crate) struct TlsDoor {
    pub(crate) port: u16,
    /// The authority's certificate, in PEM.
    pub(crate) ca: String,
    task: JoinHandle<()>,
}

impl TlsDoor {
    /// Stands before a port of this machine, as the server `name`.
    pub(crate) async fn before(leads_to: u16, name: &str) -> Self {
        let certified = Certified::named(name);
        let private = PrivateKeyDer::try_from(certified.key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certified.certificate.der().clone()], private)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass_on(acceptor.clone(), client, leads_to));
            }
        });
        Self {
            port,
            ca: certified.ca,
            task,
        }
    }
}

impl Drop for TlsDoor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pass_on(acceptor: TlsAcceptor, client: TcpStream, to: u16) {
    // A client that does not trust the certificate hangs up.
    if let Ok(mut client) = acceptor.accept(client).await {
        let mut server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}
