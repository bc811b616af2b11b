//! The client of Slack's Web API, as the config describes it.

use std::sync::Arc;

use super::reach::network;
use super::{StartError, tokens};
use crate::config::Config;
use crate::network::{Proxy, install_crypto_provider};
use crate::slack::web::{ApiUrl, Pacing, Tokens, WebApi, WebError, WebSettings};

/// The client, with these tokens or none.
pub(super) fn slack_web(
    config: &Config,
    tokens: Option<Tokens>,
    pacing: Pacing,
    proxy: Option<Arc<Proxy>>,
) -> Result<WebApi, WebError> {
    let slack = &config.slack;
    WebApi::new(WebSettings {
        api_url: ApiUrl::parse(&slack.api_url, slack.allow_plain_http)?,
        tokens,
        pacing,
        network: network(config, proxy),
    })
}

/// The same, with the tokens as they are now.
pub(crate) fn web_api(
    config: &Config,
    pacing: Pacing,
    proxy: Option<Arc<Proxy>>,
) -> Result<WebApi, StartError> {
    install_crypto_provider();
    Ok(slack_web(config, Some(tokens::read(config)?), pacing, proxy)?)
}
