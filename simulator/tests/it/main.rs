//! What Slack does, rule by rule, seen by a small app over HTTP and WebSocket and by people at their screens.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]

mod support;

mod acting;
mod calling;
mod chatting;
mod connecting;
mod controlling;
mod conversing;
mod forms;
mod people;
mod reading;
mod response_urls;
mod scheduling;
mod signing_in;
mod troubles;
mod views;
