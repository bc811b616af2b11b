//! Rules of select menus.

use serde_json::{Value, json};

use super::*;

fn pick(menu: Value) -> Vec<Problem> {
    in_modal(input(menu))
}

fn select(count: usize) -> Value {
    json!({ "type": "static_select", "options": options(count) })
}

fn multi(count: usize) -> Value {
    json!({ "type": "multi_static_select", "options": options(count) })
}

fn grouped(groups: usize) -> Value {
    let group = json!({ "label": plain(5), "options": options(2) });
    json!({ "type": "static_select", "option_groups": vec![group; groups] })
}

fn external() -> Value {
    typed("external_select")
}

rules! {
    static_select_options_min_items: "static_select.options.min_items" at "/blocks/0/element/options",
        refuses pick(select(0)), takes pick(select(1));
    static_select_options_max_items: "static_select.options.max_items" at "/blocks/0/element/options",
        refuses pick(select(101)), takes pick(select(100));
    static_select_option_groups_min_items: "static_select.option_groups.min_items" at "/blocks/0/element/option_groups",
        refuses pick(grouped(0)), takes pick(grouped(1));
    static_select_option_groups_max_items: "static_select.option_groups.max_items" at "/blocks/0/element/option_groups",
        refuses pick(grouped(101)), takes pick(grouped(100));
    static_select_needs_options: "options_or_option_groups" at "/blocks/0/element",
        refuses pick(typed("static_select")), takes pick(select(1));
    static_select_options_not_beside_groups: "options_or_option_groups" at "/blocks/0/element",
        refuses pick(with(grouped(1), "options", options(1))), takes pick(grouped(1));
    static_select_initial_option_is_offered: "initial_option.not_offered" at "/blocks/0/element/initial_option",
        refuses pick(with(select(2), "initial_option", option("v2"))), takes pick(with(select(2), "initial_option", option("v1")));
    static_select_initial_option_equals_in_text_too: "initial_option.not_offered" at "/blocks/0/element/initial_option",
        refuses pick(with(select(2), "initial_option", with(option("v1"), "text", plain(6)))), takes pick(with(select(2), "initial_option", option("v1")));
    static_select_initial_option_is_offered_in_a_group: "initial_option.not_offered" at "/blocks/0/element/initial_option",
        refuses pick(with(grouped(1), "initial_option", option("v2"))), takes pick(with(grouped(1), "initial_option", option("v1")));
    static_select_placeholder_max_length: "static_select.placeholder.max_length" at "/blocks/0/element/placeholder/text",
        refuses pick(with(select(1), "placeholder", plain(151))), takes pick(with(select(1), "placeholder", plain(150)));
    static_select_has_no_min_query_length: "static_select.unknown_key" at "/blocks/0/element",
        refuses pick(with(select(1), "min_query_length", 0)), takes pick(with(external(), "min_query_length", 0));
    static_select_has_no_max_selected_items: "static_select.unknown_key" at "/blocks/0/element",
        refuses pick(with(select(1), "max_selected_items", 1)), takes pick(with(multi(1), "max_selected_items", 1));

    multi_static_select_max_selected_items_range: "multi_static_select.max_selected_items.range" at "/blocks/0/element/max_selected_items",
        refuses pick(with(multi(1), "max_selected_items", 0)), takes pick(with(multi(1), "max_selected_items", 1));
    multi_static_select_initial_options_are_offered: "initial_option.not_offered" at "/blocks/0/element/initial_options/1",
        refuses pick(with(multi(1), "initial_options", options(2))), takes pick(with(multi(2), "initial_options", options(2)));
    multi_static_select_initial_options_min_items: "multi_static_select.initial_options.min_items" at "/blocks/0/element/initial_options",
        refuses pick(with(multi(1), "initial_options", options(0))), takes pick(with(multi(1), "initial_options", options(1)));

    external_select_has_no_options: "external_select.unknown_key" at "/blocks/0/element",
        refuses pick(with(external(), "options", options(1))), takes pick(with(external(), "initial_option", option("v1")));
    external_select_min_query_length_range: "external_select.min_query_length.range" at "/blocks/0/element/min_query_length",
        refuses pick(with(external(), "min_query_length", -1)), takes pick(with(external(), "min_query_length", 0));
    multi_users_select_initial_users_min_items: "multi_users_select.initial_users.min_items" at "/blocks/0/element/initial_users",
        refuses pick(with(typed("multi_users_select"), "initial_users", json!([]))),
        takes pick(with(typed("multi_users_select"), "initial_users", json!(["U0DANA"])));
    users_select_initial_user_is_a_string: "users_select.initial_user.wrong_type" at "/blocks/0/element/initial_user",
        refuses pick(with(typed("users_select"), "initial_user", json!(["U0DANA"]))), takes pick(with(typed("users_select"), "initial_user", "U0DANA"));
    response_url_only_for_single_conversations: "multi_conversations_select.unknown_key" at "/blocks/0/element",
        refuses pick(with(typed("multi_conversations_select"), "response_url_enabled", true)),
        takes pick(with(typed("conversations_select"), "response_url_enabled", true));
    filter_only_for_conversations: "channels_select.unknown_key" at "/blocks/0/element",
        refuses pick(with(typed("channels_select"), "filter", json!({ "exclude_bot_users": true }))),
        takes pick(with(typed("conversations_select"), "filter", json!({ "exclude_bot_users": true })));
}
