//! `apono migrate`: migrates the database to this version.

use std::path::Path;
use std::process::ExitCode;

use crate::clock::{Clock, SystemClock};
use crate::store::Store;

use super::{database_of, failed};

pub(super) async fn migrate(path: &Path) -> ExitCode {
    let target = match database_of(path) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let migrated = async {
        let store = Store::open(&target).await?;
        store.migrate(SystemClock.now()).await?;
        store.close().await
    };
    match migrated.await {
        Ok(()) => {
            say!("The database is up to date.");
            ExitCode::SUCCESS
        }
        Err(error) => failed("the database could not be migrated", &error),
    }
}
