//! `apono audit export`: events or requests as a file, also while the bot runs.
//!
//! Invariant: FILE is new and only its owner can read it; if the export breaks off, it is removed. The trail records the
//! export before the first row is written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt, pin_mut};

use crate::access::edge::range;
use crate::access::filter::{DecidedBy, Filter, Span, Status};
use crate::access::flows::PersonRef;
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::search::sought;
use crate::app;
use crate::audit::event::{Actor, Origin, Via};
use crate::audit::exported::{Format, Rows};
use crate::clock::{Clock, SystemClock};
use crate::paper::PaperError;
use crate::store::{DatabaseTarget, ReadPeople, Store, StoreError};
use crate::usecases::export::{self, Broken, Part, Wanted};

use super::{failed, load};

/// What to export, and where to.
#[derive(Args)]
pub struct ExportWanted {
    /// csv, jsonl for one JSON object a line, or html or pdf to read and to print.
    #[arg(long, value_name = "FORMAT", value_parser = format_named)]
    format: Format,
    /// Requests, newest first, instead of events.
    #[arg(long)]
    requests: bool,
    /// From this day or time on, UTC: 2026-07-01, 2026-07-01T14:30Z, or 90d for the last 90 days.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Up to the end of this day, or before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Write to this file instead of standard output; must not exist.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    filter: FilterWanted,
}

/// Only requests for which all of these are true, or events about them.
#[derive(Args)]
struct FilterWanted {
    /// Only requests with this status; can be repeated.
    #[arg(long, value_name = "STATUS", value_parser = status_named)]
    status: Vec<Status>,
    /// By or for this person: an e-mail address or a Slack member ID.
    #[arg(long, value_name = "PERSON", value_parser = person_named)]
    person: Option<PersonRef>,
    /// By this person.
    #[arg(long, value_name = "PERSON", value_parser = person_named)]
    requester: Option<PersonRef>,
    /// For this person.
    #[arg(long, value_name = "PERSON", value_parser = person_named)]
    grantee: Option<PersonRef>,
    /// Approved or rejected by this person.
    #[arg(long, value_name = "PERSON", value_parser = person_named)]
    approver: Option<PersonRef>,
    /// On this integration.
    #[arg(long, value_name = "NAME")]
    integration: Option<String>,
    /// With this resource.
    #[arg(long, value_name = "NAME")]
    resource: Option<String>,
    /// With this permission.
    #[arg(long, value_name = "NAME")]
    permission: Option<String>,
    /// Under this flow.
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// Decided in this way: person, automatic, lapsed, cancelled or closed.
    #[arg(long, value_name = "HOW", value_parser = decided_by_named)]
    decided_by: Option<DecidedBy>,
    /// With access that was live at any moment of this time: 2026-11-24, or 2026-07-01..2026-09-30.
    #[arg(long, value_name = "TIMES", value_parser = span_written)]
    live: Option<Span>,
    /// With words that begin like these, in the justification or a name.
    #[arg(long, value_name = "WORDS", value_parser = words_written)]
    text: Option<String>,
}

fn one_of<T>(found: Option<T>, names: &[&str]) -> Result<T, String> {
    found.ok_or_else(|| format!("use one of: {}", names.join(", ")))
}

pub(super) fn format_named(text: &str) -> Result<Format, String> {
    one_of(Format::named(text), &Format::ALL.map(Format::name))
}

fn status_named(text: &str) -> Result<Status, String> {
    one_of(Status::named(text), &Status::ALL.map(Status::name))
}

fn decided_by_named(text: &str) -> Result<DecidedBy, String> {
    one_of(DecidedBy::named(text), &DecidedBy::ALL.map(DecidedBy::name))
}

fn span_written(text: &str) -> Result<Span, String> {
    let example = "write a day such as 2026-11-24, a quarter such as 2026-Q3, or a range such as 2026-07-01..2026-09-30";
    let edges = range(&text.to_lowercase()).ok_or_else(|| example.to_owned())?;
    Ok(edges.at(SystemClock.now()))
}

/// As people are named in the config.
fn person_named(text: &str) -> Result<PersonRef, String> {
    PersonRef::typed(text).ok_or_else(|| "write an e-mail address or a Slack member ID".to_owned())
}

fn words_written(text: &str) -> Result<String, String> {
    if sought(text).is_empty() {
        return Err("there is nothing to search for in it; write the start of a word".to_owned());
    }
    Ok(text.to_owned())
}

/// Why a file did not leave.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    #[error("{} exists already; nothing was exported: choose another name", .0.display())]
    Exists(PathBuf),
    #[error("{0} cannot be written: {1}")]
    Output(String, #[source] io::Error),
    #[error("nobody known to the bot is {0:?}: use an e-mail address or a Slack member ID")]
    NoSuchPerson(String),
    #[error("{0:?} is not a time: write a day such as 2026-07-01, a time such as 2026-07-01T14:30Z, or 90d")]
    Time(String),
    #[error("the database could not be read: {0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Paper(#[from] PaperError),
}

/// The address of the config's database, and the fonts of files; reports what is wrong.
pub(super) fn database_and_fonts_of(path: &Path) -> Result<(DatabaseTarget, Arc<[PathBuf]>), ExitCode> {
    let config = load(path)?;
    let target = app::database(&config).map_err(|error| failed("the database's address", &error))?;
    Ok((target, config.reports.fonts.into()))
}

pub(super) async fn export(path: &Path, wanted: ExportWanted) -> ExitCode {
    let (target, fonts) = match database_and_fonts_of(path) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let exported = async {
        let store = Store::open_beside_the_bot(&target).await?;
        exported(&store, wanted, fonts).await?;
        Ok::<_, ExportError>(store.close().await?)
    };
    match exported.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed("audit export", &error),
    }
}

async fn exported(store: &Store, cli: ExportWanted, fonts: Arc<[PathBuf]>) -> Result<(), ExportError> {
    let rows = if cli.requests {
        Rows::Requests
    } else {
        Rows::Events
    };
    let span = span(cli.since.as_deref(), cli.until.as_deref())?;
    let filter = filter(store, cli.filter).await?;
    let wanted = Wanted::new(rows, cli.format, span, filter, SystemClock.now());
    let output = Output::open(cli.output)?;
    let by_operator = Origin {
        via: Via::Cli,
        cause: "audit-export".to_owned(),
        actor: Actor::Apono,
    };
    if let Err(error) = export::record(store, &wanted, by_operator).await {
        output.discard();
        return Err(error.into());
    }
    output
        .take(export::rows(store.clone(), Reader::operator(), wanted, fonts))
        .await
}

impl From<Broken> for ExportError {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Store(error) => error.into(),
            Broken::Paper(error) => error.into(),
        }
    }
}

/// Where a file goes: to a new one that only its owner can read, or to standard output.
pub(super) struct Output {
    path: Option<PathBuf>,
    to: Box<dyn Write>,
}

impl Output {
    pub(super) fn open(path: Option<PathBuf>) -> Result<Self, ExportError> {
        let Some(path) = path else {
            let to = Box::new(io::stdout());
            return Ok(Self { path: None, to });
        };
        let created = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match created {
            Ok(file) => Ok(Self {
                path: Some(path),
                to: Box::new(file),
            }),
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => Err(ExportError::Exists(path)),
            Err(cause) => Err(ExportError::Output(path.display().to_string(), cause)),
        }
    }

    /// Writes all of it. Half an export looks like a whole one, so nothing is left of a file that breaks off.
    pub(super) async fn take(
        mut self,
        parts: impl Stream<Item = Result<Part, Broken>>,
    ) -> Result<(), ExportError> {
        let written = self.write(parts).await;
        if written.is_err() {
            self.discard();
        }
        written
    }

    async fn write(&mut self, parts: impl Stream<Item = Result<Part, Broken>>) -> Result<(), ExportError> {
        let name = self.path.as_ref().map(|path| path.display().to_string());
        let name = name.unwrap_or_else(|| "standard output".to_owned());
        let unwritten = |cause| ExportError::Output(name.clone(), cause);
        pin_mut!(parts);
        while let Some(part) = parts.next().await {
            self.to.write_all(&part?.bytes).map_err(unwritten)?;
        }
        self.to.flush().map_err(unwritten)
    }

    /// Leaves nothing of it.
    pub(super) fn discard(&self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(path);
        }
    }
}

fn span(since: Option<&str>, until: Option<&str>) -> Result<Span, ExportError> {
    let now = SystemClock.now();
    let read = |text: &str, as_range: String| {
        let edges = range(&as_range.to_lowercase()).ok_or_else(|| ExportError::Time(text.to_owned()))?;
        Ok::<_, ExportError>(edges.at(now))
    };
    Ok(Span {
        from: match since {
            Some(text) => read(text, format!("{text}.."))?.from,
            None => None,
        },
        to: match until {
            Some(text) => read(text, format!("..{text}"))?.to,
            None => None,
        },
    })
}

async fn filter(store: &Store, wanted: FilterWanted) -> Result<Filter, ExportError> {
    Ok(Filter {
        person: person(store, wanted.person).await?,
        requester: person(store, wanted.requester).await?,
        grantee: person(store, wanted.grantee).await?,
        approver: person(store, wanted.approver).await?,
        integration: wanted.integration,
        resource: wanted.resource,
        permission: wanted.permission,
        flow: wanted.flow,
        status: wanted.status,
        decided_by: wanted.decided_by,
        live: wanted.live.unwrap_or_default(),
        text: wanted.text,
        ..Filter::default()
    })
}

async fn person(store: &Store, wanted: Option<PersonRef>) -> Result<Option<PersonId>, ExportError> {
    let Some(wanted) = wanted else {
        return Ok(None);
    };
    let found = store.people_named(std::slice::from_ref(&wanted)).await?;
    match found.into_iter().next() {
        Some(person) => Ok(Some(person)),
        None => Err(ExportError::NoSuchPerson(wanted.to_string())),
    }
}
