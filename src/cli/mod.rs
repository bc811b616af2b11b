//! The command line: each subcommand in a file of its own.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line speaks through these"
)]

mod accept_restore;
mod audit;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod integrations;
pub mod logging;
pub mod manifest;
mod migrate;
mod reap;
mod run;
mod ssh;

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::app;
use crate::config::Config;
use crate::integrations::IntegrationConfig;
use crate::store::DatabaseTarget;

#[derive(Subcommand)]
pub enum Command {
    /// Run the bot until it is told to stop (SIGTERM or Ctrl-C).
    Run {
        #[command(flatten)]
        file: ConfigFile,
        /// How the log is written, on standard error.
        #[arg(long, value_enum, default_value_t)]
        log: logging::Format,
    },
    /// See the main job played in less than a minute, with nothing to set up and nothing left behind.
    #[cfg(feature = "demo")]
    Demo {
        /// Go on running afterwards, to try things by hand.
        #[arg(long)]
        keep: bool,
        /// Play with SSH alone, as on a machine without PostgreSQL.
        #[arg(long)]
        ssh_only: bool,
    },
    /// Report every problem of a config file at once, and what it probably does not mean.
    Check {
        #[command(flatten)]
        file: ConfigFile,
        /// Also ask Slack, the database and every integration, changing nothing anywhere; a bot may run meanwhile.
        #[arg(long)]
        online: bool,
        /// Fail on what is allowed and probably not meant, too.
        #[arg(long)]
        strict: bool,
    },
    /// Bring the database to this version; `run` does it by itself.
    Migrate(ConfigFile),
    /// Print the Slack app manifest and the link that creates the app from it.
    Manifest,
    /// Set up integrations of kind "ssh".
    #[command(subcommand)]
    Ssh(SshCommand),
    /// Look at the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// End on a target what is past its time, without the bot and without its database: for when it is dead.
    Reap {
        /// The integration, as the config names it.
        #[arg(long, value_name = "NAME")]
        integration: String,
        #[command(flatten)]
        file: ConfigFile,
        /// End nothing, but print the SQL that does the same on the target itself, for a scheduler there.
        #[arg(long)]
        print_sql: bool,
    },
    /// Go on with a database that was restored from a backup, although the audit channel shows what it does not know. On
    /// SQLite the bot is stopped for it.
    AcceptRestore {
        /// Why this database is the one to go on with; the trail keeps it.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Prepare the targets.
    #[command(subcommand)]
    Integrations(IntegrationsCommand),
}

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Check the whole trail and name the first event that does not fit.
    Verify(ConfigFile),
}

#[derive(Subcommand)]
pub enum IntegrationsCommand {
    /// Print the SQL that makes the bot's role on a PostgreSQL target, with what it needs and nothing else.
    SetupSql {
        /// The integration, as the config names it.
        name: String,
        #[command(flatten)]
        file: ConfigFile,
        /// Give the bot's role nothing but functions that check each step; for an integration with `bounded = true`.
        #[arg(long)]
        bounded: bool,
    },
}

#[derive(Subcommand)]
pub enum SshCommand {
    /// Print the lines and files that a host needs to take the certificates.
    Trust {
        #[command(flatten)]
        file: ConfigFile,
        /// Only this integration's.
        #[arg(long, value_name = "NAME")]
        integration: Option<String>,
    },
    /// Put the CA key that stands there now on record, after the former one was lost or changed on purpose. The bot is
    /// stopped for it.
    AcceptKey {
        #[command(flatten)]
        file: ConfigFile,
        /// The integration whose key it is.
        #[arg(long, value_name = "NAME")]
        integration: String,
    },
}

#[derive(Args)]
pub struct ConfigFile {
    /// The config file.
    #[arg(long, default_value = "config.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// Carries out a command. Problems are said on standard error, in words.
pub async fn dispatch(command: Command) -> ExitCode {
    match command {
        Command::Run { file, log } => run::run(&file.config, log).await,
        #[cfg(feature = "demo")]
        Command::Demo { keep, ssh_only } => demo::demo(demo::Wanted { keep, ssh_only }).await,
        Command::Check { file, online, strict } => {
            if online {
                check::check_online(&file.config, strict).await
            } else {
                check::check(&file.config, strict)
            }
        }
        Command::Migrate(file) => migrate::migrate(&file.config).await,
        Command::Manifest => {
            println!("{}", manifest::manifest_text());
            println!("# Create the app from it: {}", manifest::create_link());
            ExitCode::SUCCESS
        }
        Command::Ssh(SshCommand::Trust { file, integration }) => {
            ssh::trust(&file.config, integration.as_deref()).await
        }
        Command::Ssh(SshCommand::AcceptKey { file, integration }) => {
            ssh::accept_key(&file.config, &integration).await
        }
        Command::Audit(AuditCommand::Verify(file)) => audit::verify(&file.config).await,
        Command::Reap {
            integration,
            file,
            print_sql,
        } => {
            if print_sql {
                reap::print_sql(&integration, &file.config)
            } else {
                reap::reap(&integration, &file.config).await
            }
        }
        Command::AcceptRestore { reason, file } => accept_restore::accept(&file.config, &reason).await,
        Command::Integrations(IntegrationsCommand::SetupSql { name, file, bounded }) => {
            integrations::setup_sql(&name, &file.config, bounded).await
        }
    }
}

fn load(path: &Path) -> Result<Config, ExitCode> {
    Config::load(path).map_err(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

/// Where the config's database is; what is wrong with either is said.
fn database_of(path: &Path) -> Result<DatabaseTarget, ExitCode> {
    app::database(&load(path)?).map_err(|error| failed("the database's address", &error))
}

/// The integration of this name in the config; what is wrong with either is said.
fn integration_of(name: &str, path: &Path) -> Result<IntegrationConfig, ExitCode> {
    let config = load(path)?;
    of_the_config(name, path, &config).cloned()
}

/// The integration of this name, or it is said which there are.
fn of_the_config<'c>(name: &str, path: &Path, config: &'c Config) -> Result<&'c IntegrationConfig, ExitCode> {
    let found = config.integrations.iter().find(|it| it.name == name);
    found.ok_or_else(|| {
        let names: Vec<&str> = config.integrations.iter().map(|it| it.name.as_str()).collect();
        let known = format!("{} has: {}", path.display(), names.join(", "));
        failed(&format!("there is no integration {name:?}"), &known)
    })
}

fn failed(what: &str, error: &impl Display) -> ExitCode {
    eprintln!("apono: {what}: {error}");
    ExitCode::FAILURE
}
