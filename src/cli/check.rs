//! `apono check`: everything that is wrong with a config file, at once.

use std::path::Path;
use std::process::ExitCode;

use super::load;

pub(super) fn check(path: &Path) -> ExitCode {
    let config = match load(path) {
        Ok(config) => config,
        Err(code) => return code,
    };
    let problems = config.check_secrets();
    for problem in &problems {
        eprintln!("{}", problem.shown_in(path));
    }
    if problems.is_empty() {
        println!("{}: no problems. {}", path.display(), config.summary());
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
