//! `[metrics]`: where health and metrics are read.

use std::net::{IpAddr, SocketAddr};

use super::keys;
use crate::document::{Section, Value};

/// Where `/healthz`, `/readyz` and `/metrics` are served. Whoever reaches it reads counts, the names of integrations, and what
/// is wrong with the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Port 0, which only loopback may have, takes a free one.
    pub listen: SocketAddr,
}

/// `None` if they are off, or if something is wrong. `portal` is where the portal listens.
pub(super) fn read(root: &Section<'_>, portal: Option<SocketAddr>) -> Option<MetricsConfig> {
    let section = root.section("metrics", "[metrics]", keys::METRICS)?;
    let doc = section.doc;
    let listen = section.may("listen", |v| doc.listen(v))?;
    if portal.is_some_and(|portal| excludes(portal, listen)) {
        let place = section
            .get("listen")
            .map_or_else(|| section.span.clone(), Value::span);
        doc.problem(
            place,
            "The portal listens there: [web] has the same listen. Write another port.",
        );
        return None;
    }
    Some(MetricsConfig { listen })
}

/// Whether nothing can listen on one while something listens on the other.
fn excludes(one: SocketAddr, other: SocketAddr) -> bool {
    // [::] takes IPv4 as well.
    let takes = |one: IpAddr, other: IpAddr| {
        one == other || one.is_unspecified() && (one.is_ipv6() || other.is_ipv4())
    };
    let is_same_port = one.port() == other.port() && one.port() != 0;
    is_same_port && (takes(one.ip(), other.ip()) || takes(other.ip(), one.ip()))
}
