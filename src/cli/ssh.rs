//! `apono ssh`: what to put on hosts so they accept apono's certificates, and which key is the right one.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::app::kind_records::{self, Kept};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::store::Store;

use super::{failed, load};

pub(super) async fn trust(path: &Path, integration: Option<&str>) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let mut texts = Vec::new();
    for found in &config.integrations {
        let Some(authority) = found.settings.authority() else {
            continue;
        };
        if integration.is_some_and(|wanted| wanted != found.name) {
            continue;
        }
        let on_record = on_record(&config, &found.name, authority.record()).await;
        match authority.trust(on_record.as_deref()) {
            Ok(text) => texts.push(text),
            Err(error) => return failed(&found.name, &error),
        }
    }
    if texts.is_empty() {
        return failed(
            "ssh trust",
            &"the config has no matching integration of kind \"ssh\"",
        );
    }
    print!("{}", texts.join("\n"));
    ExitCode::SUCCESS
}

/// The recorded fingerprint; also none if the database cannot be read, as on an admin's own machine.
async fn on_record(config: &Config, integration: &str, name: &str) -> Option<String> {
    let target = app::database(config).ok()?;
    let store = Store::open_for_reading(&target).await.ok()?;
    let recorded = kind_records::get(&store, integration, name).await;
    // The database was only read, so nothing is lost if closing fails.
    let _ = store.close().await;
    recorded.ok().flatten()
}

/// Records another key as the right one, for an admin who lost the previous one or changes it on purpose.
pub(super) async fn accept_key(path: &Path, integration: &str) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let found = config.integrations.iter().find(|found| found.name == integration);
    let Some(authority) = found.and_then(|found| found.settings.authority()) else {
        return failed(
            integration,
            &"the config has no matching integration of kind \"ssh\"",
        );
    };
    let target = match app::database(&config) {
        Ok(target) => target,
        Err(error) => return failed("the database's address", &error),
    };
    let store = match Store::open(&target).await {
        Ok(store) => store,
        Err(error) => return failed("the database", &error),
    };
    let kept = Kept {
        store: &store,
        integration,
        now: SystemClock.now(),
        cause: "ssh accept-key".to_owned(),
    };
    let accepted = authority.accept(&kept).await;
    if let Err(error) = store.close().await {
        return failed("the database", &error);
    }
    match accepted {
        Ok(fingerprint) => {
            say!(
                "{integration}: the CA key {fingerprint} is recorded and takes effect at the next start. Update the hosts with the output of: apono ssh trust"
            );
            ExitCode::SUCCESS
        }
        Err(error) => failed(integration, &error),
    }
}
