//! The walk of a JSON value along a table.
//!
//! It continues after a problem, so one call reports everything; if a value does not even have the right JSON type, it does
//! not look inside.

use serde_json::Value;

use super::Problem;
use super::composition::{MRKDWN, PLAIN_TEXT};
use super::shape::{FieldRules, Members, Need, Object, Shape, Surface, TextKind};

pub(super) struct Checker {
    surface: Surface,
    problems: Vec<Problem>,
}

impl Checker {
    /// All problems of `value` as a `shape` shown on `surface`.
    pub(super) fn check(surface: Surface, shape: &Shape, rules: &FieldRules, value: &Value) -> Vec<Problem> {
        let mut checker = Self {
            surface,
            problems: Vec::new(),
        };
        checker.shape(shape, rules, value, "");
        checker.problems
    }

    pub(super) fn report(
        &mut self,
        rule: &'static str,
        pointer: impl Into<String>,
        detail: impl Into<String>,
    ) {
        self.problems.push(problem(rule, pointer, detail));
    }

    fn shape(&mut self, shape: &Shape, rules: &FieldRules, value: &Value, at: &str) {
        match shape {
            Shape::Str(min, max) => self.string(*min, *max, rules, value, at),
            Shape::Bool => {
                if !value.is_boolean() {
                    self.report(rules.wrong_type, at, "must provide a boolean");
                }
            }
            Shape::Int(min, max) => self.integer(*min, *max, rules, value, at),
            Shape::Word(words) => self.matching(
                |word| words.contains(&word),
                &format!("one of: {}", words.join(", ")),
                rules,
                value,
                at,
            ),
            Shape::Matches(accepts, wanted) => self.matching(accepts, wanted, rules, value, at),
            Shape::Text(kind, max) => self.text(*kind, *max, rules, value, at),
            Shape::TextOr(max, objects) => match tag_of(value) {
                Some("plain_text" | "mrkdwn") => {
                    self.text(TextKind::PlainOrMrkdwn, *max, rules, value, at);
                }
                Some(_) | None => self.one_of(objects, rules, value, at),
            },
            Shape::Is(object) => {
                if let Some(members) = self.members(rules, value, at) {
                    self.object(object, members, at);
                }
            }
            Shape::OneOf(objects) => self.one_of(objects, rules, value, at),
            Shape::List(min, max, item) => self.list(*min, *max, item, rules, value, at),
            Shape::Free => {}
        }
    }

    fn object(&mut self, object: &Object, members: &Members, at: &str) {
        if !object.surfaces.contains(&self.surface) {
            let surface = self.surface;
            self.report(
                object.wrong_surface,
                at,
                format!("not allowed on this surface: {surface:?}"),
            );
        }
        for key in members.keys() {
            let is_tag = key == "type" && object.tag.is_some();
            if !is_tag && !object.fields.iter().any(|field| field.key == key) {
                self.report(
                    object.unknown_key,
                    at,
                    format!("invalid additional property: {key}"),
                );
            }
        }
        for field in object.fields {
            match (members.get(field.key), field.need) {
                (Some(value), Need::Required | Need::Optional) => {
                    self.shape(&field.shape, &field.rules, value, &step(at, field.key));
                }
                (None, Need::Required) => self.report(
                    field.rules.required,
                    at,
                    format!("missing required field: {}", field.key),
                ),
                (None, Need::Optional) => {}
            }
        }
        for cross_check in object.cross_checks {
            cross_check(self, members, at);
        }
    }

    fn members<'v>(&mut self, rules: &FieldRules, value: &'v Value, at: &str) -> Option<&'v Members> {
        let members = value.as_object();
        if members.is_none() {
            self.report(rules.wrong_type, at, "must provide an object");
        }
        members
    }

    fn one_of(&mut self, objects: &[&'static Object], rules: &FieldRules, value: &Value, at: &str) {
        let Some(members) = self.members(rules, value, at) else {
            return;
        };
        let Some(tag) = tag_of(value) else {
            self.report(
                rules.unsupported_type,
                at,
                "missing required field: type, a string",
            );
            return;
        };
        match objects.iter().find(|object| object.tag == Some(tag)) {
            Some(object) => self.object(object, members, at),
            None => self.report(
                rules.unsupported_type,
                step(at, "type"),
                format!("unsupported type: {tag}"),
            ),
        }
    }

    fn text(&mut self, kind: TextKind, max: usize, rules: &FieldRules, value: &Value, at: &str) {
        let kinds: &[&'static Object] = match kind {
            TextKind::PlainOnly => &[&PLAIN_TEXT],
            TextKind::PlainOrMrkdwn => &[&PLAIN_TEXT, &MRKDWN],
        };
        self.one_of(kinds, rules, value, at);
        if let Some(text) = value.get("text") {
            self.string(1, max, rules, text, &step(at, "text"));
        }
    }

    fn string(&mut self, min: usize, max: usize, rules: &FieldRules, value: &Value, at: &str) {
        let Some(text) = value.as_str() else {
            self.report(rules.wrong_type, at, "must provide a string");
            return;
        };
        let length = text.chars().count();
        if length < min {
            self.report(
                rules.min_length,
                at,
                format!("must be more than {} characters", min - 1),
            );
        }
        if length > max {
            self.report(
                rules.max_length,
                at,
                format!("must be less than {} characters", max + 1),
            );
        }
    }

    fn integer(&mut self, min: i64, max: i64, rules: &FieldRules, value: &Value, at: &str) {
        let Some(number) = value.as_i64() else {
            self.report(rules.wrong_type, at, "must provide an integer");
            return;
        };
        if number < min || number > max {
            self.report(rules.range, at, format!("must be between {min} and {max}"));
        }
    }

    fn matching(
        &mut self,
        accepts: impl Fn(&str) -> bool,
        wanted: &str,
        rules: &FieldRules,
        value: &Value,
        at: &str,
    ) {
        match value.as_str() {
            Some(text) if accepts(text) => {}
            Some(_) => self.report(rules.value, at, format!("must be {wanted}")),
            None => self.report(rules.wrong_type, at, "must provide a string"),
        }
    }

    fn list(&mut self, min: usize, max: usize, item: &Shape, rules: &FieldRules, value: &Value, at: &str) {
        let Some(items) = value.as_array() else {
            self.report(rules.wrong_type, at, "must provide an array");
            return;
        };
        if items.len() < min {
            self.report(rules.min_items, at, format!("no fewer than {min} items allowed"));
        }
        if items.len() > max {
            self.report(rules.max_items, at, format!("no more than {max} items allowed"));
        }
        for (index, value) in items.iter().enumerate() {
            self.shape(item, rules, value, &format!("{at}/{index}"));
        }
    }
}

pub(super) fn problem(rule: &'static str, pointer: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem {
        rule,
        pointer: pointer.into(),
        detail: detail.into(),
    }
}

/// One step down a JSON pointer, with the key escaped as RFC 6901 asks.
pub(super) fn step(at: &str, key: &str) -> String {
    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn tag_of(value: &Value) -> Option<&str> {
    value.get("type").and_then(Value::as_str)
}
