//! `apono check`: everything that is wrong with a config file, at once.

use std::path::Path;
use std::process::ExitCode;

use crate::config::Config;

pub(super) fn check(path: &Path) -> ExitCode {
    match Config::check(path) {
        Ok(config) => {
            println!("{}: no problems. {}", path.display(), config.summary());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
