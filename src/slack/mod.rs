//! Everything that speaks to Slack. slack-morphism and the WebSocket live here and nowhere else.
//!
//! [`web`] calls Slack, [`socket`] is called by it.

pub mod socket;
pub mod web;
