//! Files in PDF: a heading, what it is about, and one table with as many pages as it needs.
//!
//! Invariant: every character that came is on the page, as it is written or by its number; every font is in the file; the file
//! loads nothing and runs nothing; a screen reader hears headings, rows and cells in their order.

mod drawing;
mod fonts;
mod ink;
mod sheet;
mod table;
mod text;

pub use fonts::{Fonts, is_font};
pub use sheet::Heading;
pub use table::Table;

/// A file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the PDF could not be written: {0}")]
pub struct PaperError(String);
