//! What all pages of a file have: their size, the widths of the columns, and the heads of these.

use super::text::{Block, Setter, Style, counted};

/// A4 on its side, in points.
const A4: (f32, f32) = (841.89, 595.28);
/// Around what a page says.
pub(super) const MARGIN: f32 = 34.0;
/// Beside a cell's text, and above and below it.
pub(super) const PADDING: (f32, f32) = (4.0, 2.5);
/// How wide a column's text is, at least and at most. More goes on in further lines.
const WIDTHS: (f32, f32) = (28.0, 150.0);
/// Columns grow at most by this factor to fill a page.
const GROWTH: f32 = 1.6;
/// A letter is some six tenths as wide as it is high.
const OF_A_LETTER: f32 = 0.6;

pub(super) const TITLE: Style = Style {
    size: 15.0,
    is_bold: true,
};
pub(super) const FACT: Style = Style {
    size: 8.0,
    is_bold: false,
};
pub(super) const HEAD: Style = Style {
    size: 7.0,
    is_bold: true,
};
pub(super) const CELL: Style = Style {
    size: 7.0,
    is_bold: false,
};

/// What stands above the table.
#[derive(Clone, Debug)]
pub struct Heading {
    pub title: String,
    /// What it is about, as terms and what they are.
    pub facts: Vec<(&'static str, String)>,
    pub columns: Vec<String>,
}

pub(super) struct Sheet {
    pub(super) width: f32,
    pub(super) height: f32,
    /// With padding.
    pub(super) columns: Vec<f32>,
    pub(super) names: Vec<Block>,
    pub(super) head_height: f32,
}

impl Sheet {
    /// Wide enough for these rows, within limits.
    pub(super) fn of(heading: &Heading, rows: &[Vec<String>], setter: &mut Setter) -> Self {
        let columns = heading.columns.iter().enumerate();
        let wanted: Vec<f32> = columns
            .map(|(place, name)| wanted_width(name, place, rows))
            .collect();
        let sum: f32 = wanted.iter().sum();
        // A larger page of the same shape prints on the paper that there is.
        let scale = ((sum + 2.0 * MARGIN) / A4.0).max(1.0);
        let (width, height) = (A4.0 * scale, A4.1 * scale);
        let growth = ((width - 2.0 * MARGIN) / sum.max(1.0)).clamp(1.0, GROWTH);
        let columns: Vec<f32> = wanted.into_iter().map(|wanted| wanted * growth).collect();
        let names = heading.columns.iter().zip(&columns);
        let names: Vec<Block> = names
            .map(|(name, width)| setter.set(name, HEAD, width - 2.0 * PADDING.0))
            .collect();
        let lines = names.iter().map(Block::lines).max().unwrap_or(0);
        Self {
            width,
            height,
            columns,
            names,
            head_height: HEAD.height(lines) + 2.0 * PADDING.1,
        }
    }

    /// Height between the margins.
    pub(super) const fn room(&self) -> f32 {
        self.height - 2.0 * MARGIN
    }

    /// Width between the margins.
    pub(super) const fn breadth(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    /// How wide the text of a cell can be.
    pub(super) fn text_width(&self, column: usize) -> f32 {
        self.columns
            .get(column)
            .map_or(WIDTHS.1, |width| width - 2.0 * PADDING.0)
    }
}

/// With padding. The name of a column can be broken at its blanks.
fn wanted_width(name: &str, place: usize, rows: &[Vec<String>]) -> f32 {
    let letters = |text: &str| text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let of_name = name.split(' ').map(letters).max().unwrap_or(0);
    let of_rows = rows
        .iter()
        .filter_map(|row| row.get(place))
        .map(|cell| letters(cell))
        .max();
    let widest = |letters: usize, style: Style| counted(letters) * style.size * OF_A_LETTER;
    let wanted = widest(of_name, HEAD).max(widest(of_rows.unwrap_or(0), CELL));
    wanted.clamp(WIDTHS.0, WIDTHS.1) + 2.0 * PADDING.0
}
