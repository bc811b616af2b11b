//! What an issuer says about itself (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::network::is_loopback;

use super::error::OidcError;

/// What the document is called in errors.
pub(super) const WHAT: &str = "the issuer's discovery document (/.well-known/openid-configuration)";

/// Where an issuer is asked for what, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Discovered {
    pub(super) authorize: Url,
    pub(super) token: Url,
    pub(super) keys: Url,
    pub(super) user_info: Option<Url>,
    pub(super) proof: Proof,
    /// It names itself in its answers (RFC 9207).
    pub(super) names_itself: bool,
}

/// How a client with a secret proves who it is at the token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// `client_secret_basic`.
    Header,
    /// `client_secret_post`.
    Form,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    response_types_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

/// Where the document of this issuer is.
pub(super) fn address(issuer: &str) -> Result<Url, OidcError> {
    let address = format!(
        "{}/.well-known/openid-configuration",
        issuer.trim_end_matches('/')
    );
    Url::parse(&address).map_err(|_| OidcError::odd(WHAT, "has no address: the issuer is not a URL"))
}

/// Whether nothing is encrypted on the way to this issuer, which is only right on this machine.
pub(super) fn is_plain(issuer: &str) -> bool {
    issuer.starts_with("http://")
}

/// Reads the document of `issuer`, which has to be about that issuer and nobody else.
pub(super) fn read(document: Value, issuer: &str) -> Result<Discovered, OidcError> {
    let odd = |why: String| OidcError::Odd { what: WHAT, why };
    let document: Document = serde_json::from_value(document)
        .map_err(|_| odd("lacks issuer, authorization_endpoint, token_endpoint or jwks_uri".to_owned()))?;
    if document.issuer != issuer {
        let named = document.issuer.escape_debug().take(200).collect::<String>();
        return Err(odd(format!("is about another issuer, \"{named}\"")));
    }
    let lacks = |listed: &Option<Vec<String>>, wanted: &[&str]| {
        let listed = listed.as_ref();
        listed.is_some_and(|listed| !listed.iter().any(|one| wanted.contains(&one.as_str())))
    };
    for (listed, wanted, why) in [
        (
            &document.response_types_supported,
            &["code"][..],
            "does not offer the authorization code flow",
        ),
        (
            &document.code_challenge_methods_supported,
            &["S256"],
            "does not offer PKCE with S256",
        ),
        (
            &document.id_token_signing_alg_values_supported,
            &["RS256", "ES256"],
            "offers neither RS256 nor ES256 for ID tokens",
        ),
    ] {
        if lacks(listed, wanted) {
            return Err(odd(why.to_owned()));
        }
    }
    let methods = document.token_endpoint_auth_methods_supported.as_deref();
    let offers = |method: &str| methods.is_none_or(|methods| methods.iter().any(|one| one == method));
    let proof = if !offers("client_secret_basic") && offers("client_secret_post") {
        Proof::Form
    } else {
        Proof::Header
    };
    let endpoint = |address: &str, key: &str| {
        endpoint(address, is_plain(issuer))
            .ok_or_else(|| odd(format!("has a {key} that is not an https:// address")))
    };
    Ok(Discovered {
        authorize: endpoint(&document.authorization_endpoint, "authorization_endpoint")?,
        token: endpoint(&document.token_endpoint, "token_endpoint")?,
        keys: endpoint(&document.jwks_uri, "jwks_uri")?,
        user_info: match &document.userinfo_endpoint {
            Some(address) => Some(endpoint(address, "userinfo_endpoint")?),
            None => None,
        },
        proof,
        names_itself: document.authorization_response_iss_parameter_supported,
    })
}

/// An encrypted address; or, if the issuer itself is on this machine, one on this machine.
fn endpoint(address: &str, plain: bool) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_right = match url.scheme() {
        "https" => url.has_host(),
        "http" => plain && is_loopback(&url),
        _ => false,
    };
    (is_right && !has_user && url.fragment().is_none()).then_some(url)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ISSUER: &str = "https://idp.example";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://idp.example/authorize",
            "token_endpoint": "https://idp.example/token",
            "jwks_uri": "https://keys.idp.example/jwks",
        })
    }

    fn with(key: &str, value: Value) -> Result<Discovered, OidcError> {
        let mut document = document();
        document[key] = value;
        read(document, ISSUER)
    }

    fn refused(key: &str, value: Value) -> String {
        let why = with(key, value).unwrap_err().to_string();
        why.strip_prefix(WHAT).unwrap().trim().to_owned()
    }

    #[test]
    fn only_the_issuer_itself_is_believed() {
        assert!(read(document(), ISSUER).is_ok());
        insta::assert_snapshot!(refused("issuer", json!("https://evil.example")), @r#"is about another issuer, "https://evil.example""#);
        insta::assert_snapshot!(refused("issuer", json!("https://idp.example/")), @r#"is about another issuer, "https://idp.example/""#);
        insta::assert_snapshot!(refused("jwks_uri", json!(null)), @"lacks issuer, authorization_endpoint, token_endpoint or jwks_uri");
    }

    #[test]
    fn nothing_is_asked_without_encryption_and_nothing_weak_is_used() {
        for address in [
            "http://idp.example/token",
            "http://127.0.0.1/token",
            "https://me@idp.example/",
            "file:///etc/passwd",
            "token",
        ] {
            assert!(with("token_endpoint", json!(address)).is_err(), "{address}");
        }
        insta::assert_snapshot!(refused("code_challenge_methods_supported", json!(["plain"])), @"does not offer PKCE with S256");
        insta::assert_snapshot!(refused("id_token_signing_alg_values_supported", json!(["HS256", "none"])), @"offers neither RS256 nor ES256 for ID tokens");
        insta::assert_snapshot!(refused("response_types_supported", json!(["id_token"])), @"does not offer the authorization code flow");
    }

    #[test]
    fn a_secret_is_sent_as_the_issuer_takes_it() {
        let proof = |methods: Value| {
            with("token_endpoint_auth_methods_supported", methods)
                .unwrap()
                .proof
        };
        assert_eq!(read(document(), ISSUER).unwrap().proof, Proof::Header);
        assert_eq!(proof(json!(["client_secret_post"])), Proof::Form);
        assert_eq!(
            proof(json!(["client_secret_post", "client_secret_basic"])),
            Proof::Header
        );
    }
}
