//! How servers and the database are reached, as the config says it.

use std::sync::Arc;

use secrecy::SecretString;

use crate::config::{Config, DatabaseUrl};
use crate::network::{Network, Proxy};
use crate::secrets::SecretError;
use crate::store::DatabaseTarget;

/// All of them are reached in the same way.
pub(crate) fn network(config: &Config, proxy: Option<Arc<Proxy>>) -> Network {
    Network {
        proxy,
        ca_file: config.slack.ca_file.clone(),
    }
}

/// Where the config's database is.
pub fn database(config: &Config) -> Result<DatabaseTarget, SecretError> {
    Ok(match &config.database.url {
        DatabaseUrl::Sqlite(path) => DatabaseTarget::Sqlite(path.clone()),
        DatabaseUrl::Postgres(url) => DatabaseTarget::Postgres(SecretString::from(url.read()?)),
    })
}
