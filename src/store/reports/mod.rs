//! Queries for lists, reports and overviews, one file per topic. They run outside any change, on [`Store`](super::Store): what
//! a change has to know inside its transaction is not a report.

mod activity;
mod beside;
mod brakes;
mod day;
mod events;
mod further;
mod groups;
mod job_counts;
mod live;
mod overdue;
mod page;
mod past;
mod red_button;
mod requests;
mod trail;

pub use activity::{Found, GivenAnswer, Stamps};
pub use brakes::Brake;
pub use events::{Events, LOOKED_THROUGH, Listed};
pub use further::{EndedBy, Further};
pub use groups::{By, Common, Group, Grouped};
pub use job_counts::LaneCounts;
pub use live::LiveIntegration;
pub use page::{Page, Paged};
pub use past::{Answer, Asked, Began, Newest, Past, Unused};
pub use red_button::OpenCounts;
pub use requests::Unanswered;
