//! The table of Web API methods: tier, token, scopes and arguments. Source: Slack's public method reference, May 2026.

use super::{Answer, Call, apps, auth, chat, conversations, history, usergroups, users, views};

/// How often a method may be called, for one app in one workspace. Enforced on request only: `trouble/limits.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) enum Tier {
    /// 20 a minute.
    Tier2,
    /// 50 a minute.
    Tier3,
    /// 100 a minute.
    Tier4,
    /// Rules of its own.
    Special,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub(crate) enum TokenKind {
    App,
    Bot,
}

#[derive(serde::Serialize)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) tier: Tier,
    pub(crate) token: TokenKind,
    /// One of them is needed.
    pub(crate) scopes: &'static [&'static str],
    pub(crate) required: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
    #[serde(skip)]
    pub(crate) run: fn(&mut Call<'_>) -> Answer,
}

const READ: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
const HISTORY: &[&str] = &["channels:history", "groups:history", "im:history", "mpim:history"];
const POST: &[&str] = &[
    "as_user",
    "attachments",
    "blocks",
    "icon_emoji",
    "icon_url",
    "link_names",
    "markdown_text",
    "metadata",
    "mrkdwn",
    "parse",
    "reply_broadcast",
    "text",
    "thread_ts",
    "unfurl_links",
    "unfurl_media",
    "username",
];

const fn bot(
    name: &'static str,
    tier: Tier,
    scopes: &'static [&'static str],
    required: &'static [&'static str],
    optional: &'static [&'static str],
    run: fn(&mut Call<'_>) -> Answer,
) -> Method {
    Method {
        name,
        tier,
        token: TokenKind::Bot,
        scopes,
        required,
        optional,
        run,
    }
}

pub(crate) const METHODS: &[Method] = &[
    Method {
        name: "apps.connections.open",
        tier: Tier::Tier3,
        token: TokenKind::App,
        scopes: &[],
        required: &[],
        optional: &[],
        run: apps::connections_open,
    },
    bot("auth.test", Tier::Special, &[], &[], &[], auth::test),
    bot(
        "bots.info",
        Tier::Tier3,
        &["users:read"],
        &[],
        &["bot", "team_id"],
        auth::bots_info,
    ),
    bot(
        "team.info",
        Tier::Tier3,
        &["team:read"],
        &[],
        &["team", "domain"],
        auth::team_info,
    ),
    bot(
        "chat.postMessage",
        Tier::Special,
        &["chat:write"],
        &["channel"],
        POST,
        chat::post_message,
    ),
    bot(
        "chat.update",
        Tier::Tier3,
        &["chat:write"],
        &["channel", "ts"],
        &[
            "as_user",
            "attachments",
            "blocks",
            "file_ids",
            "link_names",
            "markdown_text",
            "metadata",
            "parse",
            "reply_broadcast",
            "text",
        ],
        chat::update,
    ),
    bot(
        "chat.delete",
        Tier::Tier3,
        &["chat:write"],
        &["channel", "ts"],
        &["as_user"],
        chat::delete,
    ),
    bot(
        "chat.postEphemeral",
        Tier::Tier4,
        &["chat:write"],
        &["channel", "user"],
        &[
            "as_user",
            "attachments",
            "blocks",
            "icon_emoji",
            "icon_url",
            "link_names",
            "markdown_text",
            "parse",
            "text",
            "thread_ts",
            "username",
        ],
        chat::post_ephemeral,
    ),
    bot(
        "chat.getPermalink",
        Tier::Special,
        &[],
        &["channel", "message_ts"],
        &[],
        chat::permalink,
    ),
    bot(
        "conversations.open",
        Tier::Tier3,
        &["im:write", "mpim:write", "channels:manage", "groups:write"],
        &[],
        &["channel", "prevent_creation", "return_im", "users"],
        conversations::open,
    ),
    bot(
        "conversations.info",
        Tier::Tier3,
        READ,
        &["channel"],
        &["include_locale", "include_num_members"],
        conversations::info,
    ),
    bot(
        "conversations.list",
        Tier::Tier2,
        READ,
        &[],
        &["cursor", "exclude_archived", "limit", "team_id", "types"],
        conversations::list,
    ),
    bot(
        "conversations.members",
        Tier::Tier4,
        READ,
        &["channel"],
        &["cursor", "limit"],
        conversations::members,
    ),
    bot(
        "conversations.join",
        Tier::Tier3,
        &["channels:join"],
        &["channel"],
        &[],
        conversations::join,
    ),
    bot(
        "conversations.history",
        Tier::Tier3,
        HISTORY,
        &["channel"],
        &[
            "cursor",
            "include_all_metadata",
            "inclusive",
            "latest",
            "limit",
            "oldest",
        ],
        history::history,
    ),
    bot(
        "conversations.replies",
        Tier::Tier3,
        HISTORY,
        &["channel", "ts"],
        &[
            "cursor",
            "include_all_metadata",
            "inclusive",
            "latest",
            "limit",
            "oldest",
        ],
        history::replies,
    ),
    bot(
        "users.info",
        Tier::Tier4,
        &["users:read"],
        &["user"],
        &["include_locale"],
        users::info,
    ),
    bot(
        "users.list",
        Tier::Tier2,
        &["users:read"],
        &[],
        &["cursor", "include_locale", "limit", "team_id"],
        users::list,
    ),
    bot(
        "users.lookupByEmail",
        Tier::Tier3,
        &["users:read.email"],
        &["email"],
        &[],
        users::lookup_by_email,
    ),
    bot(
        "users.conversations",
        Tier::Tier3,
        READ,
        &[],
        &["cursor", "exclude_archived", "limit", "team_id", "types", "user"],
        conversations::of_user,
    ),
    bot(
        "usergroups.list",
        Tier::Tier2,
        &["usergroups:read"],
        &[],
        &["include_count", "include_disabled", "include_users", "team_id"],
        usergroups::list,
    ),
    bot(
        "usergroups.users.list",
        Tier::Tier2,
        &["usergroups:read"],
        &["usergroup"],
        &["include_disabled", "team_id"],
        usergroups::users,
    ),
    bot(
        "views.open",
        Tier::Tier4,
        &[],
        &["trigger_id", "view"],
        &[],
        views::open,
    ),
    bot(
        "views.push",
        Tier::Tier4,
        &[],
        &["trigger_id", "view"],
        &[],
        views::push,
    ),
    bot(
        "views.update",
        Tier::Tier4,
        &[],
        &["view"],
        &["external_id", "hash", "view_id"],
        views::update,
    ),
    bot(
        "views.publish",
        Tier::Tier4,
        &[],
        &["user_id", "view"],
        &["hash"],
        views::publish,
    ),
];
