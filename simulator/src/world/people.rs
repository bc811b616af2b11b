//! People and other actors of the workspace, as `users.info` describes them.
//!
//! Invariant: an id belongs to one person forever; changing a person changes what Slack says about the id, never the id.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What type of actor somebody is; decides the `is_...` flags of the user object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Member,
    /// `is_restricted`.
    MultiChannelGuest,
    /// `is_restricted` and `is_ultra_restricted`.
    SingleChannelGuest,
    /// `is_bot`.
    Bot,
    /// `is_bot` and `is_workflow_bot`.
    WorkflowBot,
    /// `is_stranger`: known only from a shared channel. An external member that Slack already knows is a `Member` of another team.
    Stranger,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: String,
    /// The name used by `Simulator::person` and by `@handle`.
    pub handle: String,
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default = "yes")]
    pub email_confirmed: bool,
    #[serde(default)]
    pub kind: Kind,
    #[serde(default)]
    pub deactivated: bool,
    /// Invited but never signed in.
    #[serde(default)]
    pub invited: bool,
    /// None means the workspace the app is installed in.
    #[serde(default)]
    pub team_id: Option<String>,
    #[serde(default)]
    pub enterprise_id: Option<String>,
    /// The organisation's id for the account; None means that it is the same.
    #[serde(default)]
    pub enterprise_user: Option<String>,
    /// The IANA name of their time zone; None means UTC.
    #[serde(default)]
    pub tz: Option<String>,
}

/// What Slack gives as people's workspace once it is part of an Enterprise Grid organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NamedTeam {
    #[default]
    Workspace,
    /// The organisation instead.
    Organisation,
    Nothing,
}

fn yes() -> bool {
    true
}

impl Person {
    /// A full member of the workspace with a confirmed address.
    pub fn member(id: &str, handle: &str, name: &str, email: &str) -> Self {
        Self {
            id: id.to_owned(),
            handle: handle.to_owned(),
            name: name.to_owned(),
            email: Some(email.to_owned()),
            email_confirmed: true,
            kind: Kind::Member,
            deactivated: false,
            invited: false,
            team_id: None,
            enterprise_id: None,
            enterprise_user: None,
            tz: None,
        }
    }

    pub(crate) fn team<'a>(&'a self, own: &'a str) -> &'a str {
        self.team_id.as_deref().unwrap_or(own)
    }

    pub(crate) fn is_bot(&self) -> bool {
        matches!(self.kind, Kind::Bot | Kind::WorkflowBot)
    }

    /// Whether this is one of the account's ids.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        self.id == id || self.enterprise_user.as_deref() == Some(id)
    }

    /// The user object of users.info and users.list under the account's own id; `team` is given as its workspace, and
    /// `with_email` is whether the scope users:read.email was granted.
    pub(crate) fn to_json(&self, own_team: &str, team: Option<&str>, with_email: bool) -> Value {
        let single = self.kind == Kind::SingleChannelGuest;
        let mut profile = json!({
            "real_name": self.name, "real_name_normalized": self.name,
            "display_name": self.handle, "display_name_normalized": self.handle,
            "title": "", "phone": "", "status_text": "", "status_emoji": "", "team": team,
        });
        if let Some(email) = self.email.as_ref().filter(|_| with_email) {
            profile["email"] = json!(email);
        }
        let mut user = json!({
            "id": self.id, "team_id": team, "name": self.handle, "real_name": self.name, "deleted": self.deactivated,
            "color": "9f69e7", "tz": self.tz.as_deref().unwrap_or("Etc/UTC"), "tz_label": "Coordinated Universal Time", "tz_offset": 0, "profile": profile,
            "is_admin": false, "is_owner": false, "is_primary_owner": false,
            "is_restricted": single || self.kind == Kind::MultiChannelGuest, "is_ultra_restricted": single,
            "is_bot": self.is_bot(), "is_workflow_bot": self.kind == Kind::WorkflowBot, "is_connector_bot": false,
            "is_app_user": false, "is_stranger": self.kind == Kind::Stranger, "is_invited_user": self.invited,
            "is_email_confirmed": self.email_confirmed, "updated": 1_700_000_000,
        });
        if team.is_none() {
            user.as_object_mut().map(|user| user.remove("team_id"));
        }
        if let Some(enterprise) = &self.enterprise_id {
            user["enterprise_user"] = json!({
                "id": self.enterprise_user.as_ref().unwrap_or(&self.id), "enterprise_id": enterprise, "enterprise_name": enterprise,
                "is_admin": false, "is_owner": false, "teams": [self.team(own_team)],
            });
        }
        user
    }
}
