//! ID tokens (OpenID Connect Core 1.0, 2 and 3.1.3.7): taken apart, verified, and compared with what was asked for.

use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::{Algorithm, Key};
use crate::access::time::Timestamp;

/// The longest token that is read, in bytes; those of people in many groups have some thousands.
const LONGEST: usize = 64 * 1024;

/// By how much the issuer's clock may differ from ours.
const LEEWAY: Duration = Duration::from_mins(1);

/// How long ago a token may have been issued: it is fetched when somebody comes back from the issuer.
const FRESH_FOR: Duration = Duration::from_mins(10);

/// Why a token counts for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("cannot be read")]
    Unreadable,
    #[error("is signed with an algorithm that is not accepted; set the issuer to RS256 or ES256")]
    Algorithm,
    #[error("is signed with a key that the issuer does not publish")]
    UnknownKey,
    #[error("has a wrong signature")]
    Signature,
    #[error("is from another issuer")]
    Issuer,
    #[error("is for another client")]
    Audience,
    #[error("has expired, or says nothing about that")]
    Expired,
    #[error("was not issued just now; compare the clock of this machine with the issuer's")]
    Time,
    #[error("belongs to another sign-in")]
    Nonce,
    #[error("does not say whose account it is")]
    Subject,
    #[error("and the user info are about different accounts")]
    OtherAccount,
}

/// A token as it was sent; nobody vouches for it yet.
pub(super) struct Sent<'t> {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
    signed: &'t str,
    payload: &'t str,
    signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that have to be understood: none is.
    crit: Option<Value>,
}

/// Three parts of one kind, so that none can be mistaken for another.
pub(super) fn take_apart(token: &str) -> Result<Sent<'_>, TokenError> {
    if token.len() > LONGEST {
        return Err(TokenError::Unreadable);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Unreadable)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenError::Unreadable)?;
    let decoded = |part: &str| {
        let decoded = BASE64URL_NOPAD.decode(part.as_bytes());
        decoded.map_err(|_| TokenError::Unreadable)
    };
    let header: Header = serde_json::from_slice(&decoded(header)?).map_err(|_| TokenError::Unreadable)?;
    if header.crit.is_some() {
        return Err(TokenError::Algorithm);
    }
    Ok(Sent {
        algorithm: Algorithm::named(&header.alg).ok_or(TokenError::Algorithm)?,
        key_id: header.kid,
        signed,
        payload,
        signature: decoded(signature)?,
    })
}

impl Sent<'_> {
    /// What the token says, if this key has signed it.
    pub(super) fn verified(&self, key: &Key) -> Result<Map<String, Value>, TokenError> {
        if !key.has_signed(self.signed.as_bytes(), &self.signature) {
            return Err(TokenError::Signature);
        }
        let payload = BASE64URL_NOPAD.decode(self.payload.as_bytes());
        let payload = payload.map_err(|_| TokenError::Unreadable)?;
        serde_json::from_slice(&payload).map_err(|_| TokenError::Unreadable)
    }
}

/// What a token has to be.
pub(super) struct Wanted<'w> {
    pub(super) issuer: &'w str,
    pub(super) client_id: &'w str,
    pub(super) nonce: &'w str,
    pub(super) now: Timestamp,
}

impl Wanted<'_> {
    /// Whether these claims, which the issuer signed, are the answer to this sign-in.
    pub(super) fn accepts(&self, claims: &Map<String, Value>) -> Result<(), TokenError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        if text("iss") != Some(self.issuer) {
            return Err(TokenError::Issuer);
        }
        if !self.is_audience(claims) {
            return Err(TokenError::Audience);
        }
        let expires = time(claims, "exp").ok_or(TokenError::Expired)?;
        if self.now >= expires.plus(LEEWAY) {
            return Err(TokenError::Expired);
        }
        let issued = time(claims, "iat").ok_or(TokenError::Time)?;
        let not_before = match claims.get("nbf") {
            Some(_) => time(claims, "nbf").ok_or(TokenError::Time)?,
            None => issued,
        };
        if issued.max(not_before) > self.now.plus(LEEWAY) || self.now > issued.plus(FRESH_FOR + LEEWAY) {
            return Err(TokenError::Time);
        }
        if text("nonce") != Some(self.nonce) {
            return Err(TokenError::Nonce);
        }
        Ok(())
    }

    /// Whether the token is for this client, and, if it is for others too, was issued to this one.
    fn is_audience(&self, claims: &Map<String, Value>) -> bool {
        let ours = |value: &Value| value.as_str() == Some(self.client_id);
        let authorized = claims.get("azp");
        match claims.get("aud") {
            Some(Value::Array(all)) => {
                let issued_to_us = authorized.map_or(all.len() == 1, ours);
                all.iter().any(ours) && issued_to_us
            }
            Some(one) => ours(one) && authorized.is_none_or(ours),
            None => false,
        }
    }
}

/// Seconds since 1970, whole or not.
fn time(claims: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let seconds = claims.get(name)?.as_f64()?;
    // Until the year 9999; nobody issues tokens for later.
    let seconds = Some(seconds).filter(|seconds| (0.0..253_402_300_800.0).contains(seconds))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it is in range, and a fraction does not matter"
    )]
    let whole = seconds as i64;
    Some(Timestamp::from_seconds(whole))
}
