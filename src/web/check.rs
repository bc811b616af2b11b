//! What `apono check` says about the portal beyond its section of the file: its certificate, and whether it could listen.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, RootCertStore};
use tokio::net::TcpListener;
use url::Url;

use super::tls::{self, TlsError};
use crate::access::time::Timestamp;
use crate::config::WebConfig;
use crate::findings::Finding;

/// What keeps browsers from accepting the portal's own certificate; nothing if it has none. Who signed it is not checked: only a
/// browser knows whom it trusts.
pub fn certificate(config: &WebConfig, now: Timestamp) -> Vec<Finding> {
    let Some(files) = &config.tls else {
        return Vec::new();
    };
    let chain = match tls::read(files).and_then(|_| tls::chain(files)) {
        Ok(chain) => chain,
        Err(TlsError::Unusable(Error::InconsistentKeys(_))) => {
            let text = "tls_key does not belong to the certificate in tls_cert";
            return vec![Finding::problem(
                text,
                "write the key that this certificate was made for",
            )];
        }
        Err(error) => {
            return vec![Finding::problem(
                error.to_string(),
                "correct tls_cert and tls_key",
            )];
        }
    };
    let Some(Ok(own)) = chain.first().map(ParsedCertificate::try_from) else {
        let text = "the first certificate in tls_cert cannot be read";
        return vec![Finding::problem(text, "write the portal's own certificate first")];
    };
    let is_named = config.public_url.as_ref().map(|url| names(&own, url));
    [is_named.flatten(), out_of_date(&own, &chain, now)]
        .into_iter()
        .flatten()
        .collect()
}

/// The certificate is for another host.
fn names(own: &ParsedCertificate<'_>, url: &Url) -> Option<Finding> {
    let host = url.host_str()?.trim_matches(['[', ']']);
    let name = ServerName::try_from(host).ok()?;
    verify_server_name(own, &name).err().map(|_| {
        Finding::problem(
            format!("the certificate in tls_cert is not for {host}, the host of public_url"),
            "get one for that name, or correct public_url",
        )
    })
}

fn out_of_date(own: &ParsedCertificate<'_>, chain: &[CertificateDer<'_>], now: Timestamp) -> Option<Finding> {
    let seconds = Duration::from_secs(now.seconds().unsigned_abs());
    let between = chain.get(1..).unwrap_or_default();
    let algorithms = ring::default_provider().signature_verification_algorithms.all;
    // Its dates are looked at first, so it does not matter that nobody is trusted here.
    let verified = verify_server_cert_signed_by_trust_anchor(
        own,
        &RootCertStore::empty(),
        between,
        UnixTime::since_unix_epoch(seconds),
        algorithms,
    );
    match verified.err()? {
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            Some(Finding::problem(
                "the certificate in tls_cert has expired",
                "renew it: the portal reads the file again without a restart",
            ))
        }
        Error::InvalidCertificate(
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. },
        ) => Some(Finding::problem(
            "the certificate in tls_cert is not valid yet",
            "check the clock of this machine, or get a certificate that is valid now",
        )),
        _ => None,
    }
}

/// Whether something could listen there now.
pub async fn listening(at: SocketAddr) -> Finding {
    match TcpListener::bind(at).await {
        Ok(_) => Finding::ok(format!("it can listen on {at}")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::unseen(
            format!("something listens on {at} already"),
            "ignore this if it is the running bot; otherwise stop the other program, or write another port",
        ),
        Err(error) => Finding::problem(
            format!("it cannot listen on {at}: {error}"),
            "write an address of this machine, and a port that the bot's user may use",
        ),
    }
}
