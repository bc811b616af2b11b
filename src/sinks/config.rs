//! `[[sinks]]`: where events are sent, each read by its kind.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;

use super::KINDS;
use super::kind::{self, SinkKind, SinkSettings};
use super::wanted::{self, Wanted};
use crate::document::{Document, Place, Section, suggestion};

/// How far behind a sink may be before the admins hear of it, unless it says otherwise.
const LAG: Duration = Duration::from_mins(15);

/// A configured sink.
#[derive(Clone, Debug)]
pub struct SinkConfig {
    /// Unique, ignoring case. Its place in the trail is kept under this name.
    pub name: String,
    /// The position of its `[[sinks]]`.
    pub place: Place,
    pub wanted: Wanted,
    /// Whether it gets what people wrote.
    pub words: bool,
    /// The admins hear of it if an event waits longer than this.
    pub lag: Duration,
    pub settings: Arc<dyn SinkSettings>,
}

/// The sinks that could be read.
pub(crate) fn read(root: &Section<'_>) -> Vec<SinkConfig> {
    let mut sinks: Vec<SinkConfig> = Vec::new();
    for (table, span) in root.tables("sinks") {
        let Some(kind) = read_kind(root.doc, table, span.clone()) else {
            continue;
        };
        let section = Section::open(root.doc, table, span, "This sink", kind.keys());
        sinks.extend(read_one(&section, kind, &sinks));
    }
    sinks
}

fn read_one(section: &Section<'_>, kind: &dyn SinkKind, earlier: &[SinkConfig]) -> Option<SinkConfig> {
    let doc = section.doc;
    let name = section.must("name", "\"siem\"", |v| {
        let name = doc.name(v)?;
        if earlier.iter().any(|it| it.name.eq_ignore_ascii_case(name)) {
            let problem = format!("There is already a sink {name:?}; rename one.");
            doc.problem(v.span(), problem);
        }
        Some(name.to_owned())
    });
    let wanted = wanted::read(section);
    let words = section.or("words", true, |v| doc.boolean(v));
    let lag = section.or("lag", LAG, |v| doc.duration(v));
    let settings = kind.read(section);
    Some(SinkConfig {
        name: name?,
        place: doc.place(section.span.clone()),
        wanted,
        words,
        lag,
        settings: settings?,
    })
}

/// The kind is read first because it decides which keys there are.
fn read_kind<'a>(
    doc: &Document<'a>,
    table: &'a DeTable<'a>,
    span: Range<usize>,
) -> Option<&'static dyn SinkKind> {
    let Some(value) = table.get("kind") else {
        doc.problem(span, "This sink needs a line such as `kind = \"webhook\"`.");
        return None;
    };
    let name = doc.text(value)?;
    let found = kind::named(name);
    if found.is_none() {
        let known = KINDS.iter().map(|kind| kind.name());
        let problem = format!("Unknown kind {name:?}{}", suggestion(name, known));
        doc.problem(value.span(), problem);
    }
    found
}
