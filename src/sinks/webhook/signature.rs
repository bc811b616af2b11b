//! How a receiver knows that a request is from this bot, unchanged and recent.

use data_encoding::HEXLOWER;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

/// `t=1764500000,v1=5d41...`: the time of sending in seconds since the Unix epoch, and for each secret the HMAC-SHA256 over that
/// time, a dot and the body.
pub(super) fn header(secrets: &[SecretString], at: i64, body: &str) -> String {
    let signed = format!("{at}.{body}");
    let mut header = format!("t={at}");
    for secret in secrets {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
        let tag = hmac::sign(&key, signed.as_bytes());
        header.push_str(",v1=");
        header.push_str(&HEXLOWER.encode(tag.as_ref()));
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with `printf '1764500000.{}' | openssl dgst -sha256 -hmac 'secret of at least thirty-two chars'`.
    #[test]
    fn each_secret_signs_the_time_and_the_body() {
        let secrets = [
            SecretString::from("secret of at least thirty-two chars"),
            SecretString::from("another"),
        ];
        insta::assert_snapshot!(header(&secrets, 1_764_500_000, "{}"), @"t=1764500000,v1=f21ae335c0311caf951b64262f9ece5509f5d5920dab9f281b65f248ee586aff,v1=b016b643d45b9afc89001d8258c89d1e723c0eda960e402aff0de2211744052e");
    }
}
