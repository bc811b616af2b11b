//! Sign in with Slack, as far as the workspace knows of it: the app's client, and who is about to come back to it.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use crate::clock::{Micros, micros};
use std::time::Duration;

/// How long a code can be redeemed.
const CODE_LASTS: Duration = Duration::from_mins(10);

/// The app as a client of OpenID Connect.
#[derive(Debug, Clone)]
pub(crate) struct OpenId {
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Addresses that browsers may be sent back to.
    pub(crate) redirect_urls: BTreeSet<String>,
    codes: BTreeMap<String, Granted>,
}

/// What somebody agreed to, and what the app has to show for it.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) person: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) nonce: Option<String>,
    /// SHA-256 of what has to be shown, in Base64.
    pub(crate) challenge: Option<String>,
    pub(crate) at: Micros,
}

impl Default for OpenId {
    fn default() -> Self {
        Self {
            client_id: "1000000000001.2000000000002".to_owned(),
            client_secret: "simulated-client-secret".to_owned(),
            redirect_urls: BTreeSet::new(),
            codes: BTreeMap::new(),
        }
    }
}

impl World {
    /// Registers an address to which people who signed in are sent back (OAuth & Permissions, "Redirect URLs").
    pub fn add_redirect_url(&mut self, url: &str) {
        self.openid.redirect_urls.insert(url.to_owned());
    }

    /// The app's client, under Basic Information: its id and its secret.
    pub fn client(&self) -> (String, String) {
        (self.openid.client_id.clone(), self.openid.client_secret.clone())
    }

    /// A new code for what somebody agreed to.
    pub(crate) fn grant_code(&mut self, granted: Granted) -> String {
        let code = self.ids.next("simulated-code-");
        self.openid.codes.insert(code.clone(), granted);
        code
    }

    /// Uses up a code.
    pub(crate) fn take_code(&mut self, code: &str, now: Micros) -> Option<Granted> {
        let granted = self.openid.codes.remove(code)?;
        (now < granted.at + micros(CODE_LASTS)).then_some(granted)
    }
}
