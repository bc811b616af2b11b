//! Headers that hold secrets, and those that go with them.

use data_encoding::BASE64;
use http::{HeaderName, HeaderValue, header};
use secrecy::ExposeSecret;

use super::Fault;
use crate::secrets::SecretRef;

/// For the check of a secret: a sentence if no header can hold it.
pub(super) fn unfit(secret: &str) -> Option<&'static str> {
    HeaderValue::from_str(secret)
        .is_err()
        .then_some("This secret holds characters that no header of HTTP can hold.")
}

/// Of a request with JSON, and with a header that proves whose it is.
pub(super) fn with_json(name: HeaderName, proof: HeaderValue) -> Vec<(HeaderName, HeaderValue)> {
    let json = HeaderValue::from_static("application/json");
    vec![(header::CONTENT_TYPE, json), (name, proof)]
}

/// `scheme` and the secret, which is read now: `Bearer abc`.
pub(super) fn authorization(scheme: &str, secret: &SecretRef) -> Result<HeaderValue, Fault> {
    let text = secret.read()?;
    sensitive(&format!("{scheme}{}", text.expose_secret()), secret)
}

/// `Basic` with a user and a password, which is read now.
pub(super) fn basic(user: &str, password: &SecretRef) -> Result<HeaderValue, Fault> {
    let text = password.read()?;
    let both = BASE64.encode(format!("{user}:{}", text.expose_secret()).as_bytes());
    sensitive(&format!("Basic {both}"), password)
}

/// Nothing shows it.
fn sensitive(value: &str, secret: &SecretRef) -> Result<HeaderValue, Fault> {
    let wrong = |_| {
        Fault::held(format!(
            "{secret} holds characters that no header of HTTP can hold"
        ))
    };
    let mut value = HeaderValue::from_str(value).map_err(wrong)?;
    value.set_sensitive(true);
    Ok(value)
}
