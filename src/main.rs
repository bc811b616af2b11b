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

fn main() -> ExitCode {
    let command = Arguments::parse().command;
    match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let code = runtime.block_on(cli::dispatch(command));
            // A name that is still being looked up somewhere must not hold up the end.
            runtime.shutdown_background();
            code
        }
        Err(_) => ExitCode::FAILURE,
    }
}
