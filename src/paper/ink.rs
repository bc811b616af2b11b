//! Drawing on a page: texts that a screen reader reads, and lines and grounds that it passes over.

use krilla::color::rgb;
use krilla::geom::{PathBuilder, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier};

use super::text::{Block, Style};

/// Red, green and blue.
type Colour = [u8; 3];

/// Colours of the portal in its light look.
pub(super) const TEXT: Colour = [0x18, 0x21, 0x2c];
pub(super) const MUTED: Colour = [0x55, 0x60, 0x70];
pub(super) const LINE: Colour = [0xd8, 0xdd, 0xe4];
pub(super) const SURFACE: Colour = [0xf6, 0xf7, 0xf9];

/// Lines `from..to` of a text, with the top left corner of the first one there, as content.
pub(super) fn content(
    surface: &mut Surface<'_>,
    block: &Block,
    (from, to): (usize, usize),
    (left, top): (f32, f32),
    style: Style,
) -> Identifier {
    // An empty one keeps its place among the others.
    let id = surface.start_tagged(ContentTag::Other);
    draw(surface, block, (from, to), (left, top), style);
    surface.end_tagged();
    id
}

/// The same as what only repeats or decorates.
pub(super) fn repeated(surface: &mut Surface<'_>, block: &Block, (left, top): (f32, f32), style: Style) {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(
        ArtifactType::PaginationOther,
    )));
    draw(surface, block, (0, block.lines()), (left, top), style);
    surface.end_tagged();
}

fn draw(
    surface: &mut Surface<'_>,
    block: &Block,
    (from, to): (usize, usize),
    (left, top): (f32, f32),
    style: Style,
) {
    let mut top = top;
    for line in from..to {
        block.draw_line(surface, line, left, top);
        top += style.height(1);
    }
}

/// A filled rectangle, as decoration.
pub(super) fn ground(
    surface: &mut Surface<'_>,
    colour: Colour,
    (left, top): (f32, f32),
    (width, height): (f32, f32),
) {
    let Some(rect) = Rect::from_xywh(left, top, width, height) else {
        return;
    };
    let mut path = PathBuilder::new();
    path.push_rect(rect);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Other)));
    ink(surface, colour);
    surface.draw_path(&path);
    surface.end_tagged();
}

/// Everything that follows has this colour.
pub(super) fn ink(surface: &mut Surface<'_>, [red, green, blue]: Colour) {
    surface.set_fill(Some(Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        ..Fill::default()
    }));
}
