//! The answer to a `block_suggestion`: what an external select offers for the letters typed so far.

use serde_json::Value;

use super::Problem;
use super::checker::Checker;
use super::composition::{MENU_OPTION, OPTION_GROUP, options_come_one_way};
use super::shape::Shape::{Is, List};
use super::shape::{EVERYWHERE, Surface, object, rules};

/// What Slack would refuse in the options an app suggests. An empty list is allowed: nothing matches what was typed.
pub fn check_options(ack: &Value) -> Vec<Problem> {
    // The answer does not say where its menu is, and no rule about options depends on that.
    let surface = Surface::Modal;
    Checker::check(surface, &Is(&SUGGESTIONS), &rules!("suggestions"), ack)
}

object! {
    SUGGESTIONS, "suggestions", None, EVERYWHERE, [options_come_one_way], {
        Optional "options" => List(0, 100, &Is(&MENU_OPTION)),
        Optional "option_groups" => List(0, 100, &Is(&OPTION_GROUP)),
    }
}
