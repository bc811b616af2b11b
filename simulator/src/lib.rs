//! A stand-in for Slack on loopback: the Web API, Socket Mode, and people who act and read.
//!
//! Invariant: it knows nothing about any particular app, and refuses what Slack refuses. Start one with
//! `Simulator::start(World::example())`.

mod act;
mod api;
pub mod blockkit;
mod clock;
mod control;
mod journal;
mod openid;
mod render;
mod shared;
mod simulator;
mod socket;
mod trouble;
mod validate;
mod world;

pub use act::{ActError, Actor, Answer, SeenModal, SeenView, Submitted};
pub use journal::{ACK_DEADLINE, ApiCall, EnvelopeRecord};
pub use simulator::Simulator;
pub use trouble::{CallMishap, EnvelopeMishap, Ongoing, SocketMishap, Trouble};
pub use world::app::{App, Team};
pub use world::channels::{Channel, UserGroup};
pub use world::people::{Kind, NamedTeam, Person};
pub use world::reading::SeenMessage;
pub use world::tickets::{RESPONSE_URL_LIFE, RESPONSE_URL_USES, TRIGGER_LIFE};
pub use world::views::MODAL_STACK;
pub use world::{World, WorldFileError};
