//! The config that the demo runs with: the same for every demo, and a little more for one with a history.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use slack_simulator::Simulator;

use crate::config::Config;
use crate::throwaway_sshd::ThrowawaySshd;

use super::error::DemoError;
use super::past::{Part, Someone, listed};

const BASE: &str = include_str!("config.toml");
const POSTGRES: &str = include_str!("config_postgres.toml");
const SSH: &str = include_str!("config_ssh.toml");
const BILLING: &str = include_str!("config_billing.toml");
const FLEET: &str = include_str!("config_fleet.toml");
const PORTAL_SECTION: &str = include_str!("config_portal.toml");

/// Where the portal is in the documentation, too.
const PORTAL: &str = "127.0.0.1:8080";

/// The host that certificates name if no SSH server is installed; nobody logs in then.
const NO_HOST: (&str, u16, &str) = ("bastion.example.com", 22, "deploy");

/// The members of the groups `developers` and `sre` without a history.
const DEVELOPERS: &str = r#""dana@example.com""#;
const SRE: &str = r#""omar@example.com", "priya@example.com""#;

/// What the config is about.
pub(super) struct Around<'a> {
    pub(super) simulator: &'a Simulator,
    pub(super) sshd: Option<&'a ThrowawaySshd>,
    /// The URLs of the databases `shop` and, with a history, `billing`.
    pub(super) shop: Option<&'a SecretString>,
    pub(super) billing: Option<&'a SecretString>,
    /// The people of a history; then there is a portal, too.
    pub(super) crowd: Option<&'a [Someone]>,
}

impl Around<'_> {
    /// Writes the config and the secrets it refers to, and reads it the way the bot does.
    pub(super) fn write(&self, folder: &Path) -> Result<Config, DemoError> {
        let mut secrets = vec![
            ("app_token", self.simulator.app_token()),
            ("bot_token", self.simulator.bot_token()),
        ];
        for (name, url) in [("shop_db_url", self.shop), ("billing_db_url", self.billing)] {
            secrets.extend(url.map(|url| (name, url.expose_secret().to_owned())));
        }
        for (name, secret) in secrets {
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(folder.join(name))?
                .write_all(secret.as_bytes())?;
        }
        let path = folder.join("config.toml");
        fs::write(&path, self.text())?;
        Ok(Config::load(&path)?)
    }

    fn text(&self) -> String {
        let (developers, sre) = match self.crowd {
            Some(crowd) => (listed(crowd, Part::Developer), listed(crowd, Part::OnCall)),
            None => (DEVELOPERS.to_owned(), SRE.to_owned()),
        };
        let mut text = BASE
            .replace("{api_url}", &self.simulator.api_url())
            .replace("{developers}", &developers)
            .replace("{sre}", &sre);
        if self.shop.is_some() {
            text.push_str(POSTGRES);
        }
        if self.billing.is_some() {
            text.push_str(BILLING);
        }
        let (host, port, account) = self
            .sshd
            .map_or(NO_HOST, |sshd| ("127.0.0.1", sshd.port(), sshd.account()));
        text.push_str(
            &SSH.replace("{host}", host)
                .replace("{port}", &port.to_string())
                .replace("{account}", account),
        );
        if self.crowd.is_some() {
            text.push_str(FLEET);
            text.push_str(&PORTAL_SECTION.replace("{listen}", &free_address()));
        }
        text
    }
}

/// The usual port of the portal, or any other if something else has that one.
fn free_address() -> String {
    let is_free = TcpListener::bind(PORTAL).is_ok();
    if is_free { PORTAL } else { "127.0.0.1:0" }.to_owned()
}
