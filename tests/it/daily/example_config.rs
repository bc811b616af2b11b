//! 16. The example config, filled in.
