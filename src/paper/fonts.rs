//! What texts are set in: Noto Sans, and fonts of the config for what it lacks.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use krilla::text::Font;
use parley::fontique::{Blob, Collection, CollectionOptions, FontInfoOverride, SourceCache};
use parley::style::{FontFamily, FontFamilyName};
use parley::{FontContext, FontData};

/// Noto Sans 2.003: Latin, Greek, Cyrillic. As Debian has it in fonts-noto-core, under the Open Font License.
const REGULAR: &[u8] = include_bytes!("fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("fonts/NotoSans-Bold.ttf");

/// The contents of the font files that stand beside Noto Sans, in the order in which they are asked for a character.
#[derive(Clone, Debug, Default)]
pub struct Fonts(pub Vec<Arc<Vec<u8>>>);

impl Fonts {
    /// Reads these files. One that cannot be read is missed, and its characters are printed by number.
    pub fn read(paths: &[PathBuf]) -> Self {
        let read = paths.iter().filter_map(|path| match std::fs::read(path) {
            Ok(file) => Some(Arc::new(file)),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a font for PDF cannot be read");
                None
            }
        });
        Self(read.collect())
    }
}

/// Whether texts can be set in it.
pub fn is_font(file: Vec<u8>) -> bool {
    let found = no_fonts().register_fonts(Blob::from(file), None);
    let mut fonts = found.into_iter().flat_map(|(_, fonts)| fonts);
    fonts.next().is_some()
}

/// The same, loaded.
pub(super) struct Loaded {
    pub(super) context: FontContext,
    pub(super) family: FontFamily<'static>,
    /// By the number of the file and the place in it.
    embedded: HashMap<(u64, u32), Option<Font>>,
}

impl Loaded {
    pub(super) fn of(fonts: &Fonts) -> Self {
        let mut collection = no_fonts();
        let mut names = Vec::new();
        // Names of our own: a file that calls itself Noto Sans must not take its place.
        let mut take = |name: String, file: Blob<u8>| {
            let called = FontInfoOverride {
                family_name: Some(&name),
                ..FontInfoOverride::default()
            };
            collection.register_fonts(file, Some(called));
            if !names.contains(&name) {
                names.push(name);
            }
        };
        for file in [REGULAR, BOLD] {
            take("own".to_owned(), Blob::new(Arc::new(file)));
        }
        for (place, file) in fonts.0.iter().enumerate() {
            take(
                format!("further {place}"),
                Blob::new(Arc::new(Shared(Arc::clone(file)))),
            );
        }
        let names = names
            .into_iter()
            .map(|name| FontFamilyName::Named(Cow::Owned(name)));
        Self {
            context: FontContext {
                collection,
                source_cache: SourceCache::default(),
            },
            family: FontFamily::List(names.collect()),
            embedded: HashMap::new(),
        }
    }

    /// As the file takes it; `None` if it is broken.
    pub(super) fn embedded(&mut self, font: &FontData) -> Option<Font> {
        let known = (font.data.id(), font.index);
        let load = || {
            let (data, _) = font.data.clone().into_raw_parts();
            Font::new(data.into(), font.index)
        };
        self.embedded.entry(known).or_insert_with(load).clone()
    }
}

fn no_fonts() -> Collection {
    Collection::new(CollectionOptions {
        shared: false,
        system_fonts: false,
    })
}

/// A file that several have in their hands.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
