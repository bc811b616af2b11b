//! Why a PostgreSQL server's certificate was not accepted, in sentences that say what to write instead.
//!
//! Invariant: the sentences repeat nothing from the certificate, the driver or the URL.

use std::io;

use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext};
use rustls::Error;

/// What to do about a failed handshake; `None` if it failed for another reason.
pub(crate) fn refused(error: &io::Error) -> Option<&'static str> {
    let cause = error.get_ref()?.downcast_ref::<Error>()?;
    Some(match cause {
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "the server's certificate does not match the host in the URL; write the name in the certificate, or sslmode=verify-ca, which does not compare names"
        }
        Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "the server's certificate has expired by this machine's clock; renew it"
        }
        Error::InvalidCertificate(_) => {
            "the server's certificate is not trusted; add the root certificate that signed it to the URL as sslrootcert"
        }
        Error::AlertReceived(_) => {
            "the server aborted TLS; if it requires a client certificate, add one to the URL as sslcert and sslkey"
        }
        _ => "could not make a TLS connection to the server",
    })
}

#[cfg(test)]
mod tests {
    use rustls::CertificateError;

    use super::*;

    fn told(cause: Error) -> &'static str {
        refused(&io::Error::new(io::ErrorKind::InvalidData, cause)).unwrap()
    }

    #[test]
    fn a_certificate_that_is_not_accepted_says_what_to_write() {
        let unknown = told(Error::InvalidCertificate(CertificateError::UnknownIssuer));
        assert!(unknown.contains("sslrootcert"), "{unknown}");
        let other_name = told(Error::InvalidCertificate(CertificateError::NotValidForName));
        assert!(other_name.contains("sslmode=verify-ca"), "{other_name}");
        assert!(!other_name.contains("sslrootcert"), "{other_name}");
        assert_eq!(refused(&io::Error::other("hunter2")), None);
    }
}
