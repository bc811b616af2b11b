//! Readers of single values. Each reports what is wrong with its value and then returns `None`.

use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::tree::{Document, Value};
use crate::access::duration;

/// The whole number in a value, in any notation.
pub(crate) fn integer(value: &Value<'_>) -> Option<i64> {
    let digits = value.get_ref().as_integer()?;
    i64::from_str_radix(digits.as_str(), digits.radix()).ok()
}

/// Control characters, and characters that could make one name look like another: zero-width characters and direction marks.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

impl<'a> Document<'a> {
    fn wrong_type(&self, value: &Value<'a>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a decimal number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.problem(value.span(), format!("Write {wanted} here, not {found}."));
    }

    pub(crate) fn table(&self, value: &'a Value<'a>) -> Option<&'a DeTable<'a>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong_type(value, "a table");
        }
        table
    }

    /// A text that is not blank, has no spaces at its ends and no invisible characters.
    pub(crate) fn text(&self, value: &'a Value<'a>) -> Option<&'a str> {
        let Some(text) = value.get_ref().as_str() else {
            self.wrong_type(value, "text in quotes");
            return None;
        };
        let problem = if text.trim().is_empty() {
            "This text is empty; write something, or leave the line out."
        } else if text.trim() != text {
            "Remove the spaces at the ends of this text."
        } else if text.chars().any(is_invisible) {
            "Remove the invisible characters (line ends, tabs, zero-width or direction marks) from this text."
        } else {
            return Some(text);
        };
        self.problem(value.span(), problem);
        None
    }

    /// A name that commands and other keys can use: see [`Self::check_name`].
    pub(crate) fn name(&self, value: &'a Value<'a>) -> Option<&'a str> {
        let name = self.text(value)?;
        self.check_name(name, value.span()).then_some(name)
    }

    /// Whether a name consists of ASCII letters, digits and `. _ -`, at most 63 of them.
    pub(crate) fn check_name(&self, name: &str, span: Range<usize>) -> bool {
        let sensible = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let sound = (1..=63).contains(&name.len()) && name.chars().all(sensible);
        if !sound {
            self.problem(span, "A name has 1 to 63 characters, out of a-z A-Z 0-9 . _ -");
        }
        sound
    }

    pub(crate) fn boolean(&self, value: &Value<'a>) -> Option<bool> {
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.wrong_type(value, "true or false");
        }
        boolean
    }

    pub(crate) fn number<T: TryFrom<i64>>(&self, value: &Value<'a>, range: RangeInclusive<i64>) -> Option<T> {
        let number = integer(value)
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            self.problem(
                value.span(),
                format!(
                    "Write a whole number from {} to {} here.",
                    range.start(),
                    range.end()
                ),
            );
        }
        number
    }

    pub(crate) fn duration(&self, value: &'a Value<'a>) -> Option<Duration> {
        let text = self.text(value)?;
        duration::parse(text)
            .map_err(|e| self.problem(value.span(), e.to_string()))
            .ok()
    }

    /// A list without duplicates; `None` if any item is wrong, after all of them were read.
    pub(crate) fn list<T: PartialEq>(
        &self,
        value: &'a Value<'a>,
        read: impl Fn(&'a Value<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(value, "a list in brackets");
            return None;
        };
        let mut complete = true;
        let mut list = Vec::new();
        for item in items {
            match read(item) {
                Some(found) if !list.contains(&found) => list.push(found),
                Some(_) => {
                    self.problem(item.span(), "This is already in the list; remove it.");
                    complete = false;
                }
                None => complete = false,
            }
        }
        complete.then_some(list)
    }

    /// Like [`Self::list`], for a list that must not be empty; `instead` says what to do about an empty one.
    pub(crate) fn full_list<T: PartialEq>(
        &self,
        value: &'a Value<'a>,
        instead: &str,
        read: impl Fn(&'a Value<'a>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let list = self.list(value, read)?;
        if list.is_empty() {
            self.problem(value.span(), format!("This list is empty; {instead}."));
            return None;
        }
        Some(list)
    }
}
