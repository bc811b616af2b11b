//! The file that is being written, and how the one before it is put away.
//!
//! Invariant: every line is whole, also after a crash in the middle of one; one process and one task write at a time; and what is not a
//! file of a sink is never changed.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::num::NonZeroU64;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::super::Fault;
use crate::access::time::Timestamp;

/// No line is longer. In bytes.
const LONGEST_LINE: u64 = 1 << 20;

/// An open file of lines.
pub(super) struct Lines {
    file: File,
    /// The day of its first event; `None` while it is empty.
    day: Option<String>,
    size: u64,
    /// Lines that are not in the file yet.
    unwritten: Vec<u8>,
}

/// What each format begins with.
const BEGINNINGS: [&[u8]; 2] = [b"{\"seq\":", b"{\"activity_id\":"];

/// What is needed of a line to know that a sink wrote it, and when; in either format.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Apono {
        #[serde(rename = "seq")]
        _seq: u64,
        event: WrittenEvent,
    },
    Ocsf {
        #[serde(rename = "class_uid")]
        _class_uid: u32,
        /// In milliseconds.
        time: i64,
    },
}

#[derive(Deserialize)]
struct WrittenEvent {
    at: Timestamp,
}

impl Lines {
    /// Opens the file, or begins it. A line that a crash left unfinished is cut off: its event is written again.
    pub(super) fn open(path: &Path) -> Result<Self, Fault> {
        let failed = |error| unwritable(path, &error);
        let mut file = File::options()
            .read(true)
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        // Two writers would take each other's unfinished lines for those of a crash.
        file.try_lock().map_err(|_| {
            let name = path.display();
            Fault::later(format!(
                "something else is writing to {name}, such as a bot that runs"
            ))
        })?;
        let day = first_day(path, &file)?;
        let size = whole_lines(path, &mut file)?;
        if size < file.metadata().map_err(failed)?.len() {
            file.set_len(size).map_err(failed)?;
        }
        sync_folder(path).map_err(failed)?;
        Ok(Self {
            file,
            day,
            size,
            unwritten: Vec::new(),
        })
    }

    /// Whether the path still leads to this file: somebody else may have put it away.
    pub(super) fn is_in_place(&self, path: &Path) -> bool {
        let ours = self.file.metadata().map(|it| (it.dev(), it.ino()));
        let there = fs::metadata(path).map(|it| (it.dev(), it.ino()));
        ours.is_ok_and(|ours| there.is_ok_and(|there| ours == there))
    }

    /// Puts the file away and begins another one, if this is full or `day` is another day.
    pub(super) fn begin_another(
        &mut self,
        path: &Path,
        day: Option<&str>,
        max_bytes: NonZeroU64,
    ) -> Result<(), Fault> {
        let Some(begun) = self.day.clone() else {
            return Ok(());
        };
        let size = self.size + self.unwritten.len() as u64;
        let is_another_day = day.is_some_and(|day| day != begun);
        if size < max_bytes.get() && !is_another_day {
            return Ok(());
        }
        self.sync(path)?;
        let away = free_name(path, &begun);
        fs::rename(path, &away).map_err(|error| unwritable(&away, &error))?;
        *self = Self::open(path)?;
        Ok(())
    }

    /// Adds a line, which [`Self::sync`] writes.
    pub(super) fn add(&mut self, day: &str, line: &str) {
        self.day.get_or_insert_with(|| day.to_owned());
        self.unwritten.extend_from_slice(line.as_bytes());
        self.unwritten.push(b'\n');
    }

    /// Writes what was added, and has the disk keep it.
    pub(super) fn sync(&mut self, path: &Path) -> Result<(), Fault> {
        let failed = |error| unwritable(path, &error);
        self.file.write_all(&self.unwritten).map_err(failed)?;
        self.file.sync_data().map_err(failed)?;
        self.size += self.unwritten.len() as u64;
        self.unwritten.clear();
        Ok(())
    }
}

/// The day of its first event; `None` if it is empty, or has only the start of a line.
fn first_day(path: &Path, file: &File) -> Result<Option<String>, Fault> {
    let failed = |error| unwritable(path, &error);
    let mut line = Vec::new();
    let mut reader = BufReader::new(file.try_clone().map_err(failed)?);
    reader.seek(SeekFrom::Start(0)).map_err(failed)?;
    reader
        .take(LONGEST_LINE)
        .read_until(b'\n', &mut line)
        .map_err(failed)?;
    let may_be_cut = |beginning: &&[u8]| beginning.iter().zip(&line).all(|(one, other)| one == other);
    if !line.ends_with(b"\n") && BEGINNINGS.iter().any(may_be_cut) {
        return Ok(None);
    }
    let at = match serde_json::from_slice(&line) {
        Ok(Written::Apono { event, .. }) => Some(event.at),
        Ok(Written::Ocsf { time, .. }) => Some(Timestamp::from_micros(time.saturating_mul(1_000))),
        Err(_) => None,
    };
    let Some(at) = at else {
        let name = path.display();
        return Err(Fault::held(format!(
            "{name} holds something else than events, so nothing is written there: move it, or change `path`"
        )));
    };
    Ok(Some(at.to_rfc3339().chars().take(10).collect()))
}

/// How long it is up to the end of its last whole line.
fn whole_lines(path: &Path, file: &mut File) -> Result<u64, Fault> {
    let failed = |error| unwritable(path, &error);
    let end = file.metadata().map_err(failed)?.len();
    let from = end.saturating_sub(LONGEST_LINE);
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).map_err(failed)?;
    let last = tail.iter().rposition(|byte| *byte == b'\n');
    Ok(last.map_or(from, |last| from + last as u64 + 1))
}

/// `trail-2026-11-30.jsonl` for `trail.jsonl`, or with a number if there is one already.
fn free_name(path: &Path, day: &str) -> PathBuf {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or("trail");
    let end = path.extension().and_then(|end| end.to_str());
    let end = end.map_or_else(String::new, |end| format!(".{end}"));
    let named = |number: u64| match number {
        1 => path.with_file_name(format!("{stem}-{day}{end}")),
        number => path.with_file_name(format!("{stem}-{day}-{number}{end}")),
    };
    let mut number = 1;
    while named(number).exists() {
        number += 1;
    }
    named(number)
}

/// A new name is kept by the folder, which has to be synced as well.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn unwritable(path: &Path, error: &io::Error) -> Fault {
    Fault::later(format!("{} cannot be written: {error}", path.display()))
}
