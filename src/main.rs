//! Parses the command line, dispatches, and turns the outcome into an exit code.

use std::process::ExitCode;

use apono::cli::{self, Command};
use clap::Parser;

/// Just-in-time access from Slack: ask, approve, get in, and have it taken away on time.
#[derive(Parser)]
#[command(name = "apono", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[tokio::main]
async fn main() -> ExitCode {
    cli::dispatch(Arguments::parse().command).await
}
