//! Any text after `/apono` is a command, or one that is not known and is answered.
#![no_main]

use apono::slack::encoded::Words;
use apono::slack::handlers::commands::{Command, Word};
use apono::slack::views::help;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Command::Unknown { word } = Command::read(&Words::decode(text)) {
        let nearest = Word::nearest(&word).map(Word::example);
        let _ = help::unknown_word(&word, nearest);
    }
});
