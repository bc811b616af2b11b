//! Composition objects: text, options, confirmation dialogs and the like.
//! Source: <https://docs.slack.dev/reference/block-kit/composition-objects>.

use serde_json::Value;

use super::checker::{Checker, step};
use super::shape::Shape::{Bool, Free, Is, List, Str, Text, Word};
use super::shape::TextKind::{PlainOnly, PlainOrMrkdwn};
use super::shape::{EVERYWHERE, Members, Shape, UNBOUNDED, object};

/// `block_id` and `action_id`.
pub(super) const ID: Shape = Str(1, 255);
pub(super) const URL: Shape = Str(1, 3000);
pub(super) const PLACEHOLDER: Shape = Text(PlainOnly, 150);
pub(super) const STYLE: Shape = Word(&["primary", "danger"]);

object! {
    /// The allowed length of `text` depends on the object that contains it, and is checked there.
    PLAIN_TEXT, "plain_text", Some("plain_text"), EVERYWHERE, [], {
        Required "text" => Free,
        Optional "emoji" => Bool,
    }
}

object! {
    /// `emoji` is only for plain text.
    MRKDWN, "mrkdwn", Some("mrkdwn"), EVERYWHERE, [], {
        Required "text" => Free,
        Optional "verbatim" => Bool,
    }
}

object! {
    /// An option of a select menu, or of the answer to a `block_suggestion`.
    MENU_OPTION, "option", None, EVERYWHERE, [], {
        Required "text" => Text(PlainOnly, 75),
        Required "value" => Str(1, 150),
        Optional "description" => Text(PlainOnly, 75),
    }
}

object! {
    /// Only an overflow menu's option can be a link.
    OVERFLOW_OPTION, "option", None, EVERYWHERE, [], {
        Required "text" => Text(PlainOnly, 75),
        Required "value" => Str(1, 150),
        Optional "description" => Text(PlainOnly, 75),
        Optional "url" => URL,
    }
}

object! {
    /// Checkboxes and radio buttons also take formatted text.
    CHOICE_OPTION, "option", None, EVERYWHERE, [], {
        Required "text" => Text(PlainOrMrkdwn, 75),
        Required "value" => Str(1, 150),
        Optional "description" => Text(PlainOrMrkdwn, 75),
    }
}

object! {
    OPTION_GROUP, "option_group", None, EVERYWHERE, [], {
        Required "label" => Text(PlainOnly, 75),
        Required "options" => List(1, 100, &Is(&MENU_OPTION)),
    }
}

object! {
    CONFIRM, "confirm", None, EVERYWHERE, [], {
        Required "title" => Text(PlainOnly, 100),
        Required "text" => Text(PlainOrMrkdwn, 300),
        Required "confirm" => Text(PlainOnly, 30),
        Required "deny" => Text(PlainOnly, 30),
        Optional "style" => STYLE,
    }
}

object! {
    DISPATCH_ACTION_CONFIG, "dispatch_action_config", None, EVERYWHERE, [], {
        Optional "trigger_actions_on" => List(1, 2, &Word(&["on_enter_pressed", "on_character_entered"])),
    }
}

object! {
    CONVERSATION_FILTER, "filter", None, EVERYWHERE, [filter_is_not_empty], {
        Optional "include" => List(1, 4, &Word(&["im", "mpim", "private", "public"])),
        Optional "exclude_external_shared_channels" => Bool,
        Optional "exclude_bot_users" => Bool,
    }
}

object! {
    SLACK_FILE, "slack_file", None, EVERYWHERE, [file_is_named_once], {
        Optional "id" => Str(1, UNBOUNDED),
        Optional "url" => URL,
    }
}

fn filter_is_not_empty(checker: &mut Checker, filter: &Members, at: &str) {
    if filter.is_empty() {
        checker.report("filter.empty", at, "must define at least one field");
    }
}

fn file_is_named_once(checker: &mut Checker, file: &Members, at: &str) {
    if file.contains_key("id") == file.contains_key("url") {
        checker.report("slack_file.id_or_url", at, "must define either `id` or `url`");
    }
}

/// An image, block or element, has one source.
pub(super) fn image_has_one_source(checker: &mut Checker, image: &Members, at: &str) {
    if image.contains_key("image_url") == image.contains_key("slack_file") {
        checker.report(
            "image.source",
            at,
            "must define either `image_url` or `slack_file`",
        );
    }
}

/// Options come as a list or in groups, never both.
pub(super) fn options_come_one_way(checker: &mut Checker, menu: &Members, at: &str) {
    if menu.contains_key("options") == menu.contains_key("option_groups") {
        checker.report(
            "options_or_option_groups",
            at,
            "must define either `options` or `option_groups`",
        );
    }
}

/// The initial choice must equal one of the offered options, member by member.
pub(super) fn initial_is_offered(checker: &mut Checker, menu: &Members, at: &str) {
    let groups = items(menu.get("option_groups"))
        .iter()
        .flat_map(|group| items(group.get("options")));
    let offered: Vec<&Value> = items(menu.get("options")).iter().chain(groups).collect();
    let mut refuse = |initial: &Value, at: String| {
        if !offered.contains(&initial) {
            checker.report(
                "initial_option.not_offered",
                at,
                "must be exactly one of the options",
            );
        }
    };
    if let Some(initial) = menu.get("initial_option") {
        refuse(initial, step(at, "initial_option"));
    }
    for (index, initial) in items(menu.get("initial_options")).iter().enumerate() {
        refuse(initial, format!("{at}/initial_options/{index}"));
    }
}

/// The items of an array; none if it is missing or something else.
pub(super) fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
