//! The portal's address: it is opened before the bot answers anybody.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::listener::{BROWSER, Listener, Taken};
use super::site::Site;
use super::tls::{Certificate, TlsError};
use super::{Portal, route};
use crate::config::WebConfig;

/// Why the portal cannot open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error(transparent)]
    Taken(#[from] Taken),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Where browsers connect to, before anybody is answered.
pub struct Door {
    listener: Listener,
    site: Site,
}

impl Door {
    /// Begins to listen.
    pub async fn open(config: &WebConfig) -> Result<Self, DoorError> {
        let certificate = config.tls.clone().map(Certificate::read).transpose()?;
        let is_https = certificate.is_some();
        let listener = Listener::open(config.listen, certificate).await?;
        let origin = config.origin(listener.address());
        let site = Site::new(origin, config.trusted_proxies.clone(), is_https);
        Ok(Self { listener, site })
    }

    /// Where browsers find it.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

/// Answers browsers until the stop, then finishes what is under way.
pub async fn serve(door: Door, portal: Arc<Portal>, stop: CancellationToken) {
    tracing::info!(at = door.site.origin(), "the portal is open");
    door.listener.answer(route::router(portal), BROWSER, stop).await;
}
