//! `apono integrations setup-sql`: what an administrator runs on a target before the bot can use it.

use std::path::Path;
use std::process::ExitCode;

use crate::access::ids::InstallId;
use crate::app;
use crate::config::Config;
use crate::integrations::kind::SetUp;
use crate::store::Store;

use super::{SetupWanted, failed, load, of_the_config};

/// Prints the SQL. It may need the admin URL for the role's name but does not connect to the target: the role may not exist yet.
pub(super) async fn setup_sql(name: &str, path: &Path, wanted: SetupWanted) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let integration = match of_the_config(name, path, &config) {
        Ok(integration) => integration,
        Err(code) => return code,
    };
    let target = match integration.settings.sql() {
        Ok(target) => target,
        Err(none) => return failed(&format!("{name} does not use SQL"), &none.set_up),
    };
    let sql = if wanted.group_roles {
        target.group_roles()
    } else {
        let bounded = wanted.bounded || target.is_bounded();
        target.set_up(&SetUp {
            bounded,
            role: wanted.role.map(|role| (role, wanted.database)),
            longest: config.longest_access(name),
            install: if bounded { install(&config).await } else { None },
        })
    };
    match sql {
        Ok(sql) => {
            print!("{sql}");
            ExitCode::SUCCESS
        }
        Err(error) => failed("the SQL cannot be generated", &error),
    }
}

/// The id of the bot's installation; none before its first start, or if the database cannot be read.
async fn install(config: &Config) -> Option<InstallId> {
    let target = app::database(config).ok()?;
    let store = Store::open_for_reading(&target).await.ok()?;
    let install = store.install().await;
    // The database was only read, so nothing is lost if closing fails.
    let _ = store.close().await;
    install.ok()
}
