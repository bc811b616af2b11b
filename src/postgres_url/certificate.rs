//! Why a PostgreSQL server's certificate was not taken, in words that say what to write instead.
//!
//! Invariant: nothing of the certificate, the driver or the URL is passed on.

use std::io;

use rustls::CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext};
use rustls::Error;

/// What to do about a handshake that failed; `None` if it failed by something else.
pub(crate) fn refused(error: &io::Error) -> Option<&'static str> {
    let cause = error.get_ref()?.downcast_ref::<Error>()?;
    Some(match cause {
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "the server's certificate is for another name than the host in the URL; write the name that it holds, or sslmode=verify-ca, which compares no names"
        }
        Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "the server's certificate is past its time by this machine's clock; renew it"
        }
        Error::InvalidCertificate(_) => {
            "the server's certificate is not accepted; name the root certificate that it was signed with as sslrootcert in the URL"
        }
        Error::AlertReceived(_) => {
            "the server broke off TLS; if it asks for a certificate of ours, name one as sslcert and sslkey in the URL"
        }
        _ => "no TLS connection could be made with the server",
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
