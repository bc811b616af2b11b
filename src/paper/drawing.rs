//! The pages as they are drawn, and their tags.

use std::num::NonZeroU16;
use std::sync::Arc;

use krilla::Document;
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use krilla::tagging::{TableHeaderScope, Tag, TagGroup, TagTree};

use super::PaperError;
use super::ink::{LINE, MUTED, SURFACE, TEXT, content, ground, ink, repeated};
use super::sheet::{CELL, FACT, HEAD, MARGIN, PADDING, Sheet, TITLE};
use super::text::Block;

/// Between the heading and the table, and between that and what stands below it, in points.
pub(super) const GAP: f32 = 10.0;
/// Of a line between rows.
pub(super) const RULE: f32 = 0.5;

/// Title and facts.
pub(super) struct Top {
    pub(super) title: Block,
    pub(super) facts: Vec<Block>,
}

impl Top {
    pub(super) fn height(&self) -> f32 {
        let facts: f32 = self.facts.iter().map(|fact| FACT.height(fact.lines())).sum();
        TITLE.height(self.title.lines()) + facts + GAP
    }
}

/// Some lines of a row.
pub(super) struct Part {
    pub(super) cells: Arc<[Arc<Block>]>,
    pub(super) lines: (usize, usize),
    pub(super) is_end: bool,
}

impl Part {
    pub(super) fn height(&self) -> f32 {
        CELL.height(self.lines.1 - self.lines.0) + 2.0 * PADDING.1 + RULE
    }
}

/// What a page says besides the head of the table.
pub(super) struct Page<'a> {
    /// On the first one.
    pub(super) top: Option<&'a Top>,
    pub(super) parts: Vec<Part>,
    /// On the last one.
    pub(super) end: Option<&'a Block>,
    /// At its foot.
    pub(super) number: Block,
}

/// What is drawn so far.
pub(super) struct Drawing {
    document: Document,
    heading: Vec<TagGroup>,
    head: TagGroup,
    body: TagGroup,
    end: Option<TagGroup>,
    /// The cells of a row whose lines are not all drawn.
    open: Vec<TagGroup>,
}

impl Drawing {
    pub(super) fn new(title: &str) -> Self {
        let mut document = Document::new();
        let about = Metadata::new()
            .title(title.to_owned())
            .language("en".to_owned())
            .creator("apono".to_owned());
        document.set_metadata(about);
        Self {
            document,
            heading: Vec::new(),
            head: TagGroup::new(Tag::THead),
            body: TagGroup::new(Tag::TBody),
            end: None,
            open: Vec::new(),
        }
    }

    pub(super) fn page(&mut self, sheet: &Sheet, page: &Page<'_>) {
        let size = PageSettings::from_wh(sheet.width, sheet.height).unwrap_or_default();
        let mut document = std::mem::take(&mut self.document);
        let mut drawn = document.start_page_with(size);
        let mut surface = drawn.surface();
        let mut height = MARGIN;
        if let Some(top) = page.top {
            self.top(&mut surface, top, height);
            height += top.height();
        }
        self.names(&mut surface, sheet, height, page.top.is_some());
        height += sheet.head_height;
        for part in &page.parts {
            self.part(&mut surface, sheet, part, height);
            height += part.height();
        }
        if let Some(end) = page.end {
            ink(&mut surface, TEXT);
            let mut said = TagGroup::new(Tag::P);
            said.push(content(
                &mut surface,
                end,
                (0, end.lines()),
                (MARGIN, height + GAP),
                FACT,
            ));
            self.end = Some(said);
        }
        ink(&mut surface, MUTED);
        repeated(
            &mut surface,
            &page.number,
            (MARGIN, sheet.height - MARGIN + GAP),
            CELL,
        );
        surface.finish();
        drawn.finish();
        self.document = document;
    }

    fn top(&mut self, surface: &mut Surface<'_>, top: &Top, height: f32) {
        ink(surface, TEXT);
        let mut heading = TagGroup::new(Tag::Hn(NonZeroU16::MIN, None));
        let title = &top.title;
        heading.push(content(
            surface,
            title,
            (0, title.lines()),
            (MARGIN, height),
            TITLE,
        ));
        self.heading.push(heading);
        ink(surface, MUTED);
        let mut height = height + TITLE.height(title.lines());
        for fact in &top.facts {
            let mut paragraph = TagGroup::new(Tag::P);
            paragraph.push(content(surface, fact, (0, fact.lines()), (MARGIN, height), FACT));
            self.heading.push(paragraph);
            height += FACT.height(fact.lines());
        }
    }

    /// The names of the columns: once for a screen reader, on each page for the eye.
    fn names(&mut self, surface: &mut Surface<'_>, sheet: &Sheet, height: f32, is_first: bool) {
        let width = sheet.columns.iter().sum();
        ground(surface, SURFACE, (MARGIN, height), (width, sheet.head_height));
        ink(surface, MUTED);
        let mut row = TagGroup::new(Tag::TR);
        let mut left = MARGIN;
        for (name, width) in sheet.names.iter().zip(&sheet.columns) {
            let place = (left + PADDING.0, height + PADDING.1);
            if is_first {
                let mut cell = TagGroup::new(Tag::TH(TableHeaderScope::Column));
                cell.push(content(surface, name, (0, name.lines()), place, HEAD));
                row.push(cell);
            } else {
                repeated(surface, name, place, HEAD);
            }
            left += width;
        }
        if is_first {
            self.head.push(row);
        }
    }

    fn part(&mut self, surface: &mut Surface<'_>, sheet: &Sheet, part: &Part, height: f32) {
        if self.open.is_empty() {
            self.open = part.cells.iter().map(|_| TagGroup::new(Tag::TD)).collect();
        }
        ink(surface, TEXT);
        let mut left = MARGIN;
        for ((block, tags), width) in part.cells.iter().zip(&mut self.open).zip(&sheet.columns) {
            let place = (left + PADDING.0, height + PADDING.1);
            tags.push(content(surface, block, part.lines, place, CELL));
            left += width;
        }
        let below = height + part.height() - RULE;
        ground(surface, LINE, (MARGIN, below), (left - MARGIN, RULE));
        if part.is_end {
            let mut row = TagGroup::new(Tag::TR);
            for cell in self.open.drain(..) {
                row.push(cell);
            }
            self.body.push(row);
        }
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>, PaperError> {
        let mut table = TagGroup::new(Tag::Table);
        table.push(self.head);
        table.push(self.body);
        let mut tags = TagTree::new().with_lang(Some("en".to_owned()));
        for group in self.heading.into_iter().chain([table]).chain(self.end) {
            tags.push(group);
        }
        self.document.set_tag_tree(tags);
        self.document
            .finish()
            .map_err(|error| PaperError(format!("{error:?}")))
    }
}
