//! `apono ssh`: what hosts have to be told so that they take apono's certificates, and which key is the right one.

use std::path::Path;
use std::process::ExitCode;

use crate::app::{self, authorities, ssh_settings};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, IntegrationKind};
use crate::integrations::ssh;
use crate::store::Store;

use super::{failed, load};

pub(super) async fn trust(path: &Path, integration: Option<&str>) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut texts = Vec::new();
    for found in &config.integrations {
        let IntegrationKind::Ssh(settings) = &found.kind else {
            continue;
        };
        if integration.is_some_and(|wanted| wanted != found.name) {
            continue;
        }
        let settings = ssh_settings(&found.name, settings);
        if settings.authority.can_be_made() {
            return failed(
                &found.name,
                &"its CA key is made at the first start; run apono once, then ask again",
            );
        }
        let key = match settings.authority.public_key() {
            Ok(key) => key,
            Err(error) => return failed(&found.name, &error),
        };
        let stands = ssh::fingerprint(key.key_data());
        let recorded = on_record(&config, &found.name).await;
        if let Some(recorded) = &recorded
            && *recorded != stands
        {
            return failed(
                &found.name,
                &format!(
                    "the CA key that stands there is another one ({stands}) than the one on record ({recorded}); hosts must not be told to trust it. Put the former key back, or take this one on purpose: apono ssh accept-key --integration NAME"
                ),
            );
        }
        texts.push(ssh::trust(&settings, &key, recorded.is_some()));
    }
    if texts.is_empty() {
        return failed("ssh trust", &"the config has no such integration of kind \"ssh\"");
    }
    print!("{}", texts.join("\n"));
    ExitCode::SUCCESS
}

/// The recorded fingerprint; none also where the database cannot be read, as on an admin's own machine.
async fn on_record(config: &Config, integration: &str) -> Option<String> {
    let target = app::database(config).ok()?;
    let store = Store::open_for_reading(&target).await.ok()?;
    let recorded = authorities::on_record(&store, integration).await;
    // It was only looked at, so nothing is lost where closing fails.
    let _ = store.close().await;
    recorded.ok().flatten()
}

/// Puts another key on record, for an admin who lost the former one or changes it on purpose.
pub(super) async fn accept_key(path: &Path, integration: &str) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let settings = config.integrations.iter().find_map(|found| match &found.kind {
        IntegrationKind::Ssh(settings) if found.name == integration => {
            Some(ssh_settings(&found.name, settings))
        }
        IntegrationKind::Ssh(_) | IntegrationKind::Postgres(_) => None,
    });
    let Some(settings) = settings else {
        return failed(integration, &"the config has no such integration of kind \"ssh\"");
    };
    let target = match app::database(&config) {
        Ok(target) => target,
        Err(error) => return failed("the database's address", &error),
    };
    let store = match Store::open(&target).await {
        Ok(store) => store,
        Err(error) => return failed("the database", &error),
    };
    let accepted = authorities::accept(&store, integration, settings.authority, SystemClock.now()).await;
    if let Err(error) = store.close().await {
        return failed("the database", &error);
    }
    match accepted {
        Ok(fingerprint) => {
            println!(
                "{integration}: the CA key {fingerprint} is on record; it counts from the next start. Tell the hosts: apono ssh trust"
            );
            ExitCode::SUCCESS
        }
        Err(error) => failed(integration, &error),
    }
}
