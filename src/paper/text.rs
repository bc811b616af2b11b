//! Texts set in lines: any script, in both directions.

use std::fmt::Write;
use std::ops::Range;
use std::sync::Arc;

use krilla::geom::Point;
use krilla::surface::Surface;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use parley::LayoutContext;
use parley::layout::{Alignment, AlignmentOptions, Cluster, Layout, Line};
use parley::style::{FontWeight, OverflowWrap, StyleProperty};

use super::fonts::{Fonts, Loaded};
use crate::access::clean::is_hidden;

/// Height of a line for a size of its letters, both in points.
const LEADING: f32 = 1.4;

/// How large and how heavy letters are. Sizes are in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Style {
    pub(super) size: f32,
    pub(super) is_bold: bool,
}

impl Style {
    /// Of so many lines.
    pub(super) fn height(self, lines: usize) -> f32 {
        counted(lines) * self.size * LEADING
    }

    /// How many lines there are in a height.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is cut off on purpose, and never negative"
    )]
    pub(super) fn lines_in(self, height: f32) -> usize {
        (height / (self.size * LEADING)).max(0.0) as usize
    }
}

/// A number of lines or letters, to be multiplied by lengths. No page has as many as there can be.
pub(super) fn counted(number: usize) -> f32 {
    f32::from(u16::try_from(number).unwrap_or(u16::MAX))
}

/// A text in lines of a given width.
pub(super) struct Block {
    lines: Vec<Vec<Piece>>,
    style: Style,
}

/// A part of a line in one font.
struct Piece {
    /// From the left edge of the block, in points.
    x: f32,
    font: Font,
    glyphs: Vec<KrillaGlyph>,
    /// What the glyphs stand for.
    text: Arc<str>,
}

impl Block {
    pub(super) const fn lines(&self) -> usize {
        self.lines.len()
    }

    /// Draws one line whose top left corner is there. A line that is not there is empty.
    pub(super) fn draw_line(&self, surface: &mut Surface<'_>, line: usize, left: f32, top: f32) {
        for piece in self.lines.get(line).into_iter().flatten() {
            // Noto Sans reaches about as far below the line as it leaves above.
            let baseline = top + self.style.size * 1.05;
            let start = Point::from_xy(left + piece.x, baseline);
            let font = piece.font.clone();
            surface.draw_glyphs(start, &piece.glyphs, font, &piece.text, self.style.size, false);
        }
    }
}

/// Sets texts.
pub(super) struct Setter {
    fonts: Loaded,
    scratch: LayoutContext<()>,
}

impl Setter {
    pub(super) fn with(fonts: &Fonts) -> Self {
        Self {
            fonts: Loaded::of(fonts),
            scratch: LayoutContext::new(),
        }
    }

    /// `text` within `width` points.
    pub(super) fn set(&mut self, text: &str, style: Style, width: f32) -> Block {
        let mut text: String = text.chars().filter(|c| *c == '\n' || !is_hidden(*c)).collect();
        let mut layout = self.laid_out(&text, style, width);
        let unknown = unknown(&layout);
        if !unknown.is_empty() {
            text = by_number(&text, &unknown);
            layout = self.laid_out(&text, style, width);
        }
        let text = Arc::from(text);
        let lines = layout.lines();
        Block {
            lines: lines.map(|line| self.pieces(&line, &text, style)).collect(),
            style,
        }
    }

    fn laid_out(&mut self, text: &str, style: Style, width: f32) -> Layout<()> {
        let Loaded { context, family, .. } = &mut self.fonts;
        let mut builder = self.scratch.ranged_builder(context, text, 1.0, false);
        builder.push_default(StyleProperty::FontFamily(family.clone()));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
        if style.is_bold {
            builder.push_default(StyleProperty::FontWeight(FontWeight::BOLD));
        }
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        layout.align(Alignment::Start, AlignmentOptions::default());
        layout
    }

    fn pieces(&mut self, line: &Line<'_, ()>, text: &Arc<str>, style: Style) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut x = line.metrics().offset;
        for run in line.runs() {
            let from = x;
            let mut glyphs: Vec<KrillaGlyph> = Vec::new();
            for cluster in run.visual_clusters() {
                x += place(&cluster, style, &mut glyphs);
            }
            if let Some(font) = self.fonts.embedded(run.font())
                && !glyphs.is_empty()
            {
                pieces.push(Piece {
                    x: from,
                    font,
                    glyphs,
                    text: Arc::clone(text),
                });
            }
        }
        pieces
    }
}

/// Adds the glyphs of a cluster and returns how far they reach, in points.
fn place(cluster: &Cluster<'_, ()>, style: Style, glyphs: &mut Vec<KrillaGlyph>) -> f32 {
    if cluster.is_hard_line_break() {
        return 0.0;
    }
    if cluster.is_ligature_continuation() {
        if let Some(glyph) = glyphs.last_mut() {
            glyph.text_range.end = cluster.text_range().end;
        }
        return 0.0;
    }
    let mut reach = 0.0;
    for glyph in cluster.glyphs() {
        glyphs.push(KrillaGlyph::new(
            GlyphId::new(glyph.id),
            glyph.advance / style.size,
            glyph.x / style.size,
            glyph.y / style.size,
            0.0,
            cluster.text_range(),
            None,
        ));
        reach += glyph.advance;
    }
    reach
}

/// Where characters stand that no font has, in order.
fn unknown(layout: &Layout<()>) -> Vec<Range<usize>> {
    let mut unknown = Vec::new();
    for run in layout.lines().flat_map(|line| line.runs().collect::<Vec<_>>()) {
        for cluster in run.clusters() {
            let is_white = cluster.is_hard_line_break() || cluster.is_space_or_nbsp();
            if !is_white && cluster.glyphs().any(|glyph| glyph.id == 0) {
                unknown.push(cluster.text_range());
            }
        }
    }
    unknown.sort_unstable_by_key(|range| range.start);
    unknown
}

/// The characters that stand there as `U+4E2D`, apart from what stands beside them.
fn by_number(text: &str, unknown: &[Range<usize>]) -> String {
    let mut written = String::new();
    let mut was_number = false;
    for (place, c) in text.char_indices() {
        let after = unknown.partition_point(|range| range.start <= place);
        let is_there = after
            .checked_sub(1)
            .and_then(|before| unknown.get(before))
            .is_some_and(|range| range.contains(&place));
        let is_number = is_there && !c.is_ascii();
        if (was_number || is_number)
            && !c.is_whitespace()
            && !written.is_empty()
            && !written.ends_with(char::is_whitespace)
        {
            written.push(' ');
        }
        if is_number {
            write!(written, "U+{:04X}", u32::from(c)).expect("memory takes every byte");
        } else {
            written.push(c);
        }
        was_number = is_number;
    }
    written
}
