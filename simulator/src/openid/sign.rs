//! The key that ID tokens are signed with. Everybody can read it here, so it proves nothing outside a simulation.

use std::sync::LazyLock;

use data_encoding::BASE64URL_NOPAD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

const ID: &str = "simulated-key";

static PAIR: LazyLock<KeyPair> = LazyLock::new(|| {
    KeyPair::from_pkcs8(include_bytes!("key.der")).expect("the file is an RSA key in PKCS #8")
});

/// The public key, as a JWK.
pub(super) fn public() -> Value {
    let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(PAIR.public());
    json!({
        "kty": "RSA", "use": "sig", "alg": "RS256", "kid": ID,
        "n": BASE64URL_NOPAD.encode(&n),
        "e": BASE64URL_NOPAD.encode(&e),
    })
}

/// These claims, signed.
pub(super) fn signed(claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": ID});
    let text = format!("{}.{}", part(&header), part(claims));
    let mut signature = vec![0; PAIR.public().modulus_len()];
    PAIR.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        text.as_bytes(),
        &mut signature,
    )
    .expect("the buffer is as long as the key");
    format!("{text}.{}", BASE64URL_NOPAD.encode(&signature))
}
