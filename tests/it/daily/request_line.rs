//! 10. A request in one line fills the form.
