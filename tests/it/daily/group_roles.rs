//! 15. The SQL of the group roles.
