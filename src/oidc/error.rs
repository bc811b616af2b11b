//! Why somebody cannot sign in with an issuer. No text here holds a code, a token, a secret, or words of the issuer.

use super::token::TokenError;
use crate::secrets::SecretError;

/// Why it did not work; for the log and for `apono check --online`.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// `what` could not be fetched; it may work later.
    #[error("{what} cannot be fetched: {why}")]
    NoAnswer { what: &'static str, why: String },
    /// `what` was fetched, and cannot be used.
    #[error("{what} {why}")]
    Odd { what: &'static str, why: String },
    /// The issuer said no, with a code of the standards.
    #[error("the issuer refused: {0}")]
    Refused(&'static str),
    /// The answer that a browser brought is not one to the question that was asked.
    #[error("the answer that the browser brought {0}")]
    Answer(&'static str),
    #[error("the ID token {0}")]
    Token(#[from] TokenError),
    #[error("the client secret: {0}")]
    Secret(#[from] SecretError),
}

/// What kind of trouble it is, which decides what people can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Try again later.
    Unreachable,
    /// The issuer did not let them in.
    Refused,
    /// Begin again.
    Answer,
    /// An admin has to look.
    Setup,
}

impl OidcError {
    pub(super) fn odd(what: &'static str, why: impl Into<String>) -> Self {
        Self::Odd {
            what,
            why: why.into(),
        }
    }

    pub fn trouble(&self) -> Trouble {
        match self {
            Self::NoAnswer { .. } | Self::Refused("temporarily_unavailable" | "server_error") => {
                Trouble::Unreachable
            }
            // The rest of the codes are about how this client asks.
            Self::Refused(
                "access_denied" | "login_required" | "consent_required" | "interaction_required",
            ) => Trouble::Refused,
            Self::Refused("invalid_grant") | Self::Answer(_) | Self::Token(_) => Trouble::Answer,
            Self::Odd { .. } | Self::Refused(_) | Self::Secret(_) => Trouble::Setup,
        }
    }
}

/// The codes that issuers refuse with (RFC 6749, 4.1.2.1 and 5.2; OpenID Connect Core, 3.1.2.6), and those of Slack's Web API for
/// the same.
const CODES: [&str; 22] = [
    "access_denied",
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_client_id",
    "invalid_client_secret",
    "invalid_code",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "bad_client_secret",
    "bad_redirect_uri",
    "code_already_used",
    "invalid_grant_type",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_grant_type",
    "unsupported_response_type",
    "registration_not_supported",
];

/// The code, if it is one of the standards; whatever else an issuer writes is not repeated.
pub(super) fn known_code(said: &str) -> &'static str {
    let found = CODES.into_iter().find(|code| *code == said);
    match found {
        Some("invalid_code" | "code_already_used") => "invalid_grant",
        Some(code) => code,
        None => "with a code of its own",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuers_own_words_are_not_repeated() {
        assert_eq!(known_code("access_denied"), "access_denied");
        assert_eq!(known_code("code_already_used"), "invalid_grant");
        let refused = OidcError::Refused(known_code("<script>alert(1)</script>"));
        insta::assert_snapshot!(refused, @"the issuer refused: with a code of its own");
        assert_eq!(refused.trouble(), Trouble::Setup);
    }
}
