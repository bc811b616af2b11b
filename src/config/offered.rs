//! What the config can give, regardless of who may request it.

use crate::access::offered::{Offered, OnOffer};

use super::Config;

impl Config {
    /// Every integration with its permissions and listed resources, even if it cannot be used right now.
    pub fn offered(&self) -> Offered {
        let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        let integrations = self.integrations.iter();
        Offered::new(integrations.map(|integration| {
            let settings = &integration.settings;
            let on_offer = OnOffer {
                kind: settings.kind().name().to_owned(),
                retired: integration.retired,
                permissions: owned(settings.permissions()),
                sensitive: integration.sensitive.clone(),
                resources: settings.resources().map(owned),
            };
            (integration.name.clone(), on_offer)
        }))
    }
}
