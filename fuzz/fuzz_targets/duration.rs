//! Any text is a duration, which is written so that it reads the same again, or an error that says why.
#![no_main]

use apono::access::duration::{compact, parse, spoken};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match parse(text) {
        Ok(span) => {
            assert!(!span.is_zero());
            assert_eq!(parse(&compact(span)), Ok(span));
            let _ = spoken(span);
        }
        Err(why) => assert!(!why.to_string().is_empty()),
    }
});
