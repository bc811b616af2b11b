//! 20. Help of each subcommand.
