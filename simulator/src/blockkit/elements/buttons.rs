//! Elements that are clicked or only seen: button, overflow menu, image.

use crate::blockkit::composition::{
    CONFIRM, ID, OVERFLOW_OPTION, SLACK_FILE, STYLE, URL, image_has_one_source,
};
use crate::blockkit::shape::Shape::{Is, List, Str, Text};
use crate::blockkit::shape::TextKind::PlainOnly;
use crate::blockkit::shape::{EVERYWHERE, object};

object! {
    BUTTON, "button", Some("button"), EVERYWHERE, [], {
        Required "text" => Text(PlainOnly, 75),
        Optional "action_id" => ID,
        Optional "value" => Str(0, 2000),
        Optional "url" => URL,
        Optional "style" => STYLE,
        Optional "confirm" => Is(&CONFIRM),
        Optional "accessibility_label" => Str(1, 75),
    }
}

object! {
    OVERFLOW, "overflow", Some("overflow"), EVERYWHERE, [], {
        Required "options" => List(1, 5, &Is(&OVERFLOW_OPTION)),
        Optional "action_id" => ID,
        Optional "confirm" => Is(&CONFIRM),
    }
}

object! {
    IMAGE_ELEMENT, "image_element", Some("image"), EVERYWHERE, [image_has_one_source], {
        Optional "image_url" => URL,
        Optional "slack_file" => Is(&SLACK_FILE),
        Required "alt_text" => Str(1, 2000),
    }
}
