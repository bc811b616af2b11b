//! Running a report: first the trail says that it leaves, then it leaves, then the trail says what left.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::access::address::{self, AddressError};
use crate::access::edge::Edge;
use crate::access::filter::Span;
use crate::access::ids::PersonId;
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::exported::{Format, Rows};
use crate::audit::report::{NoFile, Reporting};
use crate::store::{Job, OpenRun, ReportResult, ReportRun, SavedReport, Store, StoreError};

use super::super::core::fresh_id;
use super::super::export::{self, Column, Part, Wanted};
use super::super::{Core, step};
use super::Due;

/// A saved or built-in report, as far as a run needs it.
#[derive(Clone, Debug)]
pub struct Runnable {
    /// The id of a saved report, or the name of a built-in one.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// The filter as an address; times that move with the present are taken at each run, days in UTC.
    pub query: String,
    /// The same with ids and names as the bot knows them.
    pub meant: String,
    pub columns: Vec<Column>,
}

impl From<&SavedReport> for Runnable {
    fn from(report: &SavedReport) -> Self {
        let columns = report.columns.iter();
        Self {
            key: report.id.clone(),
            name: report.name.clone(),
            query: report.query.clone(),
            meant: report.meant.clone(),
            // A later version can have saved one that this one does not know.
            columns: columns.filter_map(|name| Column::named(name)).collect(),
        }
    }
}

impl Runnable {
    /// What its file has if it was to run at `due`, and is made now.
    pub fn wanted(&self, format: Format, due: Timestamp, now: Timestamp) -> Result<Wanted, AddressError> {
        let filter = address::read(&self.meant, due)?.filter;
        Ok(Wanted {
            columns: self.columns.clone(),
            report: Some(self.name.clone()),
            ..Wanted::new(Rows::Requests, format, Span::default(), filter, now)
        })
    }
}

/// Who has it run, and why.
#[derive(Clone, Debug)]
pub struct Order {
    pub id: String,
    /// `None` for an operator.
    pub by: Option<PersonId>,
    pub origin: Origin,
}

impl Order {
    /// Somebody at the command line runs it now.
    pub fn of_operator(now: Timestamp) -> Self {
        Self {
            id: fresh_id(now),
            by: None,
            origin: Origin {
                via: Via::Cli,
                cause: "report-run".to_owned(),
                actor: Actor::Apono,
            },
        }
    }
}

/// A run whose rows leave.
#[derive(Debug)]
pub struct Running {
    run: ReportRun,
    name: String,
    origin: Origin,
    digest: Sha256,
    rows: u64,
    bytes: u64,
    /// How many requests were made on each day, by its first moment in UTC.
    by_day: BTreeMap<Timestamp, u64>,
}

/// Records that somebody runs it. Call it before [`export::rows`].
pub async fn begin(
    store: &Store,
    report: &Runnable,
    wanted: &Wanted,
    order: Order,
) -> Result<Running, StoreError> {
    let running = Running::of(report, wanted, order, None);
    let exported = export::event(store, wanted, running.origin.clone()).await?;
    let mut tx = store.write().await?;
    tx.insert_run(&running.run).await?;
    tx.seal(vec![exported]).await?;
    Ok(running)
}

/// The same for one that runs by itself because it is due, or was tried before. `None` if it came to its end already.
pub async fn begin_due(
    core: &Core,
    job: &Job,
    wanted: &Wanted,
    due: &Due,
) -> Result<Option<(Running, OpenRun)>, StoreError> {
    let order = Order {
        id: core.new_id(),
        by: Some(due.report.owner.clone()),
        origin: step::origin(job),
    };
    let report = Runnable::from(&due.report);
    let mut running = Running::of(&report, wanted, order, Some(due));
    let exported = export::event(&core.store, wanted, running.origin.clone()).await?;
    let mut tx = core.store.write().await?;
    let events = if tx.insert_run(&running.run).await? {
        vec![exported]
    } else {
        // An earlier attempt recorded that it leaves.
        Vec::new()
    };
    let open = tx.open_run(&report.key, due.at).await?;
    tx.seal(events).await?;
    Ok(open.map(|open| {
        running.run.id.clone_from(&open.id);
        (running, open)
    }))
}

/// The message about the run is there.
pub async fn posted(store: &Store, run: &OpenRun, channel: &str, ts: &str) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    tx.run_posted(&run.id, channel, ts).await?;
    tx.seal(Vec::new()).await
}

impl Running {
    fn of(report: &Runnable, wanted: &Wanted, order: Order, due: Option<&Due>) -> Self {
        Self {
            run: ReportRun {
                id: order.id,
                report: report.key.clone(),
                by: order.by,
                due_at: due.map(|due| due.at),
                format: wanted.format,
                started_at: wanted.at,
                result: None,
                recipient: due.map(|due| due.schedule.recipient.clone()),
            },
            name: report.name.clone(),
            origin: order.origin,
            digest: Sha256::new(),
            rows: 0,
            bytes: 0,
            by_day: BTreeMap::new(),
        }
    }

    /// A part of the file leaves.
    pub fn takes(&mut self, part: &Part) {
        self.digest.update(&part.bytes);
        self.rows += part.rows;
        self.bytes += part.bytes.len() as u64;
        for at in &part.made {
            *self.by_day.entry(Edge::Today(0).at(*at)).or_default() += 1;
        }
    }

    /// How many rows left so far.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// How many of them were made on each day that has any, the oldest first, by its first moment in UTC.
    pub const fn by_day(&self) -> &BTreeMap<Timestamp, u64> {
        &self.by_day
    }

    /// All of it left, unless no file went with the message.
    ///
    /// [`StoreError::Conflict`] if it came to its end before.
    pub async fn ends(
        self,
        store: &Store,
        now: Timestamp,
        no_file: Option<NoFile>,
    ) -> Result<ReportResult, StoreError> {
        let result = ReportResult {
            ended_at: now,
            rows: self.rows,
            bytes: self.bytes,
            digest: HEXLOWER.encode(&self.digest.finalize()),
        };
        let ran = Reporting::Ran {
            report: self.name,
            format: self.run.format,
            rows: result.rows,
            bytes: result.bytes,
            digest: result.digest.clone(),
            due: self.run.due_at,
            to: self.run.recipient,
            no_file,
        };
        let install = store.install().await?;
        let event = Event::new(now, install, self.origin, None, What::Reporting(ran));
        let mut tx = store.write().await?;
        tx.end_run(&self.run.id, &result).await?;
        tx.seal(vec![event]).await?;
        Ok(result)
    }
}
