//! Any text on a socket is read or refused; what is read is what the inbox gives back after a crash.
#![no_main]

use apono::slack::act::Incoming;
use apono::slack::incoming;
use apono::slack::socket::frame::{self, Frame};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Frame::Envelope(envelope) = frame::parse(text) else {
        return;
    };
    let _ = frame::ack(&envelope.id, None);
    let _ = incoming::key(&envelope.id, &envelope.payload);
    let _ = incoming::skeleton(&envelope.kind, &envelope.payload);
    if let Ok(read) = incoming::read(&envelope.kind, &envelope.payload) {
        let kept = serde_json::to_string(&read).expect("what was read can be kept");
        let again: Incoming = serde_json::from_str(&kept).expect("what was kept can be read");
        assert_eq!(again, read);
    }
});
