//! Fields that people type into, and files.

use serde_json::Value;

use crate::blockkit::checker::{Checker, step};
use crate::blockkit::composition::{DISPATCH_ACTION_CONFIG, ID, PLACEHOLDER};
use crate::blockkit::rich_text::RICH_TEXT;
use crate::blockkit::shape::Shape::{Bool, Int, Is, List, Matches, OneOf, Str};
use crate::blockkit::shape::{EVERYWHERE, IN_MODALS, IN_VIEWS, Members, Shape, UNBOUNDED, object};

const DECIMAL: Shape = Matches(is_decimal, "a number");

object! {
    PLAIN_TEXT_INPUT, "plain_text_input", Some("plain_text_input"), EVERYWHERE, [lengths_are_in_order], {
        Optional "initial_value" => Str(0, 3000),
        Optional "multiline" => Bool,
        Optional "min_length" => Int(0, 3000),
        Optional "max_length" => Int(1, 3000),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "dispatch_action_config" => Is(&DISPATCH_ACTION_CONFIG),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    EMAIL_INPUT, "email_text_input", Some("email_text_input"), IN_MODALS, [], {
        Optional "initial_value" => Str(0, UNBOUNDED),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "dispatch_action_config" => Is(&DISPATCH_ACTION_CONFIG),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    URL_INPUT, "url_text_input", Some("url_text_input"), IN_MODALS, [], {
        Optional "initial_value" => Str(0, UNBOUNDED),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "dispatch_action_config" => Is(&DISPATCH_ACTION_CONFIG),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    /// Its numbers travel as strings.
    NUMBER_INPUT, "number_input", Some("number_input"), IN_MODALS, [bounds_are_in_order], {
        Required "is_decimal_allowed" => Bool,
        Optional "initial_value" => DECIMAL,
        Optional "min_value" => DECIMAL,
        Optional "max_value" => DECIMAL,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "dispatch_action_config" => Is(&DISPATCH_ACTION_CONFIG),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    RICH_TEXT_INPUT, "rich_text_input", Some("rich_text_input"), IN_VIEWS, [], {
        Optional "initial_value" => OneOf(&[&RICH_TEXT]),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "dispatch_action_config" => Is(&DISPATCH_ACTION_CONFIG),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    FILE_INPUT, "file_input", Some("file_input"), IN_MODALS, [], {
        Optional "filetypes" => List(0, UNBOUNDED, &Str(1, UNBOUNDED)),
        Optional "max_files" => Int(1, 10),
        Optional "action_id" => ID,
    }
}

fn lengths_are_in_order(checker: &mut Checker, input: &Members, at: &str) {
    let length = |key| input.get(key).and_then(Value::as_i64);
    if let (Some(min), Some(max)) = (length("min_length"), length("max_length"))
        && min > max
    {
        checker.report(
            "plain_text_input.min_length.above_max_length",
            step(at, "min_length"),
            "must not be more than `max_length`",
        );
    }
}

fn bounds_are_in_order(checker: &mut Checker, input: &Members, at: &str) {
    let bound = |key| input.get(key).and_then(Value::as_str).and_then(decimal);
    if let (Some(min), Some(max)) = (bound("min_value"), bound("max_value"))
        && min > max
    {
        checker.report(
            "number_input.min_value.above_max_value",
            step(at, "min_value"),
            "must not be more than `max_value`",
        );
    }
}

fn is_decimal(text: &str) -> bool {
    decimal(text).is_some()
}

fn decimal(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}
