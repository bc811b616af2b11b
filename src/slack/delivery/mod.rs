//! Cards and notices, brought to Slack: all those of a request by one job. Cards are level-triggered: a run that finds one
//! that shows less than is committed renders it anew. A first post is sent once: it is committed as `sending`, and one
//! whose fate is unknown is looked for in the history before it is posted again.
//!
//! Invariant: what one message meets keeps no other waiting. Each is tried again at its own time.

mod alarm;
mod deliver;
mod first_post;
mod outcome;
mod place;
mod plan;
mod ready;
mod render;
mod run;
mod update;
mod work;

pub use deliver::deliver;
pub(super) use outcome::is_about_the_person;
pub use work::Deliver;
