//! Everything that speaks to Slack. slack-morphism and the WebSocket live here and nowhere else.
//!
//! [`socket`] receives envelopes, [`inbox`] stores and routes them, [`carry_out`] carries out stored ones, [`handlers`] act,
//! [`views`] build what people read, [`delivery`] and [`audit_channel`] post it, [`web`] calls Slack, [`identity`] identifies
//! people, [`uncounted`] reports people in the config who are not accepted, and [`check`] checks the setup.

pub mod act;
pub mod actions;
pub mod alarms;
pub mod allowance;
mod asked;
pub mod audit_channel;
pub mod carry_out;
pub mod channel;
pub mod check;
pub mod delivery;
pub mod encoded;
pub mod handlers;
mod home;
pub mod identity;
pub mod inbox;
pub mod incoming;
pub mod left_over;
mod legible;
mod lookup;
mod mentions;
mod reports;
mod reviews;
pub mod shown;
mod signed_in;
pub mod silent;
pub mod socket;
mod to_admins;
pub mod uncounted;
pub mod views;
pub mod web;
pub mod who_counts;
mod witness;
