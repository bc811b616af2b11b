//! How servers are reached: TCP, possibly through a proxy, with TLS on top. Everything that speaks HTTP uses the same route.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::{Network, Proxy, Unusable};

/// Speaks TLS over what [`Dial`] connects for `https://`, and nothing on top for `http://`.
pub type Connector = HttpsConnector<Dial>;

/// The resulting stream.
pub type Stream = MaybeHttpsStream<Hop>;

/// The connection to the server, or to the proxy: some proxies want their own TLS.
type Hop = MaybeHttpsStream<TokioIo<TcpStream>>;

/// Time given to a TCP connection. A call that dies here was never sent, so it is better noticed here than by the call's own
/// timeout.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Chooses the cryptography for every TLS connection of the process. Called once at start; calling it again changes nothing.
pub fn install_crypto_provider() {
    // An error means that a provider is already installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A connector that trusts the machine's root certificates and those of `ca_file`. Only what calls nothing but `http://`
/// (`is_plain`) does without any.
pub fn connector(network: &Network, is_plain: bool) -> Result<Connector, Unusable> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_WITHIN));

    let roots = network.roots()?;
    if roots.is_empty() && !is_plain {
        return Err(Unusable(
            "there are no root certificates on this machine".to_owned(),
        ));
    }
    let tls = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let dial = Dial {
        to_proxy: HttpsConnector::from((tcp.clone(), tls.clone())),
        tcp,
        proxy: network.proxy.clone(),
    };
    Ok(HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(dial))
}

/// Connects to a server: directly, or through the proxy's `CONNECT`.
#[derive(Clone)]
pub struct Dial {
    tcp: HttpConnector,
    to_proxy: HttpsConnector<HttpConnector>,
    proxy: Option<Arc<Proxy>>,
}

impl Service<Uri> for Dial {
    type Response = Hop;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Hop, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let Some(way) = self.proxy.as_ref().and_then(|proxy| proxy.for_server(&server)) else {
            let connecting = self.tcp.call(server);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(way.uri().clone(), self.to_proxy.clone());
        if let Some(credentials) = way.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(server);
        Box::pin(async move { Ok(connecting.await?) })
    }
}
