//! `[metrics]`: where health and metrics are read.

use std::net::SocketAddr;

use super::keys;
use crate::document::Section;

/// Where `/healthz`, `/readyz` and `/metrics` are served. Whoever reaches it reads counts, the names of integrations, and what
/// is wrong with the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Port 0, which only loopback may have, takes a free one.
    pub listen: SocketAddr,
}

/// `None` if they are off, or if something is wrong.
pub(super) fn read(root: &Section<'_>) -> Option<MetricsConfig> {
    let section = root.section("metrics", "[metrics]", keys::METRICS)?;
    let doc = section.doc;
    let listen = section.may("listen", |v| doc.listen(v))?;
    Some(MetricsConfig { listen })
}
