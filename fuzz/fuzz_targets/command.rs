//! Any text after `/apono` is a command, or one that is not known and is answered.
#![no_main]

use apono::slack::encoded::Words;
use apono::slack::handlers::commands::{Command, answer_at_once};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = answer_at_once(&Command::read(&Words::decode(text)));
});
