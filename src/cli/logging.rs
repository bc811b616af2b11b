//! Logs: to standard error, one line per event. `RUST_LOG` changes what is logged, except for what would log secrets.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing::Metadata;
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, filter};

/// Crates that print tokens, tickets, statements or e-mail addresses below "warn".
const QUIET: [&str; 7] = [
    "slack_morphism",
    "tungstenite",
    "tokio_tungstenite",
    "sqlx",
    "sea_orm",
    "hyper",
    "hyper_util",
];

/// Whether a line may be written at all, whatever `RUST_LOG` says.
pub fn is_safe(line: &Metadata<'_>) -> bool {
    let root = line.target().split("::").next().unwrap_or_default();
    !QUIET.contains(&root) || *line.level() <= tracing::Level::WARN
}

/// The driver's own lines about connections that fail. The caller says the same, with its cause, and does not repeat it.
fn is_said_by_the_caller(line: &Metadata<'_>) -> bool {
    line.target().starts_with("sqlx_core::pool")
}

/// The format of a line.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One object per line, with the same fields as the text, under the same names; those of spans are in `spans`.
    Json,
}

/// Starts logging; a second call changes nothing.
pub(super) fn start(format: Format) {
    let wanted = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .from_env_lossy();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).with_current_span(false).boxed(),
    };
    let lines = lines.with_filter(filter::filter_fn(|line| {
        is_safe(line) && !is_said_by_the_caller(line)
    }));
    // An existing subscriber stays, as in tests.
    let _ = tracing_subscriber::registry().with(wanted).with(lines).try_init();
}
