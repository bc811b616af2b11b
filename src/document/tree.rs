//! The walk over the parsed file: every value is looked up by key, and everything that is wrong is recorded with its position.
//!
//! Invariant: reading continues after a problem, so one run reports all of them. A reader returns `None` only if it recorded a
//! problem. No problem's text repeats a value that could be a secret.

use std::cell::RefCell;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::suggestion::suggestion;
use super::{Place, Problem, SecretUse};
use crate::access::closest::closest;
use crate::access::flows::PersonRef;

pub(crate) type Value<'a> = Spanned<DeValue<'a>>;

/// The text being read, and what was found in it so far.
pub(crate) struct Document<'a> {
    pub(crate) text: &'a str,
    /// Relative paths in the file are relative to this.
    pub(crate) folder: &'a Path,
    problems: RefCell<Vec<Problem>>,
    doubts: RefCell<Vec<Problem>>,
    pub(crate) secrets: RefCell<Vec<SecretUse>>,
    /// The people the file names and where; one entry for each time.
    pub(crate) people: RefCell<Vec<(PersonRef, Place)>>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(text: &'a str, folder: &'a Path) -> Self {
        Self {
            text,
            folder,
            problems: RefCell::default(),
            doubts: RefCell::default(),
            secrets: RefCell::default(),
            people: RefCell::default(),
        }
    }

    /// Records a problem; `text` is one sentence that says what to do.
    pub(crate) fn problem(&self, span: Range<usize>, text: impl Into<String>) {
        let Place { line, column } = self.place(span);
        self.problems.borrow_mut().push(Problem {
            line,
            column,
            text: text.into(),
        });
    }

    /// Records something that is allowed but probably a mistake; `text` is one sentence.
    pub(crate) fn doubt(&self, span: Range<usize>, text: String) {
        self.doubt_at(self.place(span), text);
    }

    pub(crate) fn doubt_at(&self, Place { line, column }: Place, text: String) {
        self.doubts.borrow_mut().push(Problem { line, column, text });
    }

    pub(crate) fn place(&self, span: Range<usize>) -> Place {
        let before = &self.text[..self.text.floor_char_boundary(span.start)];
        let line = before.rsplit('\n').next().unwrap_or_default();
        Place {
            line: before.matches('\n').count() + 1,
            // People do not see a byte order mark, so it is not counted.
            column: line.trim_start_matches('\u{feff}').chars().count() + 1,
        }
    }

    /// Whether nothing has been wrong so far.
    pub(crate) fn is_sound(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// All problems in file order.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        in_file_order(self.problems.take())
    }

    /// All doubts in file order.
    pub(crate) fn doubts(&self) -> Vec<Problem> {
        in_file_order(self.doubts.take())
    }
}

fn in_file_order(mut problems: Vec<Problem>) -> Vec<Problem> {
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems
}

/// A table with a fixed set of keys.
pub struct Section<'a> {
    pub(crate) doc: &'a Document<'a>,
    pub(crate) span: Range<usize>,
    /// What sentences call it: `[slack]`, `This flow`.
    owner: &'static str,
    table: &'a DeTable<'a>,
    keys: &'static [&'static str],
    /// Keys that an unknown one was probably meant to be; that these are missing is not reported as well.
    misspelt: Vec<&'static str>,
}

impl<'a> Section<'a> {
    /// Opens a table; keys that are not in `keys` are problems.
    pub(crate) fn open(
        doc: &'a Document<'a>,
        table: &'a DeTable<'a>,
        span: Range<usize>,
        owner: &'static str,
        keys: &'static [&'static str],
    ) -> Self {
        let unknown = || table.keys().filter(|key| !keys.contains(&&**key.get_ref()));
        for key in unknown() {
            let name = key.get_ref();
            doc.problem(
                key.span(),
                format!("Unknown key {name:?}{}", suggestion(name, keys.iter().copied())),
            );
        }
        let misspelt = unknown()
            .filter_map(|key| closest(key.get_ref(), keys.iter().copied()))
            .collect();
        Self {
            doc,
            span,
            owner,
            table,
            keys,
            misspelt,
        }
    }

    /// Whether the key was written, even if misspelt.
    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some() || self.misspelt.contains(&key)
    }

    pub(crate) fn get(&self, key: &'static str) -> Option<&'a Value<'a>> {
        debug_assert!(
            self.keys.contains(&key),
            "{key} is not one of the keys that this section was opened with"
        );
        self.table.get(key)
    }

    /// A required key; `example` is what could follow its equals sign.
    pub(crate) fn must<T>(
        &self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            let owner = self.owner;
            self.doc.problem(
                self.span.clone(),
                format!("{owner} needs a line such as `{key} = {example}`."),
            );
        }
        self.may(key, read)
    }

    /// An optional key.
    pub(crate) fn may<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> Option<T> {
        self.get(key).and_then(read)
    }

    /// A key with a default. A wrong value gives the default too: its problem makes the file invalid anyway.
    pub(crate) fn or<T>(
        &self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&'a Value<'a>) -> Option<T>,
    ) -> T {
        self.may(key, read).unwrap_or(default)
    }

    /// A section of the file, opened; `None` if it is missing or not a table.
    pub(crate) fn section(
        &self,
        key: &'static str,
        owner: &'static str,
        keys: &'static [&'static str],
    ) -> Option<Section<'a>> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.doc.problem(
                value.span(),
                format!("Write {owner} as a section, in single brackets."),
            );
            return None;
        };
        Some(Section::open(self.doc, table, value.span(), owner, keys))
    }

    /// Like [`Self::section`], for a required section.
    pub(crate) fn must_section(
        &self,
        key: &'static str,
        owner: &'static str,
        keys: &'static [&'static str],
    ) -> Option<Section<'a>> {
        if !self.has(key) {
            self.doc
                .problem(0..0, format!("The file needs a section {owner}."));
        }
        self.section(key, owner, keys)
    }

    /// The tables of a `[[section]]` with their spans, in file order.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<(&'a DeTable<'a>, Range<usize>)> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.doc.problem(
                value.span(),
                format!("Write [[{key}]] in double brackets, because there can be several."),
            );
            return Vec::new();
        };
        list.iter()
            .filter_map(|item| Some((self.doc.table(item)?, item.span())))
            .collect()
    }
}
