//! `[web]`: where the portal listens, and at which address people reach it.
//!
//! Invariant: what leaves this machine is encrypted: off loopback the public address is https, and either the portal or a
//! reverse proxy that is named here serves it.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use url::{Position, Url};

use super::slack::is_loopback;
use super::{OidcConfig, keys, oidc};
use crate::document::{Document, Section, Value};
use crate::secrets::SecretRef;

/// Where the portal is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebConfig {
    /// Port 0, which only loopback may have, takes a free one.
    pub listen: SocketAddr,
    /// The origin that people's browsers use. `None` only on loopback: then it is the address that the portal listens on.
    pub public_url: Option<Url>,
    /// For the portal's own TLS.
    pub tls: Option<TlsFiles>,
    /// Who may say, in `X-Forwarded-For`, which address a request comes from.
    pub trusted_proxies: Vec<IpNet>,
    /// `None`: people sign in by links alone.
    pub oidc: Option<OidcConfig>,
}

impl WebConfig {
    /// The origin that browsers use if the portal listens `here`.
    pub fn origin(&self, here: SocketAddr) -> Url {
        let local =
            || Url::parse(&format!("http://{here}")).expect("an address with a port is a host with a port");
        self.public_url.clone().unwrap_or_else(local)
    }
}

/// A certificate with its key. Both are read again when they change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// PEM, with the intermediate certificates.
    pub cert: PathBuf,
    pub key: SecretRef,
}

/// `None` if the portal is off, or if something is wrong.
pub(super) fn read(root: &Section<'_>) -> Option<WebConfig> {
    let section = root.section("web", "[web]", keys::WEB)?;
    let doc = section.doc;
    let listen = section.may("listen", |v| doc.listen(v));
    let public_url = section.may("public_url", |v| doc.origin(v));
    let cert = section.may("tls_cert", |v| {
        doc.file(v, |text| {
            (!text.contains("-----BEGIN CERTIFICATE-----"))
                .then_some("This file has no certificate in it (PEM, -----BEGIN CERTIFICATE-----).")
        })
    });
    let key = section.may("tls_key", |v| {
        doc.secret(v, |text| {
            (!text.contains("PRIVATE KEY-----")).then_some("This secret is not a private key (PEM).")
        })
    });
    let trusted_proxies = section.or("trusted_proxies", Vec::new(), |v| {
        doc.list(v, |item| doc.network(item))
    });
    let oidc = oidc::read(&section);
    match (section.get("tls_cert"), section.get("tls_key")) {
        (Some(alone), None) => doc.problem(alone.span(), "tls_cert needs tls_key beside it."),
        (None, Some(alone)) => doc.problem(alone.span(), "tls_key needs tls_cert beside it."),
        (Some(_), Some(_)) | (None, None) => {}
    }
    let config = WebConfig {
        listen: listen?,
        public_url,
        tls: cert.zip(key).map(|(cert, key)| TlsFiles { cert, key }),
        trusted_proxies,
        oidc,
    };
    if config.oidc.is_some() && config.public_url.is_none() && config.listen.port() == 0 {
        doc.doubt(
            section.span.clone(),
            "The portal gets another address at each start, so no issuer can know its redirect address: write a port.".to_owned(),
        );
    }
    is_protected(&section, &config).then_some(config)
}

/// Whether what leaves this machine is encrypted; records the problem if not.
fn is_protected(section: &Section<'_>, config: &WebConfig) -> bool {
    let (listen, public_url) = (section.get("listen"), section.get("public_url"));
    let is_local = config.listen.ip().is_loopback();
    let is_https = config
        .public_url
        .as_ref()
        .is_some_and(|url| url.scheme() == "https");
    let serves_https = section.has("tls_cert") || !config.trusted_proxies.is_empty();
    let (place, problem) = match (&config.public_url, public_url) {
        (None, None) if !is_local => (
            listen,
            "Other machines can reach this address, so public_url has to say which https:// address people use.",
        ),
        (None, None) if section.has("tls_cert") => (
            listen,
            "With tls_cert, public_url has to say which https:// address people use.",
        ),
        (Some(_), _) if config.listen.port() == 0 => {
            (listen, "Write a port, so that public_url can lead to it.")
        }
        (Some(_), written) if is_https && !serves_https => (
            written,
            "Nothing serves https:// here: write tls_cert and tls_key, or trusted_proxies if a reverse proxy does.",
        ),
        (Some(url), written) if !(is_https || is_local && is_loopback(url)) => (
            written,
            "Write https://: http:// is only accepted if the portal listens on this machine alone (127.0.0.1).",
        ),
        (Some(_), written) if !is_https && section.has("tls_cert") => {
            (written, "Write https://, because of tls_cert.")
        }
        _ => return true,
    };
    let span = place.map_or_else(|| section.span.clone(), Value::span);
    section.doc.problem(span, problem);
    false
}

impl<'a> Document<'a> {
    /// Where to listen.
    pub(super) fn listen(&self, value: &'a Value<'a>) -> Option<SocketAddr> {
        let address: Option<SocketAddr> = self.text(value)?.parse().ok();
        let wrong = match address {
            None => "Write an IP address and a port, such as \"127.0.0.1:8080\" or \"[::]:8443\".",
            Some(address) if address.port() == 0 && !address.ip().is_loopback() => {
                "Write a port; 0 (a free one) is for 127.0.0.1."
            }
            Some(address) => return Some(address),
        };
        self.problem(value.span(), wrong);
        None
    }

    /// A scheme, a host and perhaps a port.
    fn origin(&self, value: &'a Value<'a>) -> Option<Url> {
        let text = self.text(value)?;
        let url = Url::parse(text)
            .ok()
            .filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
        let origin = url.filter(|url| url.username().is_empty() && url[Position::AfterPort..] == *"/");
        if origin.is_none() {
            self.problem(
                value.span(),
                "Write https:// and a host's name, such as \"https://access.example.com\", with nothing after it.",
            );
        }
        origin
    }

    /// `10.0.0.7`, or `10.0.0.0/8`.
    fn network(&self, value: &'a Value<'a>) -> Option<IpNet> {
        let text = self.text(value)?;
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let network: Option<IpNet> = address.ok().or_else(|| text.parse().ok());
        match network {
            None => self.problem(
                value.span(),
                "Write an IP address or a network, such as \"10.0.0.7\" or \"10.0.0.0/24\".",
            ),
            Some(network) if network.prefix_len() == 0 => self.doubt(
                value.span(),
                "Anybody can say which address they come from: write only the addresses of your reverse proxies.".to_owned(),
            ),
            Some(_) => {}
        }
        network
    }
}
