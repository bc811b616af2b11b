//! OpenID Connect: signing in with the accounts of an issuer, by the authorization code flow with PKCE.
//!
//! Invariant: nothing that an issuer or a browser sends is believed before it is checked. Documents are bounded in size and
//! time, their addresses are https unless the issuer is on this machine, and an ID token counts only with its signature,
//! issuer, audience, time and nonce. No code, token or secret is in an error or a log.

mod answer;
mod check;
mod claims;
mod discovery;
mod error;
mod http;
mod keys;
mod provider;
mod token;
#[cfg(test)]
mod token_tests;

pub use answer::Answer;
pub use check::check;
pub use claims::{Address, Identity, SlackAccount};
pub use error::{OidcError, Trouble};
pub use provider::{Attempt, Provider};

use crate::secrets::SecretRef;

/// The issuer, and as whom the bot asks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Exactly as the issuer spells itself.
    pub issuer: String,
    pub client_id: String,
    /// `None` for a public client.
    pub client_secret: Option<SecretRef>,
    /// Whether the issuer is Slack itself, whose tokens name the account.
    pub is_slack: bool,
    /// Where the issuer sends browsers back to.
    pub redirect_uri: String,
}
