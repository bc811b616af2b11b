//! One issuer, and what is known of it: asking it who somebody is, and reading its answer.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use parking_lot::Mutex;
use secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use super::Settings;
use super::answer::Answer;
use super::claims::{self, Identity};
use super::discovery::{self, Discovered, Proof};
use super::error::{OidcError, known_code};
use super::http::Http;
use super::keys::{self, Keys};
use super::token::{self, TokenError, Wanted};
use crate::access::time::Timestamp;
use crate::network::{Network, Unusable};
use crate::secrets::SecretRef;

/// How long the discovery document and the keys are believed.
const KNOWN_FOR: Duration = Duration::from_hours(1);

/// Tokens with an unknown key let the keys be fetched again, but not more often.
const KEYS_AGAIN: Duration = Duration::from_mins(1);

/// How long reading an answer may take in all: less than a page may.
const WITHIN: Duration = Duration::from_secs(12);

const TOKEN: &str = "the issuer's token endpoint";
const USER_INFO: &str = "the issuer's user info";

/// An issuer with which people can sign in.
pub struct Provider {
    settings: Settings,
    http: Http,
    discovered: Mutex<Option<(Timestamp, Arc<Discovered>)>>,
    keys: Mutex<Option<(Timestamp, Arc<Keys>)>>,
}

/// One try to sign in, in one browser. All three are random and known to that browser alone, until they are sent.
pub struct Attempt {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the token.
    pub nonce: String,
    /// Proves that the code is redeemed by who asked for it (PKCE): 43 to 128 letters and digits.
    pub verifier: String,
}

impl Provider {
    pub fn new(settings: Settings, network: &Network) -> Result<Self, Unusable> {
        Ok(Self {
            http: Http::new(network, discovery::is_plain(&settings.issuer))?,
            settings,
            discovered: Mutex::new(None),
            keys: Mutex::new(None),
        })
    }

    /// Where the browser has to go.
    pub async fn ask(&self, attempt: &Attempt, now: Timestamp) -> Result<String, OidcError> {
        let discovered = self.discovered(now).await?;
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(&attempt.verifier));
        let mut address = discovered.authorize.clone();
        address
            .query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &self.settings.redirect_uri)
            .append_pair("scope", self.scope())
            .append_pair("state", &attempt.state)
            .append_pair("nonce", &attempt.nonce)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        Ok(address.into())
    }

    /// Slack's tokens name the account; the address that identifies somebody elsewhere is not asked for.
    fn scope(&self) -> &'static str {
        if self.settings.is_slack {
            "openid"
        } else {
            "openid email"
        }
    }

    /// How the issuer spells itself.
    pub fn issuer(&self) -> &str {
        &self.settings.issuer
    }

    /// Who the issuer says has come back. The caller has checked that the answer is to this attempt.
    pub async fn read(
        &self,
        attempt: &Attempt,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        let read = tokio::time::timeout(WITHIN, self.identity(attempt, answer, now)).await;
        read.map_err(|_| OidcError::NoAnswer {
            what: "who signed in",
            why: "timed out".to_owned(),
        })?
    }

    async fn identity(
        &self,
        attempt: &Attempt,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Identity, OidcError> {
        let issuer = &self.settings.issuer;
        let discovered = self.discovered(now).await?;
        let code = answer.code(issuer, discovered.names_itself)?;
        let redeemed = self.redeem(&discovered, attempt, code).await?;
        let id_token = redeemed["id_token"].as_str();
        let id_token = id_token.ok_or_else(|| OidcError::odd(TOKEN, "sends no ID token"))?;
        let sent = token::take_apart(id_token)?;
        let keys = self.keys_for(&discovered, &sent, now).await?;
        let key = keys
            .find(sent.algorithm, sent.key_id.as_deref())
            .ok_or(TokenError::UnknownKey)?;
        let mut claims = sent.verified(key)?;
        let wanted = Wanted {
            issuer,
            client_id: &self.settings.client_id,
            nonce: &attempt.nonce,
            now,
        };
        wanted.accepts(&claims)?;
        // Some issuers say no more in a token than who it is.
        if let (false, Some(address), Some(token)) = (
            self.settings.is_slack || claims::name_an_address(&claims),
            &discovered.user_info,
            redeemed["access_token"].as_str(),
        ) {
            let user_info = self.http.get_for(USER_INFO, address, token).await?;
            claims = claims::with_address(claims, &user_info)?;
        }
        Ok(claims::identity(&claims, issuer, self.settings.is_slack)?)
    }

    /// Trades the code for tokens.
    async fn redeem(
        &self,
        discovered: &Discovered,
        attempt: &Attempt,
        code: &str,
    ) -> Result<Value, OidcError> {
        let (form, authorization) = self.redemption(discovered.proof, attempt, code)?;
        let said = self
            .http
            .post(TOKEN, &discovered.token, form, authorization)
            .await?;
        if said.status.is_server_error() {
            let why = format!("HTTP {}", said.status.as_u16());
            return Err(OidcError::NoAnswer { what: TOKEN, why });
        }
        match said.body["error"].as_str() {
            Some(error) => Err(OidcError::Refused(known_code(error))),
            None if said.status.is_success() => Ok(said.body),
            None => Err(OidcError::odd(
                TOKEN,
                format!("answers HTTP {}", said.status.as_u16()),
            )),
        }
    }

    /// The form that redeems the code, and the header that proves who sends it, if that is not in the form.
    fn redemption(
        &self,
        proof: Proof,
        attempt: &Attempt,
        code: &str,
    ) -> Result<(String, Option<String>), OidcError> {
        let Settings {
            client_id,
            client_secret,
            redirect_uri,
            ..
        } = &self.settings;
        let secret = client_secret.as_ref().map(SecretRef::read).transpose()?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_verifier", &attempt.verifier);
        let authorization = match (&secret, proof) {
            (Some(secret), Proof::Header) => Some(basic(client_id, secret.expose_secret())),
            (Some(secret), Proof::Form) => {
                form.append_pair("client_id", client_id)
                    .append_pair("client_secret", secret.expose_secret());
                None
            }
            (None, _) => {
                form.append_pair("client_id", client_id);
                None
            }
        };
        Ok((form.finish(), authorization))
    }

    /// What the issuer says about itself. Nobody waits while another asks: an issuer that does not answer keeps each for its own
    /// time alone.
    pub(super) async fn discovered(&self, now: Timestamp) -> Result<Arc<Discovered>, OidcError> {
        let known = self.discovered.lock().clone();
        if let Some((at, discovered)) = known
            && now.since(at) < KNOWN_FOR
        {
            return Ok(discovered);
        }
        let issuer = &self.settings.issuer;
        let document = self
            .http
            .get(discovery::WHAT, &discovery::address(issuer)?)
            .await?;
        let discovered = Arc::new(discovery::read(document, issuer)?);
        *self.discovered.lock() = Some((now, Arc::clone(&discovered)));
        Ok(discovered)
    }

    /// Keys among which the token's own should be: an issuer that has a new key signs with it at once.
    async fn keys_for(
        &self,
        discovered: &Discovered,
        sent: &token::Sent<'_>,
        now: Timestamp,
    ) -> Result<Arc<Keys>, OidcError> {
        let known = self.keys.lock().clone();
        if let Some((at, keys)) = known {
            let has_it = keys.find(sent.algorithm, sent.key_id.as_deref()).is_some();
            let age = now.since(at);
            if age < KEYS_AGAIN || has_it && age < KNOWN_FOR {
                return Ok(keys);
            }
        }
        let keys = Arc::new(self.keys(discovered).await?);
        *self.keys.lock() = Some((now, Arc::clone(&keys)));
        Ok(keys)
    }

    pub(super) async fn keys(&self, discovered: &Discovered) -> Result<Keys, OidcError> {
        Keys::read(&self.http.get(keys::WHAT, &discovered.keys).await?)
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// `client_secret_basic`: both are encoded first (RFC 6749, 2.3.1).
fn basic(client_id: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encoded(client_id), encoded(secret));
    format!("Basic {}", BASE64.encode(both.as_bytes()))
}
