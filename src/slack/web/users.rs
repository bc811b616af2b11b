//! Who somebody is, with every field that decides whether they count as one of ours.

use serde::Deserialize;
use serde_json::json;

use super::{Lane, Method, WebApi, WebError};

/// What Slack says about a user. A flag that Slack leaves out is false, unless noted otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "RawUser")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are Slack's own flags, under Slack's names"
)]
pub struct UserInfo {
    pub id: String,
    /// The home workspace. Somebody from a shared channel has a different one than ours.
    pub team_id: Option<String>,
    /// On Enterprise Grid, the organisation.
    pub enterprise_id: Option<String>,
    /// The id by which the whole organisation knows the account. The workspace's own may differ.
    pub enterprise_user: Option<String>,
    /// The handle.
    pub name: String,
    pub real_name: Option<String>,
    pub display_name: Option<String>,
    /// Only with the scope `users:read.email`.
    pub email: Option<String>,
    /// The IANA name of their time zone.
    pub tz: Option<String>,
    /// `None` if Slack does not say.
    pub is_email_confirmed: Option<bool>,
    /// Deactivated.
    pub deleted: bool,
    pub is_bot: bool,
    /// A guest, of one channel or several.
    pub is_restricted: bool,
    /// A guest of one channel.
    pub is_ultra_restricted: bool,
    /// From another organisation. False for some who are, so the team has to be compared too.
    pub is_stranger: bool,
    pub is_workflow_bot: bool,
    pub is_connector_bot: bool,
    /// Invited and not yet here.
    pub is_invited_user: bool,
}

#[derive(Deserialize)]
struct RawUser {
    id: String,
    team_id: Option<String>,
    #[serde(default)]
    name: String,
    real_name: Option<String>,
    #[serde(default)]
    profile: RawProfile,
    #[serde(default)]
    enterprise_user: RawEnterpriseUser,
    tz: Option<String>,
    is_email_confirmed: Option<bool>,
    deleted: Option<bool>,
    is_bot: Option<bool>,
    is_restricted: Option<bool>,
    is_ultra_restricted: Option<bool>,
    is_stranger: Option<bool>,
    is_workflow_bot: Option<bool>,
    is_connector_bot: Option<bool>,
    is_invited_user: Option<bool>,
}

#[derive(Default, Deserialize)]
struct RawProfile {
    real_name: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
}

#[derive(Default, Deserialize)]
struct RawEnterpriseUser {
    id: Option<String>,
    enterprise_id: Option<String>,
}

impl From<RawUser> for UserInfo {
    fn from(raw: RawUser) -> Self {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        Self {
            id: raw.id,
            team_id: filled(raw.team_id),
            enterprise_id: filled(raw.enterprise_user.enterprise_id),
            enterprise_user: filled(raw.enterprise_user.id),
            name: raw.name,
            real_name: filled(raw.profile.real_name).or(filled(raw.real_name)),
            display_name: filled(raw.profile.display_name),
            email: filled(raw.profile.email),
            tz: filled(raw.tz),
            is_email_confirmed: raw.is_email_confirmed,
            deleted: raw.deleted.unwrap_or_default(),
            is_bot: raw.is_bot.unwrap_or_default(),
            is_restricted: raw.is_restricted.unwrap_or_default(),
            is_ultra_restricted: raw.is_ultra_restricted.unwrap_or_default(),
            is_stranger: raw.is_stranger.unwrap_or_default(),
            is_workflow_bot: raw.is_workflow_bot.unwrap_or_default(),
            is_connector_bot: raw.is_connector_bot.unwrap_or_default(),
            is_invited_user: raw.is_invited_user.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct UserAnswer {
    user: UserInfo,
}

impl WebApi {
    /// Fresh from Slack.
    pub async fn user_info(&self, lane: Lane, user: &str) -> Result<UserInfo, WebError> {
        let arguments = json!({ "user": user });
        let answer: UserAnswer = self.call(Method::UsersInfo, lane, &arguments).await?;
        Ok(answer.user)
    }

    /// The user who has this email address now; it says nothing about who had it before.
    pub async fn lookup_user_by_email(&self, lane: Lane, email: &str) -> Result<Option<UserInfo>, WebError> {
        let arguments = json!({ "email": email });
        let answer: Result<UserAnswer, WebError> =
            self.call(Method::UsersLookupByEmail, lane, &arguments).await;
        match answer {
            Ok(answer) => Ok(Some(answer.user)),
            Err(error) if error.code() == Some("users_not_found") => Ok(None),
            Err(error) => Err(error),
        }
    }
}
