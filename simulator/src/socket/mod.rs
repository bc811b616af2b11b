//! Socket Mode: each envelope goes to one of the open sockets, and acks come back.
//!
//! Invariant: an envelope is recorded before it is sent, so an ack always finds its record.

mod connection;
mod delivery;
mod hub;

pub(crate) use connection::{disconnect_all, send_raw, upgrade};
pub(crate) use delivery::{DeliveryError, deliver_event, deliver_interaction};
pub(crate) use hub::Hub;
