//! `slack-simulator`: serves one simulated workspace until it is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use slack_simulator::{Simulator, World};

/// A stand-in for Slack on loopback: the Web API, Socket Mode, and a control API to act as people.
#[derive(Debug, Parser)]
#[command(name = "slack-simulator")]
struct Options {
    /// The address to listen on; port 0 means any free port.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// A JSON file with the workspace; without it, an example workspace.
    #[arg(long, value_name = "FILE")]
    world: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("slack-simulator: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let world = match options.world {
        Some(path) => World::from_json(&std::fs::read_to_string(path)?)?,
        None => World::example(),
    };
    let simulator = Simulator::start_on(options.listen, world).await?;
    println!("api_url   {}", simulator.api_url());
    println!("app_token {}", simulator.app_token());
    println!("bot_token {}", simulator.bot_token());
    println!("control   {}", simulator.control_url());
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        _ = terminated.recv() => {}
    }
    simulator.stop().await;
    Ok(())
}
