//! A grantee with our source in hand, who wants to keep the access, hold up its end, hide, become more, plant something for
//! later, or turn us on others. Each attack is a test with its name, against the real server and with exactly the role that
//! people are told to give the bot.
//!
//! Besides grantees, people who sign in to the portal without an account in Slack attack it.
//!
//! A new kind of target comes with its attacks, in files next to these.

mod become_more;
mod become_more_by_catalogs;
mod bounded;
mod bounded_grantee;
mod grantee;
mod hide;
mod hold_up;
mod keep;
mod monitors;
mod outside_auditors;
mod plant;
mod plant_indirectly;
mod plant_shielded;
mod replicas;
mod sql;
mod ssh;
mod turn_us;
mod turn_us_in_slack;
