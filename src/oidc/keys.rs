//! The keys that an issuer signs with (RFC 7517), and checking a signature with one.

use data_encoding::BASE64URL_NOPAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;

use super::error::OidcError;

/// What the document is called in errors.
pub(super) const WHAT: &str = "the issuer's keys (jwks_uri)";

/// Issuers have a handful.
const MOST: usize = 100;

/// How a token may be signed. Nothing else is accepted, whatever a token says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Es256,
}

impl Algorithm {
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
        }
    }
}

/// One public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    id: Option<String>,
    public: Public,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The point, uncompressed.
    P256(Vec<u8>),
}

/// Those of an issuer that can be used here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(Vec<Key>);

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    used_for: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Keys {
    /// Reads a set; keys that cannot be used here are left out.
    pub(super) fn read(document: &Value) -> Result<Self, OidcError> {
        let listed = document["keys"].as_array();
        let listed = listed.ok_or_else(|| OidcError::odd(WHAT, "are not a JWK set"))?;
        let keys: Vec<Key> = listed.iter().take(MOST).filter_map(key).collect();
        if keys.is_empty() {
            return Err(OidcError::odd(WHAT, "hold none for RS256 or ES256"));
        }
        Ok(Self(keys))
    }

    /// The key that a token was signed with. A token that names none is only certain if there is one of its type.
    pub(super) fn find(&self, algorithm: Algorithm, id: Option<&str>) -> Option<&Key> {
        let mut fit = self
            .0
            .iter()
            .filter(|key| key.algorithm() == algorithm && id.is_none_or(|id| key.id.as_deref() == Some(id)));
        let first = fit.next();
        first.filter(|_| fit.next().is_none())
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Key {
    fn algorithm(&self) -> Algorithm {
        match self.public {
            Public::Rsa { .. } => Algorithm::Rs256,
            Public::P256(_) => Algorithm::Es256,
        }
    }

    /// Whether `signature` is this key's under `signed`.
    pub(super) fn has_signed(&self, signed: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.public {
            Public::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature)
            }
            Public::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature)
            }
        };
        verified.is_ok()
    }
}

fn key(listed: &Value) -> Option<Key> {
    let jwk = Jwk::deserialize(listed).ok()?;
    let bytes = |field: &Option<String>| BASE64URL_NOPAD.decode(field.as_ref()?.as_bytes()).ok();
    let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
        ("RSA", _) => Public::Rsa {
            n: without_zeros(bytes(&jwk.n)?),
            e: without_zeros(bytes(&jwk.e)?),
        },
        ("EC", Some("P-256")) => {
            let (x, y) = (bytes(&jwk.x)?, bytes(&jwk.y)?);
            if (x.len(), y.len()) != (32, 32) {
                return None;
            }
            Public::P256([&[4][..], &x, &y].concat())
        }
        _ => return None,
    };
    let key = Key { id: jwk.kid, public };
    let signs = jwk.used_for.is_none_or(|used_for| used_for == "sig");
    let is_for = |algorithm: String| algorithm == key.algorithm().name();
    (signs && jwk.alg.is_none_or(is_for)).then_some(key)
}

/// Some issuers write a zero before the number.
fn without_zeros(number: Vec<u8>) -> Vec<u8> {
    number.into_iter().skip_while(|byte| *byte == 0).collect()
}
