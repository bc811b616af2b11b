//! The command line: one file per subcommand.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is how a command line talks to people"
)]

/// Prints a line on standard output. Whoever reads it may stop early, as `head` does.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::print(format_args!($($text)*)) };
}

mod accept_restore;
mod audit;
mod backup;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod export;
mod help;
mod integrations;
pub mod logging;
pub mod manifest;
mod migrate;
mod on_offer;
mod reap;
mod report;
mod run;
mod sinks;
mod ssh;

use std::fmt::{Arguments, Display};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use self::check::Scope;
use self::export::ExportWanted;
use self::report::RunWanted;
use crate::app;
use crate::audit::witnessed::NotedHead;
use crate::config::{Config, ConfigError};
use crate::integrations::IntegrationConfig;
use crate::store::DatabaseTarget;

#[derive(Subcommand)]
pub enum Command {
    /// Run the bot until SIGTERM or Ctrl-C.
    #[command(after_help = help::RUN)]
    Run {
        #[command(flatten)]
        file: ConfigFile,
        /// Format of the log, which goes to standard error. `RUST_LOG` sets its level: error, warn, info (the default) or debug.
        #[arg(long, value_enum, default_value_t)]
        log_format: logging::Format,
    },
    /// Watch the bot at work for less than a minute, with nothing to set up and nothing left behind.
    #[cfg(feature = "demo")]
    #[command(after_help = help::DEMO)]
    Demo {
        /// Keep running afterwards, so you can try things by hand, with a portal and a made-up history.
        #[arg(long)]
        keep: bool,
        /// How many people the history is about, 8 to 100.
        #[arg(long, value_name = "N", requires = "keep", default_value_t = 12, value_parser = clap::value_parser!(u16).range(8..=100))]
        people: u16,
        /// How many days the history goes back, 2 to 366.
        #[arg(long, value_name = "N", requires = "keep", default_value_t = 30, value_parser = clap::value_parser!(u16).range(2..=366))]
        days: u16,
        /// Play only the SSH scenes, as on a machine without PostgreSQL.
        #[arg(long)]
        ssh_only: bool,
        /// Print every message, window and post, instead of the story in about 70 lines.
        #[arg(long)]
        full: bool,
    },
    /// Report all problems in a config file at once, and warn about likely mistakes.
    #[command(after_help = help::CHECK)]
    Check {
        #[command(flatten)]
        file: ConfigFile,
        /// Also check Slack, the database and every integration. Changes nothing anywhere, and is safe while a bot is running.
        #[arg(long)]
        online: bool,
        /// Check only the file itself, for a pipeline that has no secrets.
        #[arg(long, conflicts_with = "online")]
        no_secrets: bool,
        /// Fail on warnings too.
        #[arg(long)]
        strict: bool,
    },
    /// Migrate the database to this version. `run` does this automatically.
    #[command(after_help = help::MIGRATE)]
    Migrate(ConfigFile),
    #[command(after_help = help::BACKUP)]
    /// Write a consistent copy of the bot's SQLite database, also while a bot is running. For PostgreSQL it prints the command.
    Backup {
        /// The copy; must not exist.
        #[arg(value_name = "FILE")]
        copy: PathBuf,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Print the Slack app manifest and a link that creates the app from it.
    #[command(after_help = help::MANIFEST)]
    Manifest,
    /// Set up integrations of kind "ssh".
    #[command(subcommand)]
    Ssh(SshCommand),
    /// Inspect the audit trail.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// End expired access on a target, without the bot and its database. For when the bot is dead.
    #[command(after_help = help::REAP)]
    Reap {
        /// Name of the integration in the config.
        #[arg(long, value_name = "NAME")]
        integration: String,
        #[command(flatten)]
        file: ConfigFile,
        /// End nothing; print SQL that does the same on the target itself, for a scheduler there.
        #[arg(long)]
        print_sql: bool,
    },
    /// Continue with a database that was restored from a backup, although the audit channel has events that it does not. On
    /// SQLite, stop the bot first.
    #[command(after_help = help::ACCEPT_RESTORE)]
    AcceptRestore {
        /// Why this database is the one to continue with; kept in the audit trail.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Set up targets.
    #[command(subcommand)]
    Integrations(IntegrationsCommand),
    /// Look at where the trail is sent besides Slack.
    #[command(subcommand)]
    Sinks(SinksCommand),
    /// List saved and built-in reports, and run one.
    #[command(subcommand)]
    Report(ReportCommand),
}

#[derive(Subcommand)]
pub enum ReportCommand {
    /// List all reports.
    #[command(after_help = help::REPORT_LIST)]
    List(ConfigFile),
    /// Write a report as a file, with everybody's requests. The trail records that you did.
    #[command(after_help = help::REPORT_RUN)]
    Run {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        wanted: RunWanted,
    },
}

#[derive(Subcommand)]
pub enum SinksCommand {
    /// Say how far each sink got in the trail.
    #[command(after_help = help::SINKS_STATUS)]
    Status(ConfigFile),
    /// Send one event to a sink now, and say what came back. The trail records that you did.
    #[command(after_help = help::SINKS_TEST)]
    Test {
        /// Name of the sink in the config.
        name: String,
        #[command(flatten)]
        file: ConfigFile,
    },
    /// Make a sink take everything from an event on again. The trail records that you did.
    #[command(after_help = help::SINKS_REPLAY)]
    Replay {
        /// Name of the sink in the config.
        name: String,
        /// The number of the first event. 1 is the beginning; the number after the last event passes over everything until now.
        #[arg(long, value_name = "SEQ", value_parser = clap::value_parser!(u64).range(1..))]
        from: u64,
        #[command(flatten)]
        file: ConfigFile,
    },
}

#[derive(Subcommand)]
pub enum AuditCommand {
    /// Verify the whole audit trail and report the first event that does not match.
    #[command(after_help = help::AUDIT_VERIFY)]
    Verify {
        #[command(flatten)]
        file: ConfigFile,
        /// Also compare it with the audit channel. Changes nothing, and is safe while a bot is running.
        #[arg(long)]
        online: bool,
        /// Also check that the trail had this head once: 12 to 64 hexadecimal digits, as the audit channel shows it.
        #[arg(long, value_name = "HASH")]
        head: Option<NotedHead>,
    },
    /// Write events of the audit trail, or requests, as CSV or JSON Lines. The trail records that you did.
    #[command(after_help = help::AUDIT_EXPORT)]
    Export {
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        wanted: Box<ExportWanted>,
    },
}

#[derive(Subcommand)]
pub enum IntegrationsCommand {
    /// Print the SQL that creates the bot's role on a PostgreSQL target, with exactly the rights it needs.
    #[command(after_help = help::SETUP_SQL)]
    SetupSql {
        /// Name of the integration in the config.
        name: String,
        #[command(flatten)]
        file: ConfigFile,
        #[command(flatten)]
        wanted: SetupWanted,
    },
}

/// Which SQL, and for which role.
#[derive(Args)]
pub struct SetupWanted {
    /// Give the bot's role only functions that check each step; for an integration with `bounded = true`.
    #[arg(long)]
    bounded: bool,
    /// Print the SQL that creates the group roles of the permissions instead; it needs no secret.
    #[arg(long, conflicts_with_all = ["bounded", "role"])]
    group_roles: bool,
    /// Name of the bot's role, instead of the one in the integration's `url`, which then does not have to be set.
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// The database in the `url`, if it is not `postgres`; with --role.
    #[arg(long, value_name = "NAME", default_value = "postgres", requires = "role")]
    database: String,
}

#[derive(Subcommand)]
pub enum SshCommand {
    /// Print the lines and files that a host needs in order to accept the certificates.
    #[command(after_help = help::SSH_TRUST)]
    Trust {
        #[command(flatten)]
        file: ConfigFile,
        /// Only for this integration.
        #[arg(long, value_name = "NAME")]
        integration: Option<String>,
    },
    /// Record the present CA key as the right one, after the previous one was lost or changed on purpose. Stop the bot first.
    #[command(after_help = help::SSH_ACCEPT_KEY)]
    AcceptKey {
        #[command(flatten)]
        file: ConfigFile,
        /// The integration the key belongs to.
        #[arg(long, value_name = "NAME")]
        integration: String,
    },
}

#[derive(Args)]
pub struct ConfigFile {
    /// Path of the config file.
    #[arg(long, default_value = "config.toml", value_name = "FILE")]
    pub config: PathBuf,
}

/// Carries out a command. Problems are reported on standard error, in words.
pub async fn dispatch(command: Command) -> ExitCode {
    match command {
        Command::Run { file, log_format } => run::run(&file.config, log_format).await,
        #[cfg(feature = "demo")]
        Command::Demo {
            keep,
            people,
            days,
            ssh_only,
            full,
        } => {
            let keep = keep.then_some(demo::Extent { people, days });
            demo::demo(demo::Wanted { keep, ssh_only, full }).await
        }
        Command::Check {
            file,
            online,
            no_secrets,
            strict,
        } => {
            if online {
                check::check_online(&file.config, strict).await
            } else if no_secrets {
                check::check(&file.config, Scope::FileAlone, strict)
            } else {
                check::check(&file.config, Scope::All, strict)
            }
        }
        Command::Migrate(file) => migrate::migrate(&file.config).await,
        Command::Backup { copy, file } => backup::backup(&file.config, &copy).await,
        Command::Manifest => {
            say!("{}", manifest::manifest_text());
            say!("# Create the app from it: {}", manifest::create_link());
            ExitCode::SUCCESS
        }
        Command::Ssh(SshCommand::Trust { file, integration }) => {
            ssh::trust(&file.config, integration.as_deref()).await
        }
        Command::Ssh(SshCommand::AcceptKey { file, integration }) => {
            ssh::accept_key(&file.config, &integration).await
        }
        Command::Audit(AuditCommand::Verify { file, online, head }) => {
            let channel = online;
            audit::verify(&file.config, audit::With { channel, head }).await
        }
        Command::Audit(AuditCommand::Export { file, wanted }) => export::export(&file.config, *wanted).await,
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
        Command::Integrations(IntegrationsCommand::SetupSql { name, file, wanted }) => {
            integrations::setup_sql(&name, &file.config, wanted).await
        }
        Command::Sinks(SinksCommand::Status(file)) => sinks::status(&file.config).await,
        Command::Sinks(SinksCommand::Test { name, file }) => sinks::test(&name, &file.config).await,
        Command::Sinks(SinksCommand::Replay { name, from, file }) => {
            sinks::replay(&name, from, &file.config).await
        }
        Command::Report(ReportCommand::List(file)) => report::list(&file.config).await,
        Command::Report(ReportCommand::Run { file, wanted }) => report::run(wanted, &file.config).await,
    }
}

fn load(path: &Path) -> Result<Config, ExitCode> {
    Config::load(path).map_err(|error| no_config(&error))
}

/// Says why there is no config.
fn no_config(error: &ConfigError) -> ExitCode {
    match error {
        ConfigError::Unreadable(path, why) if why.kind() == ErrorKind::NotFound => {
            let here = if path.components().count() == 1 {
                " here"
            } else {
                ""
            };
            eprintln!(
                "there is no {}{here}: copy config.example.toml to it and fill in the four marked places, or name another file with --config",
                path.display()
            );
        }
        ConfigError::Unreadable(..) | ConfigError::Problems { .. } => eprintln!("{error}"),
    }
    ExitCode::FAILURE
}

/// The address of the config's database; reports what is wrong with either.
fn database_of(path: &Path) -> Result<DatabaseTarget, ExitCode> {
    app::database(&load(path)?).map_err(|error| failed("the database's address", &error))
}

/// The integration of this name in the config; reports what is wrong with either.
fn integration_of(name: &str, path: &Path) -> Result<IntegrationConfig, ExitCode> {
    let config = load(path)?;
    of_the_config(name, path, &config).cloned()
}

/// The integration of this name; otherwise reports which ones there are.
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

fn print(line: Arguments<'_>) {
    // There is nobody left to tell.
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
