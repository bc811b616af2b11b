//! A table over as many pages as it needs, with its head on each.

use std::collections::HashMap;
use std::sync::Arc;

use super::PaperError;
use super::drawing::{Drawing, GAP, Page, Part, RULE, Top};
use super::fonts::Fonts;
use super::sheet::{CELL, FACT, Heading, PADDING, Sheet, TITLE};
use super::text::{Block, Setter};

/// Cells that are set already, kept for when they come again.
const KNOWN: usize = 8_192;

/// A file that is being written. All of it is in memory.
pub struct Table {
    setter: Setter,
    drawing: Drawing,
    title: String,
    sheet: Sheet,
    /// Until it is drawn.
    top: Option<Top>,
    /// What is not drawn yet, and how much of the page is taken with it, in points.
    waiting: Vec<Part>,
    taken: f32,
    pages: u32,
    set: HashMap<(usize, Box<str>), Arc<Block>>,
}

impl Table {
    /// Begins with the first rows, which decide how wide the columns are.
    pub fn begin(heading: &Heading, fonts: &Fonts, rows: &[Vec<String>]) -> Self {
        let mut setter = Setter::with(fonts);
        let sheet = Sheet::of(heading, rows, &mut setter);
        let breadth = sheet.breadth();
        let facts = heading.facts.iter();
        let top = Top {
            title: setter.set(&heading.title, TITLE, breadth),
            facts: facts
                .map(|(term, said)| setter.set(&format!("{term}: {said}"), FACT, breadth))
                .collect(),
        };
        let mut table = Self {
            setter,
            drawing: Drawing::new(&heading.title),
            title: heading.title.clone(),
            taken: top.height() + sheet.head_height,
            sheet,
            top: Some(top),
            waiting: Vec::new(),
            pages: 0,
            set: HashMap::new(),
        };
        table.add(rows);
        table
    }

    /// Further rows.
    pub fn add(&mut self, rows: &[Vec<String>]) {
        for row in rows {
            let cells = (0..self.sheet.columns.len())
                .map(|column| self.cell(column, row.get(column).map_or("", String::as_str)))
                .collect();
            self.row(&cells);
        }
    }

    /// The whole file, with `end` below the table.
    ///
    /// # Errors
    ///
    /// A font cannot be put into it.
    pub fn finish(mut self, end: &str) -> Result<Vec<u8>, PaperError> {
        let end = self.setter.set(end, FACT, self.sheet.breadth());
        if self.taken + GAP + FACT.height(end.lines()) > self.sheet.room() {
            self.turn(None);
        }
        self.turn(Some(&end));
        self.drawing.finish()
    }

    fn cell(&mut self, column: usize, text: &str) -> Arc<Block> {
        let known = (column, Box::from(text));
        if let Some(block) = self.set.get(&known) {
            return Arc::clone(block);
        }
        let block = Arc::new(self.setter.set(text, CELL, self.sheet.text_width(column)));
        if self.set.len() >= KNOWN {
            self.set.clear();
        }
        self.set.insert(known, Arc::clone(&block));
        block
    }

    /// Puts a row on this page or the next one; one that is longer than a page goes on.
    fn row(&mut self, cells: &Arc<[Arc<Block>]>) {
        let lines = cells.iter().map(|cell| cell.lines()).max().unwrap_or(0).max(1);
        let (mut from, around) = (0, 2.0 * PADDING.1 + RULE);
        while from < lines {
            let fitting = CELL.lines_in(self.sheet.room() - self.taken - around);
            let on_a_page = CELL.lines_in(self.sheet.room() - self.sheet.head_height - around);
            let left = lines - from;
            // A page of its own is not always enough, and one line always fits there.
            let is_better_there = fitting == 0 || fitting < left && left <= on_a_page;
            if is_better_there && !(self.waiting.is_empty() && self.top.is_none()) {
                self.turn(None);
                continue;
            }
            let to = lines.min(from + fitting.max(1));
            let part = Part {
                cells: Arc::clone(cells),
                lines: (from, to),
                is_end: to == lines,
            };
            self.taken += part.height();
            self.waiting.push(part);
            from = to;
        }
    }

    /// Draws this page and begins the next one.
    fn turn(&mut self, end: Option<&Block>) {
        self.pages += 1;
        let number = format!("{}, page {}", self.title, self.pages);
        let top = self.top.take();
        let page = Page {
            top: top.as_ref(),
            parts: std::mem::take(&mut self.waiting),
            end,
            number: self.setter.set(&number, CELL, self.sheet.breadth()),
        };
        self.drawing.page(&self.sheet, &page);
        self.taken = self.sheet.head_height;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn made(columns: &[&str], rows: &[Vec<String>]) -> (u32, Vec<u8>) {
        let heading = Heading {
            title: "Who has what".to_owned(),
            facts: vec![("Made", "2026-11-24T09:00:00Z".to_owned())],
            columns: columns.iter().map(|&column| column.to_owned()).collect(),
        };
        let mut table = Table::begin(&heading, &Fonts::default(), rows);
        table.add(rows);
        let pages = table.pages;
        (pages, table.finish("This is all of it.").unwrap())
    }

    #[test]
    fn rows_fill_pages_and_one_longer_than_a_page_goes_on() {
        let row = |words: &str| vec!["AR-1".to_owned(), words.to_owned()];
        let (before_last, _) = made(&["request", "words"], &[row("short")]);
        assert_eq!(before_last, 0);
        let (before_last, _) = made(&["request", "words"], &vec![row("short"); 30]);
        assert_eq!(before_last, 1);
        let (before_last, _) = made(&["request", "words"], &[row(&"very long ".repeat(2_000))]);
        assert!(before_last > 4, "{before_last}");
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_file(texts in proptest::collection::vec(any::<String>(), 1..12), columns in 1..5_usize) {
            let names = ["a", "a b c", "", "\u{202e}very long name of a column"];
            let rows: Vec<Vec<String>> = texts.chunks(columns).map(<[String]>::to_vec).collect();
            let (_, file) = made(names.get(..columns).unwrap(), &rows);
            prop_assert!(file.starts_with(b"%PDF-1.7"));
        }
    }
}
