//! Rows set on pages: PDF.

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::stream::{BoxStream, Stream, TryStreamExt, try_unfold};
use tokio::sync::mpsc;
use tokio::task::{self, JoinHandle};

use super::about::{END, facts, title};
use super::{Broken, Part, Wanted, events};
use crate::audit::exported::Rows;
use crate::paper::{Fonts, Heading, PaperError, Table};

/// A file has at most so many cells: 10,000 rows with every column. All of it is in memory until it is whole.
const MOST_CELLS: usize = 450_000;

/// The last line of a file that has not all rows.
const CUT: &str = "This is NOT all of it: a PDF ends here. CSV, JSON Lines and HTML have every row; so has a PDF with fewer columns or a narrower filter.";

/// The parts of a file, without bytes, and then the file.
pub(super) fn bound(
    parts: BoxStream<'static, Result<Part, Broken>>,
    wanted: &Wanted,
    fonts: Arc<[PathBuf]>,
) -> impl Stream<Item = Result<Part, Broken>> + Send + 'static {
    let columns: Vec<String> = match wanted.rows {
        Rows::Events => events::COLUMNS.map(str::to_owned).into(),
        Rows::Requests => wanted
            .columns
            .iter()
            .map(|column| column.name().to_owned())
            .collect(),
    };
    let heading = Heading {
        title: title(wanted).to_owned(),
        facts: facts(wanted),
        columns,
    };
    let most = MOST_CELLS / heading.columns.len().max(1);
    let (rows, coming) = mpsc::channel(1);
    let binding = Binding {
        parts,
        most,
        rows,
        file: task::spawn_blocking(move || set(&heading, &fonts, coming)),
    };
    try_unfold(Some(binding), async |binding| match binding {
        Some(binding) => binding.go_on().await.map(Some),
        None => Ok(None),
    })
}

struct Binding {
    parts: BoxStream<'static, Result<Part, Broken>>,
    /// Rows that are still taken.
    most: usize,
    rows: mpsc::Sender<Coming>,
    file: JoinHandle<Result<Vec<u8>, PaperError>>,
}

/// What comes next in the file.
enum Coming {
    Rows(Vec<Vec<String>>),
    End(&'static str),
}

impl Binding {
    /// The next part, and what comes after it; nothing comes after the file itself.
    async fn go_on(mut self) -> Result<(Part, Option<Self>), Broken> {
        let Some(mut part) = self.parts.try_next().await? else {
            let bytes = self.end(END).await?;
            let file = Part {
                bytes,
                ..Part::default()
            };
            return Ok((file, None));
        };
        let mut cells = std::mem::take(&mut part.cells);
        if cells.is_empty() {
            return Ok((part, Some(self)));
        }
        let is_too_long = cells.len() > self.most;
        cells.truncate(self.most);
        self.most -= cells.len();
        part.rows = cells.len() as u64;
        part.made.truncate(cells.len());
        // A thread that is gone says why at the end.
        let _ = self.rows.send(Coming::Rows(cells)).await;
        if is_too_long {
            part.bytes = self.end(CUT).await?;
            return Ok((part, None));
        }
        Ok((part, Some(self)))
    }

    async fn end(self, end: &'static str) -> Result<Vec<u8>, Broken> {
        let _ = self.rows.send(Coming::End(end)).await;
        match self.file.await {
            Ok(file) => Ok(file?),
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        }
    }
}

/// Sets what comes, on a thread that may be busy: what is drawn so far stays on it.
fn set(
    heading: &Heading,
    fonts: &[PathBuf],
    mut coming: mpsc::Receiver<Coming>,
) -> Result<Vec<u8>, PaperError> {
    let mut table = None;
    let begin = |rows: &[Vec<String>]| Table::begin(heading, &Fonts::read(fonts), rows);
    loop {
        match (coming.blocking_recv(), &mut table) {
            (Some(Coming::Rows(rows)), Some(table)) => Table::add(table, &rows),
            (Some(Coming::Rows(rows)), none) => *none = Some(begin(&rows)),
            (Some(Coming::End(end)), table) => {
                let table = table.take().unwrap_or_else(|| begin(&[]));
                return table.finish(end);
            }
            // Nobody waits for it any more.
            (None, _) => return Ok(Vec::new()),
        }
    }
}
