//! `apono check`: everything that is wrong with a config file, at once, and what it probably does not mean.

use std::path::Path;
use std::process::ExitCode;

use crate::config::Config;

/// With `strict`, what is probably not meant fails too.
pub(super) fn check(path: &Path, strict: bool) -> ExitCode {
    let config = match Config::check(path) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    for doubt in &config.doubts {
        eprintln!("warning: {}", doubt.shown_in(path));
    }
    println!("{}: no problems. {}", path.display(), config.summary());
    if strict && !config.doubts.is_empty() {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
