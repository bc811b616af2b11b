//! How servers and the database are reached, as the config says it.

use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::config::{Config, DatabaseUrl};
use crate::mail::Server;
use crate::network::{Network, Proxy};
use crate::secrets::SecretError;
use crate::store::DatabaseTarget;

/// How long one letter may take.
const LETTER_WITHIN: Duration = Duration::from_mins(1);

/// All of them are reached in the same way.
pub(crate) fn network(config: &Config, proxy: Option<Arc<Proxy>>) -> Network {
    Network {
        proxy,
        ca_file: config.slack.ca_file.clone(),
    }
}

/// The server that takes letters. Proxies are for HTTP.
pub(crate) fn mail_server(config: &Config) -> Option<Server> {
    config.mail.as_ref().map(|mail| Server {
        address: mail.server.clone(),
        login: mail.login.clone(),
        from: mail.from.clone(),
        within: LETTER_WITHIN,
        network: network(config, None),
    })
}

/// Where the config's database is.
pub fn database(config: &Config) -> Result<DatabaseTarget, SecretError> {
    Ok(match &config.database.url {
        DatabaseUrl::Sqlite(path) => DatabaseTarget::Sqlite(path.clone()),
        DatabaseUrl::Postgres(url) => DatabaseTarget::Postgres(SecretString::from(url.read()?)),
    })
}
