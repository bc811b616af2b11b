//! The language of the tables: what a member may be, and the names of the rules it can break.
//!
//! Rule names are made from the object's and the member's name at compile time, so a table states each fact once.

use serde_json::{Map, Value};

use super::checker::Checker;

/// The members of a JSON object.
pub(super) type Members = Map<String, Value>;

/// A rule across several members of one object; it gets the object and the pointer to it.
pub(super) type CrossCheck = fn(&mut Checker, &Members, &str);

/// For strings and lists without a known limit in Slack.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// Where blocks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Surface {
    Message,
    Modal,
    Home,
}

pub(super) const EVERYWHERE: &[Surface] = &[Surface::Message, Surface::Modal, Surface::Home];
pub(super) const IN_MESSAGES: &[Surface] = &[Surface::Message];
pub(super) const IN_MODALS: &[Surface] = &[Surface::Modal];
pub(super) const IN_VIEWS: &[Surface] = &[Surface::Modal, Surface::Home];
pub(super) const NOT_IN_HOME: &[Surface] = &[Surface::Message, Surface::Modal];

/// Which text objects a member takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextKind {
    PlainOnly,
    PlainOrMrkdwn,
}

/// What a member's value may be. Numbers are inclusive limits; lengths are in characters.
pub(super) enum Shape {
    /// A string with a minimum and maximum number of characters.
    Str(usize, usize),
    Bool,
    /// An integer between two bounds.
    Int(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A string that the function accepts; the text says what is expected.
    Matches(fn(&str) -> bool, &'static str),
    /// A text object whose text has at least 1 and at most this many characters.
    Text(TextKind, usize),
    /// Either a text object of any kind, or one of these objects.
    TextOr(usize, &'static [&'static Object]),
    /// This object, which has no `type`.
    Is(&'static Object),
    /// One of these objects, distinguished by `type`.
    OneOf(&'static [&'static Object]),
    /// An array with a minimum and maximum number of items. Problems with items are reported under the rules of the member
    /// that contains them.
    List(usize, usize, &'static Shape),
    /// Not checked.
    Free,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    Optional,
}

pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) need: Need,
    pub(super) shape: Shape,
    pub(super) rules: FieldRules,
}

/// The names of the rules that one member can break.
pub(super) struct FieldRules {
    pub(super) required: &'static str,
    pub(super) wrong_type: &'static str,
    pub(super) unsupported_type: &'static str,
    pub(super) min_length: &'static str,
    pub(super) max_length: &'static str,
    pub(super) min_items: &'static str,
    pub(super) max_items: &'static str,
    pub(super) range: &'static str,
    pub(super) value: &'static str,
}

/// What one kind of JSON object may contain.
pub(super) struct Object {
    /// The value of its `type`, or `None` if it has none.
    pub(super) tag: Option<&'static str>,
    pub(super) surfaces: &'static [Surface],
    pub(super) cross_checks: &'static [CrossCheck],
    pub(super) fields: &'static [Field],
    pub(super) unknown_key: &'static str,
    pub(super) wrong_surface: &'static str,
}

/// The rule names of a member: `rules!("section", ".", "text")`.
macro_rules! rules {
    ($($part:literal),+) => {
        $crate::blockkit::shape::FieldRules {
            required: concat!($($part,)+ ".required"),
            wrong_type: concat!($($part,)+ ".wrong_type"),
            unsupported_type: concat!($($part,)+ ".unsupported_type"),
            min_length: concat!($($part,)+ ".min_length"),
            max_length: concat!($($part,)+ ".max_length"),
            min_items: concat!($($part,)+ ".min_items"),
            max_items: concat!($($part,)+ ".max_items"),
            range: concat!($($part,)+ ".range"),
            value: concat!($($part,)+ ".value"),
        }
    };
}

/// Declares the table of one object: identifier, name in rules, `type` if any, surfaces, cross-checks, members.
macro_rules! object {
    (
        $(#[$doc:meta])*
        $ident:ident, $name:literal, $tag:expr, $surfaces:expr, [$($cross_check:expr),*],
        { $($need:ident $key:literal => $shape:expr,)* }
    ) => {
        $(#[$doc])*
        pub(in crate::blockkit) static $ident: $crate::blockkit::shape::Object = $crate::blockkit::shape::Object {
            tag: $tag,
            surfaces: $surfaces,
            cross_checks: &[$($cross_check),*],
            fields: &[$(
                $crate::blockkit::shape::Field {
                    key: $key,
                    need: $crate::blockkit::shape::Need::$need,
                    shape: $shape,
                    rules: $crate::blockkit::shape::rules!($name, ".", $key),
                },
            )*],
            unknown_key: concat!($name, ".unknown_key"),
            wrong_surface: concat!($name, ".surface"),
        };
    };
}

pub(super) use {object, rules};
