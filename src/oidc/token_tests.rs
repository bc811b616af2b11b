//! What an ID token has to be, tried with tokens that somebody made up.

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Map, Value, json};

use super::keys::Keys;
use super::token::{TokenError, Wanted, take_apart};
use crate::access::time::Timestamp;

const ISSUER: &str = "https://idp.example";
const NOW: i64 = 1_800_000_000;

/// An issuer with a key, and what it publishes of it.
struct Issuer {
    pair: EcdsaKeyPair,
    published: Value,
}

impl Issuer {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random).unwrap();
        let point = pair.public_key().as_ref();
        let published = json!({
            "kty": "EC", "crv": "P-256", "kid": id, "use": "sig", "alg": "ES256",
            "x": BASE64URL_NOPAD.encode(&point[1..33]), "y": BASE64URL_NOPAD.encode(&point[33..]),
        });
        Self { pair, published }
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(signature.as_ref()))
    }
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    format!("{}.{}", part(header), part(claims))
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "one", "typ": "JWT"})
}

fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "apono", "sub": "1", "nonce": "n", "iat": NOW, "exp": NOW + 300})
}

/// What becomes of a token at an issuer that publishes these keys.
fn read(published: &[&Value], token: &str) -> Result<Map<String, Value>, TokenError> {
    let keys = Keys::read(&json!({"keys": published})).unwrap();
    let sent = take_apart(token)?;
    let key = keys.find(sent.algorithm, sent.key_id.as_deref());
    let claims = sent.verified(key.ok_or(TokenError::UnknownKey)?)?;
    let wanted = Wanted {
        issuer: ISSUER,
        client_id: "apono",
        nonce: "n",
        now: Timestamp::from_seconds(NOW),
    };
    wanted.accepts(&claims)?;
    Ok(claims)
}

fn refusal(published: &[&Value], token: &str) -> Option<TokenError> {
    read(published, token).err()
}

#[test]
fn a_token_of_the_issuer_is_read() {
    let issuer = Issuer::new("one");
    let token = issuer.sign(&header(), &claims());
    assert_eq!(read(&[&issuer.published], &token).unwrap()["sub"], "1");
}

#[test]
fn only_what_a_published_key_signed_counts() {
    let (issuer, other) = (Issuer::new("one"), Issuer::new("one"));
    let forged = other.sign(&header(), &claims());
    assert_eq!(
        refusal(&[&issuer.published], &forged),
        Some(TokenError::Signature)
    );
    let elsewhere = json!({"alg": "ES256", "kid": "two"});
    let unknown = issuer.sign(&elsewhere, &claims());
    assert_eq!(
        refusal(&[&issuer.published], &unknown),
        Some(TokenError::UnknownKey)
    );

    // The claims of one token under the signature of another.
    let token = issuer.sign(&header(), &claims());
    let mut admin = claims();
    admin["sub"] = json!("2");
    let spliced = format!(
        "{}.{}",
        unsigned(&header(), &admin),
        token.rsplit('.').next().unwrap()
    );
    assert_eq!(
        refusal(&[&issuer.published], &spliced),
        Some(TokenError::Signature)
    );
}

#[test]
fn no_token_chooses_a_weaker_algorithm() {
    let issuer = Issuer::new("one");
    let published = [&issuer.published];
    for algorithm in ["none", "None", "HS256", "ES384", "RS512", ""] {
        let token = issuer.sign(&json!({"alg": algorithm, "kid": "one"}), &claims());
        assert_eq!(
            refusal(&published, &token),
            Some(TokenError::Algorithm),
            "{algorithm}"
        );
    }
    let bare = unsigned(&json!({"alg": "none"}), &claims());
    assert_eq!(
        refusal(&published, &format!("{bare}.")),
        Some(TokenError::Algorithm)
    );

    // Signed with what everybody knows: the public key, as if it were a shared secret.
    let signed = unsigned(&json!({"alg": "HS256", "kid": "one"}), &claims());
    let secret = hmac::Key::new(hmac::HMAC_SHA256, issuer.pair.public_key().as_ref());
    let tag = BASE64URL_NOPAD.encode(hmac::sign(&secret, signed.as_bytes()).as_ref());
    assert_eq!(
        refusal(&published, &format!("{signed}.{tag}")),
        Some(TokenError::Algorithm)
    );

    // A key of one type is never used for the other's algorithm.
    let token = issuer.sign(&json!({"alg": "RS256", "kid": "one"}), &claims());
    assert_eq!(refusal(&published, &token), Some(TokenError::UnknownKey));
    let extended = issuer.sign(&json!({"alg": "ES256", "kid": "one", "crit": ["b64"]}), &claims());
    assert_eq!(refusal(&published, &extended), Some(TokenError::Algorithm));
}

#[test]
fn a_token_counts_for_this_sign_in_and_no_other() {
    let issuer = Issuer::new("one");
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        refusal(&[&issuer.published], &issuer.sign(&header(), &claims))
    };
    assert_eq!(
        with("iss", json!("https://evil.example")),
        Some(TokenError::Issuer)
    );
    assert_eq!(
        with("iss", json!("https://idp.example/")),
        Some(TokenError::Issuer)
    );
    assert_eq!(with("aud", json!("other")), Some(TokenError::Audience));
    assert_eq!(with("aud", json!(["other"])), Some(TokenError::Audience));
    assert_eq!(with("aud", json!(["apono", "other"])), Some(TokenError::Audience));
    assert_eq!(with("aud", json!(["apono"])), None);
    assert_eq!(with("azp", json!("other")), Some(TokenError::Audience));
    assert_eq!(with("nonce", json!("m")), Some(TokenError::Nonce));
    assert_eq!(with("nonce", Value::Null), Some(TokenError::Nonce));

    let mut both = claims();
    both["aud"] = json!(["apono", "other"]);
    both["azp"] = json!("apono");
    assert_eq!(
        refusal(&[&issuer.published], &issuer.sign(&header(), &both)),
        None
    );
}

#[test]
fn a_token_counts_now() {
    let issuer = Issuer::new("one");
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        refusal(&[&issuer.published], &issuer.sign(&header(), &claims))
    };
    assert_eq!(with("exp", json!(NOW - 59)), None);
    assert_eq!(with("exp", json!(NOW - 60)), Some(TokenError::Expired));
    assert_eq!(with("exp", json!("tomorrow")), Some(TokenError::Expired));
    assert_eq!(with("exp", Value::Null), Some(TokenError::Expired));
    assert_eq!(with("iat", json!(NOW + 60)), None);
    assert_eq!(with("iat", json!(NOW + 61)), Some(TokenError::Time));
    assert_eq!(with("iat", json!(NOW - 662)), Some(TokenError::Time));
    assert_eq!(with("iat", Value::Null), Some(TokenError::Time));
    assert_eq!(with("nbf", json!(NOW + 61)), Some(TokenError::Time));
    assert_eq!(with("nbf", json!("now")), Some(TokenError::Time));
}

#[test]
fn what_is_no_token_is_not_read() {
    let issuer = Issuer::new("one");
    let token = issuer.sign(&header(), &claims());
    let with_padding = format!("{token}==");
    let too_long = format!("{token}.{}", "a".repeat(70_000));
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        &with_padding,
        &too_long,
        &format!("{token}.x"),
    ] {
        assert_eq!(
            refusal(&[&issuer.published], text),
            Some(TokenError::Unreadable),
            "{text:.40}"
        );
    }
}

#[test]
fn without_a_name_a_key_is_only_certain_if_it_is_the_only_one() {
    let (one, two) = (Issuer::new("one"), Issuer::new("two"));
    let token = one.sign(&json!({"alg": "ES256"}), &claims());
    assert_eq!(refusal(&[&one.published], &token), None);
    assert_eq!(
        refusal(&[&one.published, &two.published], &token),
        Some(TokenError::UnknownKey)
    );
}

#[test]
fn keys_for_other_purposes_are_left_out() {
    let issuer = Issuer::new("one");
    let changed = |name: &str, value: &str| {
        let mut key = issuer.published.clone();
        key[name] = json!(value);
        Keys::read(&json!({ "keys": [key] })).is_ok()
    };
    assert!(changed("use", "sig"));
    for (name, value) in [
        ("use", "enc"),
        ("alg", "ECDH-ES"),
        ("crv", "P-384"),
        ("kty", "oct"),
        ("x", "AA"),
    ] {
        assert!(!changed(name, value), "{name} {value}");
    }
    assert!(Keys::read(&json!({})).is_err());
}
