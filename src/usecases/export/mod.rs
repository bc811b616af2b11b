//! Taking the history along: events or requests as CSV or JSON Lines, of any size, within what the reader may see.
//!
//! Invariant: the trail says what left before the first row is read, the rows are those that the reader may see, and memory
//! holds one page of them.

mod csv;
mod events;
mod requests;

use futures_util::stream::{Stream, try_unfold};

use crate::access::address;
use crate::access::filter::{Filter, Span};
use crate::access::ids::RequestNumber;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, Origin, What};
use crate::audit::exported::{Exported, Format, Rows};
use crate::store::{Store, StoreError};

/// What to export.
#[derive(Clone, Debug)]
pub struct Wanted {
    pub rows: Rows,
    pub format: Format,
    /// When the event happened, or the request was made.
    pub span: Span,
    /// Of events, those about requests that it lets through; all of them if it is empty.
    pub filter: Filter,
}

/// Records that this leaves. Call it before [`rows`].
pub async fn record(
    store: &Store,
    wanted: &Wanted,
    origin: Origin,
    now: Timestamp,
) -> Result<(), StoreError> {
    let what = What::Exported(Exported {
        rows: wanted.rows,
        format: wanted.format,
        since: wanted.span.from,
        until: wanted.span.to,
        filter: address::write(&wanted.filter),
    });
    let install = store.install().await?;
    let tx = store.write().await?;
    tx.seal(vec![Event::new(now, install, origin, None, what)]).await
}

/// How far an export is.
enum At {
    /// Nothing is written yet.
    Start,
    /// After this event.
    Event(u64),
    /// Before this request, from the newest on.
    Request(RequestNumber),
    End,
}

/// The file, a page of rows at a time. Events are in the order of the trail, requests newest first.
pub fn rows(
    store: Store,
    reader: Reader,
    wanted: Wanted,
) -> impl Stream<Item = Result<Vec<u8>, StoreError>> + Send {
    try_unfold(
        (store, reader, wanted, At::Start),
        async |(store, reader, wanted, at)| {
            let (bytes, next) = match (wanted.rows, at) {
                (_, At::End) => return Ok(None),
                (Rows::Events, At::Event(seq)) => events::page(&store, &reader, &wanted, seq).await?,
                (Rows::Events, At::Start | At::Request(_)) => events::begin(&store, &wanted).await?,
                (Rows::Requests, at) => {
                    let before = match at {
                        At::Request(number) => Some(number),
                        At::Start | At::Event(_) | At::End => None,
                    };
                    requests::page(&store, &reader, &wanted, before).await?
                }
            };
            Ok(Some((bytes, (store, reader, wanted, next))))
        },
    )
}
