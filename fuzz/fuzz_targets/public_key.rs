//! Any text is a person's public key, which is kept so that it reads the same again, or is refused.
#![no_main]

use apono::integrations::ssh::PastedKey;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = PastedKey::read(text) {
        assert_eq!(PastedKey::read(&key.kept().line), Ok(key));
    }
});
