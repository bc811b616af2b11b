//! A server's certificate, and the authority that nobody else knows.

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

pub(crate) struct Certified {
    /// The authority's certificate, in PEM.
    pub(crate) ca: String,
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

impl Certified {
    /// For the server `name`, by an authority of its own.
    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // OpenSSL takes a certificate whose issuer has its own name for one that signed itself.
        params
            .distinguished_name
            .push(DnType::CommonName, "the authority of the tests");
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()])
            .unwrap()
            .signed_by(&key, &authority)
            .unwrap();
        Self {
            ca: authority.pem(),
            certificate,
            key,
        }
    }
}
