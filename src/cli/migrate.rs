//! `apono migrate`: brings the database to this version.

use std::path::Path;
use std::process::ExitCode;

use crate::app;
use crate::clock::{Clock, SystemClock};
use crate::store::Store;

use super::{failed, load};

pub(super) async fn migrate(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let target = match app::database(&config) {
        Ok(target) => target,
        Err(error) => return failed("the database's address", &error),
    };
    let migrated = async {
        let store = Store::open(&target).await?;
        store.migrate(SystemClock.now()).await?;
        store.close().await
    };
    match migrated.await {
        Ok(()) => {
            println!("The database is up to date.");
            ExitCode::SUCCESS
        }
        Err(error) => failed("the database could not be migrated", &error),
    }
}
