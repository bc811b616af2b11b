//! Conversations: public and private channels and direct messages with the bot, and user groups.
//!
//! Invariant: a direct message has exactly one person in it (the bot is the other side) and its id follows from that person's id.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A channel, or the direct message between the bot and one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "Slack describes a channel by independent flags"
)]
pub struct Channel {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub private: bool,
    #[serde(default)]
    pub archived: bool,
    /// Ids of people, including the bot's if it is a member.
    #[serde(default)]
    pub members: BTreeSet<String>,
    /// Ids of other workspaces that share the channel through Slack Connect.
    #[serde(default)]
    pub connected_teams: Vec<String>,
    /// An invitation to share the channel is pending.
    #[serde(default)]
    pub pending_share: bool,
    /// Shared among the workspaces of one Enterprise Grid.
    #[serde(default)]
    pub org_shared: bool,
    /// In a direct message: the person the bot talks with.
    #[serde(default)]
    pub im_with: Option<String>,
}

impl Channel {
    /// A public channel of the workspace with these people (ids) in it.
    pub fn public(id: &str, name: &str, members: &[&str]) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            private: false,
            archived: false,
            members: members.iter().map(|&id| id.to_owned()).collect(),
            connected_teams: Vec::new(),
            pending_share: false,
            org_shared: false,
            im_with: None,
        }
    }

    pub(crate) fn direct(person: &str, bot: &str) -> Self {
        Self {
            private: true,
            im_with: Some(person.to_owned()),
            ..Self::public(&direct_id(person), "directmessage", &[person, bot])
        }
    }

    pub(crate) fn is_im(&self) -> bool {
        self.im_with.is_some()
    }

    pub(crate) fn ext_shared(&self) -> bool {
        !self.connected_teams.is_empty()
    }

    /// `public_channel`, `private_channel` or `im`: the words of the `types` argument.
    pub(crate) fn type_word(&self) -> &'static str {
        if self.is_im() {
            "im"
        } else if self.private {
            "private_channel"
        } else {
            "public_channel"
        }
    }

    /// The prefix of the scopes for this type of conversation: `channels:read`, `groups:history` ...
    pub(crate) fn scope_family(&self) -> &'static str {
        if self.is_im() {
            "im"
        } else if self.private {
            "groups"
        } else {
            "channels"
        }
    }

    pub(crate) fn to_json(&self, bot: &str, own_team: &str) -> Value {
        if let Some(person) = &self.im_with {
            return json!({
                "id": self.id, "created": 1_700_000_000, "is_im": true, "is_channel": false, "is_group": false, "is_mpim": false,
                "is_private": true, "is_archived": self.archived, "is_shared": false, "is_org_shared": false, "is_ext_shared": false,
                "context_team_id": own_team, "user": person, "is_user_deleted": false, "is_open": true, "priority": 0,
            });
        }
        json!({
            "id": self.id, "name": self.name, "name_normalized": self.name, "created": 1_700_000_000, "creator": "U0ADA",
            "is_channel": !self.private, "is_group": self.private, "is_im": false, "is_mpim": false,
            "is_private": self.private, "is_archived": self.archived, "is_general": self.name == "general",
            "is_member": self.members.contains(bot), "is_shared": self.ext_shared() || self.org_shared,
            "is_ext_shared": self.ext_shared(), "is_pending_ext_shared": self.pending_share, "is_org_shared": self.org_shared,
            "connected_team_ids": self.connected_teams, "shared_team_ids": std::iter::once(own_team)
                .chain(self.connected_teams.iter().map(String::as_str)).collect::<Vec<_>>(),
            "pending_shared": [], "context_team_id": own_team, "previous_names": [], "unlinked": 0,
            "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0},
        })
    }
}

/// The id of the direct message between the bot and `person`.
pub(crate) fn direct_id(person: &str) -> String {
    format!("D{}", person.trim_start_matches(['U', 'W']))
}

/// A user group (`@sre`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserGroup {
    pub id: String,
    pub handle: String,
    pub name: String,
    /// Ids of people, in the order they were added.
    pub users: Vec<String>,
    #[serde(default)]
    pub disabled: bool,
}

impl UserGroup {
    pub(crate) fn to_json(&self, team: &str, with_users: bool) -> Value {
        let mut group = json!({
            "id": self.id, "team_id": team, "is_usergroup": true, "is_subteam": true, "name": self.name, "description": "",
            "handle": self.handle, "is_external": false, "date_create": 1_700_000_000, "date_update": 1_700_000_000,
            "date_delete": if self.disabled { 1_700_000_001 } else { 0 }, "auto_type": null, "auto_provision": false,
            "created_by": "U0ADA", "updated_by": "U0ADA", "deleted_by": null, "prefs": {"channels": [], "groups": []},
            "user_count": self.users.len(), "channel_count": 0,
        });
        if with_users {
            group["users"] = json!(self.users);
        }
        group
    }
}
