//! `apono ssh trust`: what hosts have to be told so that they take apono's certificates.

use std::path::Path;
use std::process::ExitCode;

use crate::app::ssh_settings;
use crate::config::IntegrationKind;
use crate::integrations::ssh;

use super::{failed, load};

pub(super) fn trust(path: &Path, integration: Option<&str>) -> ExitCode {
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
        match settings.authority.public_key() {
            Ok(key) => texts.push(ssh::trust(&settings, &key)),
            Err(error) => return failed(&found.name, &error),
        }
    }
    if texts.is_empty() {
        return failed("ssh trust", &"the config has no such integration of kind \"ssh\"");
    }
    print!("{}", texts.join("\n"));
    ExitCode::SUCCESS
}
