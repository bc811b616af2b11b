//! What is between this machine and the servers that it calls, Slack among them: a proxy, and a private certificate authority.
//!
//! Invariant: the proxy's user and password are in no `Debug`, no error and no log.

mod bounded;
mod connector;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use url::{Host, Url};

pub use bounded::Bounded;
pub use connector::{Connector, Stream, connector, install_crypto_provider};

/// Whether a URL leads to this machine, where nobody else listens in.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Why nothing can be reached from here, whatever the server; shown to the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// How to reach servers from here. The default: directly, trusting what the machine trusts.
#[derive(Clone, Debug, Default)]
pub struct Network {
    pub proxy: Option<Arc<Proxy>>,
    /// PEM file of root certificates that are trusted in addition to the machine's own.
    pub ca_file: Option<PathBuf>,
}

impl Network {
    /// What is trusted: the machine's root certificates and those of `ca_file`.
    pub(crate) fn roots(&self) -> Result<RootCertStore, Unusable> {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(self.certificates()?);
        Ok(roots)
    }

    /// The same one by one, for a library that makes its own list. Those of the machine may hold some that nobody can read.
    pub(crate) fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, Unusable> {
        let own = self.own_roots()?;
        let mut probe = RootCertStore::empty();
        for certificate in &own {
            probe
                .add(certificate.clone())
                .map_err(|_| Unusable("ca_file holds a certificate that cannot be a root".to_owned()))?;
        }
        let mut certificates = rustls_native_certs::load_native_certs().certs;
        certificates.extend(own);
        Ok(certificates)
    }

    fn own_roots(&self) -> Result<Vec<CertificateDer<'static>>, Unusable> {
        let Some(path) = &self.ca_file else {
            return Ok(Vec::new());
        };
        let refused = |why: &str| Unusable(format!("ca_file {} {why}", path.display()));
        let roots: Vec<_> = CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect)
            .map_err(|_| refused("cannot be read as PEM certificates"))?;
        if roots.is_empty() {
            return Err(refused("holds no certificate"));
        }
        Ok(roots)
    }
}

/// An HTTP proxy for all encrypted traffic, and the servers that are reached without it. Unencrypted traffic goes directly:
/// it only ever goes to this machine, or where the operator wants it.
pub struct Proxy(Matcher);

impl Proxy {
    /// The proxy from the environment: `HTTPS_PROXY` or else `ALL_PROXY`, and `NO_PROXY`, in upper or lower case, as curl reads
    /// them. An error if the proxy cannot be used: it is never bypassed silently.
    pub fn from_env() -> Result<Option<Arc<Self>>, Unusable> {
        let first = |names: [&str; 2]| {
            names
                .into_iter()
                .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        };
        let named = first(["HTTPS_PROXY", "https_proxy"]).or_else(|| first(["ALL_PROXY", "all_proxy"]));
        let Some(address) = named else { return Ok(None) };
        let except = first(["NO_PROXY", "no_proxy"]).unwrap_or_default();
        Self::new(&address, &except).map(|proxy| Some(Arc::new(proxy)))
    }

    /// A proxy by its address, `http://user:password@host:port`, and the hosts, domains and networks in `except`,
    /// separated by commas, that are reached without it.
    pub fn new(address: &str, except: &str) -> Result<Self, Unusable> {
        let matcher = Matcher::builder().https(address).build();
        let anywhere = Uri::from_static("https://slack.com");
        let is_usable = matcher
            .intercept(&anywhere)
            .is_some_and(|way| matches!(way.uri().scheme_str(), Some("http" | "https")));
        if !is_usable {
            // The address may contain a password, so it is not repeated.
            return Err(Unusable(
                "the proxy (HTTPS_PROXY or ALL_PROXY) is not an http:// or https:// address".to_owned(),
            ));
        }
        Ok(Self(Matcher::builder().https(address).no(except).build()))
    }

    /// Host and port of the proxy for `server`, without user and password; `None` if it is reached directly.
    pub fn before(&self, server: &str) -> Option<String> {
        let way = self.for_server(&server.parse().ok()?)?;
        let port = way.uri().port().map(|port| format!(":{port}"));
        Some(format!("{}{}", way.uri().host()?, port.unwrap_or_default()))
    }

    fn for_server(&self, server: &Uri) -> Option<Intercept> {
        self.0.intercept(server)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encrypted_goes_through_the_proxy_unless_it_is_excepted() {
        let proxy = Proxy::new("http://me:hunter2@proxy.test:3128", "internal.test,10.0.0.0/8").unwrap();
        let goes_through = |server: &'static str| proxy.for_server(&Uri::from_static(server)).is_some();
        assert!(goes_through("https://slack.com/api"));
        assert!(!goes_through("https://slack.internal.test/api"));
        assert!(!goes_through("https://10.1.2.3/api"));
        assert!(!goes_through("http://127.0.0.1:9000/api"));
        assert!(!format!("{proxy:?}").contains("hunter2"));
        let before = proxy.before("https://slack.com/api");
        assert_eq!(before.as_deref(), Some("proxy.test:3128"));
        assert_eq!(proxy.before("https://slack.internal.test/api"), None);
    }

    #[test]
    fn a_proxy_that_cannot_be_used_is_refused_without_its_password() {
        for bad in ["socks5://me:hunter2@proxy.test:1080", "http://me:hunter2@", "::"] {
            let refusal = Proxy::new(bad, "").unwrap_err().to_string();
            assert!(!refusal.contains("hunter2"), "{refusal}");
        }
        assert!(Proxy::new("proxy.test:3128", "").is_ok());
    }
}
