//! Delivers cards and notices to Slack: one job for all of a request's messages. Cards are level-triggered: a run that finds one
//! behind the database renders it again. A first post is sent once: it is committed as `sending`, and one
//! with an unknown outcome is looked for in the history before it is posted again.
//!
//! Invariant: a problem with one message never delays another. Each is retried at its own time.

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
pub(super) use outcome::{is_about_the_person, is_final};
pub use work::Deliver;
