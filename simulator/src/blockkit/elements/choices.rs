//! Checkboxes and radio buttons.

use crate::blockkit::composition::{CHOICE_OPTION, CONFIRM, ID, initial_is_offered};
use crate::blockkit::shape::Shape::{Bool, Is, List};
use crate::blockkit::shape::{EVERYWHERE, object};

object! {
    CHECKBOXES, "checkboxes", Some("checkboxes"), EVERYWHERE, [initial_is_offered], {
        Required "options" => List(1, 10, &Is(&CHOICE_OPTION)),
        Optional "initial_options" => List(1, 10, &Is(&CHOICE_OPTION)),
        Optional "action_id" => ID,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    RADIO_BUTTONS, "radio_buttons", Some("radio_buttons"), EVERYWHERE, [initial_is_offered], {
        Required "options" => List(1, 10, &Is(&CHOICE_OPTION)),
        Optional "initial_option" => Is(&CHOICE_OPTION),
        Optional "action_id" => ID,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}
