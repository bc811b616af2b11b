//! What must not be missed.

mod overdue;
