//! What lists, reports and looks at everything ask, a file for each topic. It is asked outside every change, of
//! [`Store`](super::Store): what a change has to know inside its transaction is no report.

mod day;
mod job_counts;
mod live;
mod overdue;
mod page;
mod red_button;
mod requests;
mod trail;

pub use job_counts::LaneCounts;
pub use live::LiveIntegration;
pub use page::{Page, Paged};
pub use red_button::OpenCounts;
