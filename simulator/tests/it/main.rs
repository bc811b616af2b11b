//! What Slack does, rule by rule, seen by a small app over HTTP and WebSocket and by people at their screens.

mod support;

mod acting;
