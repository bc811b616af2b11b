//! Taking the history along: events or requests as CSV or JSON Lines, of any size, within what the reader may see.
//!
//! Invariant: the trail says what left before the first row is read, the rows are those that the reader may see, and memory
//! holds a few pages of them.

mod about;
mod columns;
mod csv;
mod events;
mod html;
mod paper;
mod requests;

use std::panic;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, Stream, StreamExt, TryStreamExt, try_unfold};

use crate::access::address;
use crate::access::filter::{Filter, Span};
use crate::access::ids::RequestNumber;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, Origin, What};
use crate::audit::exported::{Exported, Format, Rows};
use crate::paper::PaperError;
use crate::store::{Page, Store, StoreError};

use super::turns::{AT_ONCE, in_turn};

pub use columns::Column;

/// What to export.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub rows: Rows,
    pub format: Format,
    /// When the event happened, or the request was made.
    pub span: Span,
    /// Of events, those about requests that it lets through; all of them if it is empty.
    pub filter: Filter,
    /// What a file about requests has, in this order.
    pub columns: Vec<Column>,
    /// The report that it is made for.
    pub report: Option<String>,
    /// When it is made.
    pub at: Timestamp,
}

impl Wanted {
    /// A file with everything, made for no report.
    pub fn new(rows: Rows, format: Format, span: Span, filter: Filter, at: Timestamp) -> Self {
        Self {
            rows,
            format,
            span,
            filter,
            columns: Column::ALL.to_vec(),
            report: None,
            at,
        }
    }
}

/// Records that this leaves. Call it before [`rows`].
pub async fn record(store: &Store, wanted: &Wanted, origin: Origin) -> Result<(), StoreError> {
    let event = event(store, wanted, origin).await?;
    let tx = store.write().await?;
    tx.seal(vec![event]).await
}

/// What the trail says about it.
pub(super) async fn event(store: &Store, wanted: &Wanted, origin: Origin) -> Result<Event, StoreError> {
    let what = What::Exported(Exported {
        rows: wanted.rows,
        format: wanted.format,
        since: wanted.span.from,
        until: wanted.span.to,
        report: wanted.report.clone(),
        filter: address::write(&wanted.filter),
    });
    let install = store.install().await?;
    Ok(Event::new(wanted.at, install, origin, None, what))
}

/// A part of the file.
#[derive(Debug, Default)]
pub struct Part {
    pub bytes: Vec<u8>,
    /// How many rows are in it.
    pub rows: u64,
    /// When the requests in it were made.
    pub made: Vec<Timestamp>,
    /// The rows before they are set on pages.
    cells: Vec<Vec<String>>,
}

/// Why a file is not whole.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Paper(#[from] PaperError),
}

/// How far an export is.
enum At {
    /// Nothing is written yet.
    Start,
    /// After this event, up to and with another one.
    Event {
        after: u64,
        last: u64,
    },
    /// Before this request, from the newest on.
    Request(RequestNumber),
    /// Every row is written.
    Foot,
    End,
}

/// What makes a page of the file, and where the next one begins.
type Begun = (BoxFuture<'static, Result<Part, StoreError>>, At);

/// The file, a page of rows at a time. Events are in the order of the trail, requests newest first. A PDF comes as a whole, set in
/// these fonts beside our own, after parts that have no bytes.
pub fn rows(
    store: Store,
    reader: Reader,
    wanted: Wanted,
    fonts: Arc<[PathBuf]>,
) -> BoxStream<'static, Result<Part, Broken>> {
    let written = wanted.clone();
    let parts = parts(store, reader, wanted).map_err(Broken::from).boxed();
    match written.format {
        Format::Pdf => paper::bound(parts, &written, fonts).boxed(),
        Format::Csv | Format::Jsonl | Format::Html => parts,
    }
}

fn parts(
    store: Store,
    reader: Reader,
    wanted: Wanted,
) -> impl Stream<Item = Result<Part, StoreError>> + Send {
    let job = Arc::new(Job {
        store,
        reader,
        wanted,
        names: requests::Names::default(),
    });
    let pages = try_unfold((job, At::Start), async |(job, at)| {
        if matches!(at, At::End) {
            return Ok(None);
        }
        let (page, next) = apart(begun(Arc::clone(&job), at)).await?;
        Ok(Some((page, (job, next))))
    });
    // More would only wait for their turn.
    pages.map_ok(apart).try_buffered(AT_ONCE)
}

async fn begun(job: Arc<Job>, at: At) -> Result<Begun, StoreError> {
    let is_page = job.wanted.format == Format::Html;
    let (page, next) = match (job.wanted.rows, at) {
        (_, At::Foot) => {
            return Ok((
                async {
                    Ok(Part {
                        bytes: html::foot(),
                        ..Part::default()
                    })
                }
                .boxed(),
                At::End,
            ));
        }
        (Rows::Events, At::Event { after, last }) => events::page(&job, after, last).await?,
        (Rows::Events, At::Start | At::Request(_) | At::End) => events::begin(&job).await?,
        (Rows::Requests, At::Request(number)) => requests::page(&job, Page::Before(number.0)).await?,
        (Rows::Requests, At::Start | At::Event { .. } | At::End) => requests::page(&job, Page::First).await?,
    };
    Ok(match next {
        At::End if is_page => (page, At::Foot),
        next => (page, next),
    })
}

/// What an export has from beginning to end.
struct Job {
    store: Store,
    reader: Reader,
    wanted: Wanted,
    names: requests::Names,
}

/// On a task of its own: on another processor than the next page, and to its end even if nobody takes the file for a while, as it
/// may have a connection to the database.
async fn apart<T: Send + 'static>(
    doing: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::spawn(in_turn(doing)).await {
        Ok(made) => made,
        Err(stopped) => panic::resume_unwind(stopped.into_panic()),
    }
}
