//! `apono report`: which reports there are, and running one, also while the bot runs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use futures_util::TryStreamExt;

use crate::access::reader::Reader;
use crate::audit::exported::Format;
use crate::clock::{Clock, SystemClock};
use crate::store::{Store, StoreError};
use crate::usecases::export;
use crate::usecases::reports::{self, BuiltIn, Order, Runnable};

use super::export::{ExportError, Output, database_and_fonts_of, format_named};
use super::{database_of, failed};

/// Which report to run, and where to.
#[derive(Args)]
pub struct RunWanted {
    /// The id or the name of a saved report, or the name of one that is built in.
    name: String,
    /// csv, jsonl, html or pdf; the format that it is saved with, or csv.
    #[arg(long, value_name = "FORMAT", value_parser = format_named)]
    format: Option<Format>,
    /// Write to this file instead of standard output; must not exist.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Why no report ran.
#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error("there is no report {0:?}; `apono report list` lists all of them")]
    NoSuchReport(String),
    #[error("several people have a report {0:?}; write its id, which `apono report list` has")]
    Several(String),
    #[error("its filter cannot be read ({0}); edit it in the portal, and save it again")]
    Filter(#[from] crate::access::address::AddressError),
    #[error("the database: {0}")]
    Store(#[from] StoreError),
    #[error(transparent)]
    Export(#[from] ExportError),
}

pub(super) async fn list(path: &Path) -> ExitCode {
    let target = match database_of(path) {
        Ok(target) => target,
        Err(code) => return code,
    };
    let listed = async {
        let store = Store::open_for_reading(&target).await?;
        store.reports_for(&Reader::operator()).await
    };
    match listed.await {
        Ok(saved) => {
            for report in saved {
                let schedule = report.schedule.map_or_else(String::new, |schedule| {
                    let paused = if report.is_paused { ", paused" } else { "" };
                    format!(
                        ", {} {} for {}{paused}",
                        schedule.cron, schedule.zone, schedule.recipient
                    )
                });
                say!(
                    "{} {}: {}{schedule}",
                    report.id,
                    report.name,
                    report.format.word()
                );
            }
            for report in BuiltIn::ALL {
                say!("{}: built in. {}", report.name(), report.about());
            }
            ExitCode::SUCCESS
        }
        Err(error) => failed("report list", &error),
    }
}

pub(super) async fn run(wanted: RunWanted, path: &Path) -> ExitCode {
    let (target, fonts) = match database_and_fonts_of(path) {
        Ok(found) => found,
        Err(code) => return code,
    };
    let ran = async {
        let store = Store::open_beside_the_bot(&target).await?;
        ran(&store, wanted, fonts).await?;
        Ok::<_, ReportError>(store.close().await?)
    };
    match ran.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed("report run", &error),
    }
}

async fn ran(store: &Store, cli: RunWanted, fonts: Arc<[PathBuf]>) -> Result<(), ReportError> {
    let (report, usual) = named(store, &cli.name).await?;
    let now = SystemClock.now();
    let wanted = report.wanted(cli.format.unwrap_or(usual), now, now)?;
    let output = Output::open(cli.output)?;
    let order = Order::of_operator(wanted.at);
    let mut running = match reports::begin(store, &report, &wanted, order).await {
        Ok(running) => running,
        Err(error) => {
            output.discard();
            return Err(error.into());
        }
    };
    let parts = export::rows(store.clone(), Reader::operator(), wanted, fonts);
    output.take(parts.inspect_ok(|part| running.takes(part))).await?;
    running.ends(store, SystemClock.now(), None).await?;
    Ok(())
}

/// The report of this name, and the format that it is saved with.
async fn named(store: &Store, name: &str) -> Result<(Runnable, Format), ReportError> {
    if let Some(built_in) = BuiltIn::named(name) {
        return Ok((built_in.runnable(), Format::Csv));
    }
    let saved = store.reports_for(&Reader::operator()).await?;
    if let Some(report) = saved.iter().find(|report| report.id == name) {
        return Ok((report.into(), report.format));
    }
    let mut called = saved.iter().filter(|report| report.name == name);
    match (called.next(), called.next()) {
        (Some(report), None) => Ok((report.into(), report.format)),
        (Some(_), Some(_)) => Err(ReportError::Several(name.to_owned())),
        (None, _) => Err(ReportError::NoSuchReport(name.to_owned())),
    }
}
