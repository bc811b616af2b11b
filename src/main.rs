//! Parses the command line, dispatches, and turns the outcome into an exit code.

use std::process::ExitCode;

use apono::cli::{self, Command};
use clap::Parser;

/// Just-in-time access from Slack: request it, get it approved, use it, and have it revoked on time.
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
            // A DNS lookup that is still running must not delay the exit.
            runtime.shutdown_background();
            code
        }
        Err(_) => ExitCode::FAILURE,
    }
}
