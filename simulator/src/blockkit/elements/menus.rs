//! Select menus: one or several from a fixed list, from a list in the app's answer, from people, conversations or channels.

use crate::blockkit::composition::{
    CONFIRM, CONVERSATION_FILTER, ID, MENU_OPTION, OPTION_GROUP, PLACEHOLDER, initial_is_offered,
    options_come_one_way,
};
use crate::blockkit::shape::Shape::{Bool, Int, Is, List, Str};
use crate::blockkit::shape::{EVERYWHERE, Shape, UNBOUNDED, object};

/// A user, conversation or channel id.
const SLACK_ID: Shape = Str(1, UNBOUNDED);
const SLACK_IDS: Shape = List(1, UNBOUNDED, &SLACK_ID);
const OPTIONS: Shape = List(1, 100, &Is(&MENU_OPTION));
const OPTION_GROUPS: Shape = List(1, 100, &Is(&OPTION_GROUP));
const AT_LEAST_ONE: Shape = Int(1, i64::MAX);
const AT_LEAST_NONE: Shape = Int(0, i64::MAX);

object! {
    STATIC_SELECT, "static_select", Some("static_select"), EVERYWHERE, [options_come_one_way, initial_is_offered], {
        Optional "options" => OPTIONS,
        Optional "option_groups" => OPTION_GROUPS,
        Optional "initial_option" => Is(&MENU_OPTION),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    MULTI_STATIC_SELECT, "multi_static_select", Some("multi_static_select"), EVERYWHERE, [options_come_one_way, initial_is_offered], {
        Optional "options" => OPTIONS,
        Optional "option_groups" => OPTION_GROUPS,
        Optional "initial_options" => OPTIONS,
        Optional "max_selected_items" => AT_LEAST_ONE,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    EXTERNAL_SELECT, "external_select", Some("external_select"), EVERYWHERE, [], {
        Optional "min_query_length" => AT_LEAST_NONE,
        Optional "initial_option" => Is(&MENU_OPTION),
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    MULTI_EXTERNAL_SELECT, "multi_external_select", Some("multi_external_select"), EVERYWHERE, [], {
        Optional "min_query_length" => AT_LEAST_NONE,
        Optional "initial_options" => OPTIONS,
        Optional "max_selected_items" => AT_LEAST_ONE,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    USERS_SELECT, "users_select", Some("users_select"), EVERYWHERE, [], {
        Optional "initial_user" => SLACK_ID,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    MULTI_USERS_SELECT, "multi_users_select", Some("multi_users_select"), EVERYWHERE, [], {
        Optional "initial_users" => SLACK_IDS,
        Optional "max_selected_items" => AT_LEAST_ONE,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    CONVERSATIONS_SELECT, "conversations_select", Some("conversations_select"), EVERYWHERE, [], {
        Optional "default_to_current_conversation" => Bool,
        Optional "filter" => Is(&CONVERSATION_FILTER),
        Optional "initial_conversation" => SLACK_ID,
        Optional "response_url_enabled" => Bool,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    MULTI_CONVERSATIONS_SELECT, "multi_conversations_select", Some("multi_conversations_select"), EVERYWHERE, [], {
        Optional "default_to_current_conversation" => Bool,
        Optional "filter" => Is(&CONVERSATION_FILTER),
        Optional "initial_conversations" => SLACK_IDS,
        Optional "max_selected_items" => AT_LEAST_ONE,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    CHANNELS_SELECT, "channels_select", Some("channels_select"), EVERYWHERE, [], {
        Optional "initial_channel" => SLACK_ID,
        Optional "response_url_enabled" => Bool,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}

object! {
    MULTI_CHANNELS_SELECT, "multi_channels_select", Some("multi_channels_select"), EVERYWHERE, [], {
        Optional "initial_channels" => SLACK_IDS,
        Optional "max_selected_items" => AT_LEAST_ONE,
        Optional "action_id" => ID,
        Optional "placeholder" => PLACEHOLDER,
        Optional "confirm" => Is(&CONFIRM),
        Optional "focus_on_load" => Bool,
    }
}
