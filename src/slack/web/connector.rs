//! The HTTPS connector under the Web API client.

use std::io;
use std::time::Duration;

use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::{ClientConfig, RootCertStore};

use super::ApiUrl;

pub(super) type Connector = HttpsConnector<HttpConnector>;

/// Time given to a TCP connection. A call that dies here was never sent, so it is better noticed here than by the call's own time-out.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);

/// Chooses the cryptography for every TLS connection of the process, the socket's too. Called once at start; calling it again changes nothing.
pub fn install_crypto_provider() {
    // An error says that a provider is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A connector that trusts the machine's root certificates. Only a plain `http://` API does without them.
pub(super) fn connector(api_url: &ApiUrl) -> io::Result<Connector> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_WITHIN));

    let builder = HttpsConnectorBuilder::new();
    let builder = match builder.with_native_roots() {
        Ok(builder) => builder,
        Err(_) if api_url.is_plain() => HttpsConnectorBuilder::new().with_tls_config(
            ClientConfig::builder()
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth(),
        ),
        Err(error) => return Err(error),
    };
    Ok(builder.https_or_http().enable_http1().wrap_connector(tcp))
}
