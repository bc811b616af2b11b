//! The issuer that people sign in to the portal with, if the config has one.

use std::sync::Arc;

use url::Url;

use super::reach::network;
use crate::config::{Config, OidcConfig};
use crate::network::Proxy;
use crate::oidc::{Provider, Settings};
use crate::web::{CALLBACK, Issuer, Site};

/// What Slack calls itself as an issuer.
const SLACK: &str = "https://slack.com";

/// The issuer as the portal at `site` uses it. It is not asked anything yet.
pub(super) fn issuer(config: &Config, site: &Site, proxy: Option<Arc<Proxy>>) -> Option<Issuer> {
    let oidc = config.web.as_ref()?.oidc.as_ref()?;
    let settings = settings(config, oidc, &site.url_of(CALLBACK));
    match Provider::new(settings, &network(config, proxy)) {
        Ok(provider) => Some(Issuer {
            name: oidc.name.clone(),
            provider,
        }),
        // People still sign in by links.
        Err(error) => {
            tracing::error!(%error, "nobody can sign in with the issuer");
            None
        }
    }
}

pub(crate) fn settings(config: &Config, oidc: &OidcConfig, redirect_uri: &str) -> Settings {
    // Where the Web API is, Slack is the issuer too.
    let api = Url::parse(&config.slack.api_url);
    let here = api.map(|api| api.origin().ascii_serialization());
    Settings {
        issuer: oidc.issuer.clone(),
        client_id: oidc.client_id.clone(),
        client_secret: oidc.client_secret.clone(),
        is_slack: oidc.issuer == SLACK || here.is_ok_and(|here| here == oidc.issuer),
        redirect_uri: redirect_uri.to_owned(),
    }
}
