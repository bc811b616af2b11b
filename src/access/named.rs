//! Enums whose variants are stored or sent under a name. One table declares the variants with their names, so no list of them can
//! forget one.

/// Declares an enum, `ALL` of its variants in the table's order, the `name` of each, and `named`, the reverse.
///
/// A released name keeps its meaning: databases and old messages hold it.
macro_rules! named {
    ($(#[$about:meta])* $vis:vis enum $kind:ident { $($(#[$doc:meta])* $variant:ident = $name:literal,)* }) => {
        $(#[$about])*
        $vis enum $kind {
            $($(#[$doc])* $variant,)*
        }

        impl $kind {
            /// Every variant, in the order of the table.
            $vis const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// What it is stored or sent as.
            $vis const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The variant with this name. `None` for a name of another version.
            $vis fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use named;
