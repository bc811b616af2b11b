//! `apono audit verify`: checks the trail in the database from its first event to its head.

use std::path::Path;
use std::process::ExitCode;

use crate::store::Store;

use super::{database_of, failed};

pub(super) async fn verify(path: &Path) -> ExitCode {
    let target = match database_of(path) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let verified = async { Store::open_for_reading(&target).await?.audit_verify().await };
    match verified.await {
        Ok(Ok(head)) => {
            println!("The trail is intact: {} events, head {}.", head.seq, head.hash);
            ExitCode::SUCCESS
        }
        Ok(Err(misfit)) => failed("audit verify", &misfit),
        Err(error) => failed("the trail could not be read", &error),
    }
}
