//! Who signed in, as far as an issuer says it.

use serde_json::{Map, Value};
use url::Url;

use super::token::TokenError;

/// Slack's own claims (docs.slack.dev, "Sign in with Slack").
const SLACK_USER: &str = "https://slack.com/user_id";
const SLACK_TEAM: &str = "https://slack.com/team_id";

/// Longest subject, in bytes (OpenID Connect Core 1.0, 2).
const LONGEST_SUBJECT: usize = 255;

/// Longest address that is read, in bytes (RFC 5321).
const LONGEST_ADDRESS: usize = 254;

/// Where Entra ID issues tokens: the claim that it marks verified addresses with counts from there alone, because elsewhere
/// anybody could have named a claim of their own like that.
const ENTRA: [&str; 3] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
];

/// An account of an issuer. Issuer and subject together are the key; an address never is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    pub subject: String,
    pub address: Address,
    /// The account in Slack, if the issuer is Slack.
    pub slack: Option<SlackAccount>,
}

/// An e-mail address that an issuer names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The issuer has verified that it is theirs. Lower case.
    Verified(String),
    /// It has not, or does not say so.
    Unverified,
    /// It names none.
    None,
}

/// An account in Slack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackAccount {
    pub user: String,
    pub team: String,
}

/// Whether these claims name an address, verified or not.
pub(super) fn name_an_address(claims: &Map<String, Value>) -> bool {
    claims.get("email").is_some_and(Value::is_string)
}

/// Adds the address in the user info, which has to be about the same account.
pub(super) fn with_address(
    mut claims: Map<String, Value>,
    user_info: &Value,
) -> Result<Map<String, Value>, TokenError> {
    if claims
        .get("sub")
        .is_none_or(|subject| *subject != user_info["sub"])
    {
        return Err(TokenError::OtherAccount);
    }
    // What a token says about an address is not about the one in the user info.
    for name in ["email", "email_verified", "xms_edov"] {
        claims.remove(name);
        if let Some(value) = user_info.get(name) {
            claims.insert(name.to_owned(), value.clone());
        }
    }
    Ok(claims)
}

/// The account that these claims of `issuer` are about.
pub(super) fn identity(
    claims: &Map<String, Value>,
    issuer: &str,
    is_slack: bool,
) -> Result<Identity, TokenError> {
    let subject = text(claims, "sub").filter(|subject| subject.len() <= LONGEST_SUBJECT);
    let slack = match (is_slack, text(claims, SLACK_USER), text(claims, SLACK_TEAM)) {
        (true, Some(user), Some(team)) => Some(SlackAccount {
            user: user.to_owned(),
            team: team.to_owned(),
        }),
        (true, ..) => return Err(TokenError::Subject),
        (false, ..) => None,
    };
    Ok(Identity {
        issuer: issuer.to_owned(),
        subject: subject.ok_or(TokenError::Subject)?.to_owned(),
        address: address(claims, issuer),
        slack,
    })
}

/// A claim of printable ASCII, which is what keys are made of.
fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c str> {
    let text = claims.get(name)?.as_str()?;
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then_some(text)
}

fn address(claims: &Map<String, Value>, issuer: &str) -> Address {
    let Some(address) = claims.get("email").and_then(Value::as_str) else {
        return Address::None;
    };
    let is_whole = address.contains('@')
        && address.len() <= LONGEST_ADDRESS
        // Other letters may have one of these as their lower case.
        && address.bytes().all(|byte| byte.is_ascii_graphic());
    if is_whole && is_verified(claims, issuer) {
        Address::Verified(address.to_ascii_lowercase())
    } else {
        Address::Unverified
    }
}

fn is_verified(claims: &Map<String, Value>, issuer: &str) -> bool {
    let says = |name: &str| claims.get(name);
    if says("email_verified") == Some(&Value::Bool(true)) {
        return true;
    }
    let host = Url::parse(issuer).ok();
    let is_entra = host.is_some_and(|url| url.host_str().is_some_and(|host| ENTRA.contains(&host)));
    let edov = says("xms_edov");
    is_entra
        && edov.is_some_and(|value| match value {
            Value::Bool(verified) => *verified,
            Value::Number(number) => number.as_i64() == Some(1),
            Value::String(text) => matches!(text.as_str(), "1" | "true"),
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: Value, issuer: &str, is_slack: bool) -> Result<Identity, TokenError> {
        let Value::Object(claims) = claims else {
            panic!("not an object")
        };
        identity(&claims, issuer, is_slack)
    }

    fn address_of(claims: Value, issuer: &str) -> Address {
        read(claims, issuer, false).unwrap().address
    }

    const IDP: &str = "https://idp.example";

    #[test]
    fn an_address_counts_only_if_the_issuer_verified_it() {
        let claims =
            |verified: Value| json!({"sub": "1", "email": "Dana@Example.com", "email_verified": verified});
        let dana = Address::Verified("dana@example.com".to_owned());
        assert_eq!(address_of(claims(json!(true)), IDP), dana);
        for other in [json!(false), json!("true"), json!(1), json!(null)] {
            assert_eq!(address_of(claims(other), IDP), Address::Unverified);
        }
        assert_eq!(address_of(json!({"sub": "1"}), IDP), Address::None);
        let spaced = json!({"sub": "1", "email": "dana@example.com ", "email_verified": true});
        assert_eq!(address_of(spaced, IDP), Address::Unverified);
    }

    #[test]
    fn the_mark_of_entra_counts_from_entra_alone() {
        let entra = "https://login.microsoftonline.com/b1d0/v2.0";
        let claims = |edov: Value| json!({"sub": "1", "email": "dana@example.com", "xms_edov": edov});
        let dana = Address::Verified("dana@example.com".to_owned());
        for edov in [json!(true), json!("1"), json!(1), json!("true")] {
            assert_eq!(address_of(claims(edov.clone()), entra), dana, "{edov}");
            assert_eq!(address_of(claims(edov), IDP), Address::Unverified);
        }
        for edov in [json!(false), json!("0"), json!(0)] {
            assert_eq!(address_of(claims(edov), entra), Address::Unverified);
        }
    }

    #[test]
    fn slack_names_the_account_and_nobody_else_can() {
        let claims = json!({"sub": "U1", SLACK_USER: "U1", SLACK_TEAM: "T1"});
        let slack = read(claims.clone(), "https://slack.com", true).unwrap().slack;
        assert_eq!(slack.unwrap().user, "U1");
        assert_eq!(read(claims, IDP, false).unwrap().slack, None);
        assert_eq!(
            read(json!({"sub": "U1"}), "https://slack.com", true),
            Err(TokenError::Subject)
        );
    }

    #[test]
    fn an_account_has_a_key() {
        for subject in [
            json!(""),
            json!(null),
            json!(7),
            json!("a b"),
            json!("a\n"),
            json!("x".repeat(256)),
        ] {
            assert_eq!(
                read(json!({"sub": subject}), IDP, false),
                Err(TokenError::Subject)
            );
        }
    }
}
