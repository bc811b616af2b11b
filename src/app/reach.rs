//! How Slack and the issuer are reached, as the config says it.

use std::sync::Arc;

use crate::config::Config;
use crate::network::{Network, Proxy};

/// Both use the same network settings.
pub(crate) fn network(config: &Config, proxy: Option<Arc<Proxy>>) -> Network {
    Network {
        proxy,
        ca_file: config.slack.ca_file.clone(),
    }
}
