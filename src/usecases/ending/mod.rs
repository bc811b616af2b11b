//! How access ends: its time is up, the target was read back, leftovers are gone. Each is one transaction that also
//! settles the worker's job.

mod cleaned;
mod gone;
pub(super) mod soon;
mod time_over;

pub use cleaned::cleaned;
pub use gone::gone;
pub use soon::ending_soon;
pub use time_over::time_over;
