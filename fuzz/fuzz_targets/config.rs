//! Any file is a config, or has problems that stand at a line of it.
#![no_main]

use std::path::Path;

use apono::config::{Config, ConfigError};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Config::parse(text, Path::new("/etc/apono/config.toml")) {
        Ok(config) => {
            let _ = config.summary();
        }
        Err(ConfigError::Problems { problems, .. }) => {
            assert!(!problems.is_empty());
            let lines = text.matches('\n').count() + 1;
            assert!(problems.iter().all(|problem| problem.line <= lines));
        }
        Err(other) => panic!("{other}"),
    }
});
