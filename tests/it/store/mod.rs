//! The store, on both databases: what it promises about changes, the trail, jobs, the inbox and everything it keeps.

mod activity;
mod around;
mod changes;
mod fixtures;
mod inbox;
mod jobs;
mod kept;
mod opening;
mod seats;
mod trail;
mod usage;
