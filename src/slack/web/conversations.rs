//! Channels and direct messages: finding them and what is known about them.

use std::collections::HashMap;

use parking_lot::MutexGuard;
use serde::Deserialize;
use serde_json::json;

use super::{Lane, Method, WebApi, WebError};

/// Channels asked for at a time; Slack's maximum.
const PAGE: u32 = 1000;

/// What Slack says about a channel. We parse it ourselves: slack-morphism's type leaves out who else is in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "these are Slack's own flags, under Slack's names"
)]
pub struct ChannelInfo {
    pub id: String,
    /// None for a direct message.
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub is_archived: bool,
    /// The bot is in it. Slack leaves it out for direct messages.
    #[serde(default)]
    pub is_member: bool,
    #[serde(default)]
    pub is_shared: bool,
    /// Shared among workspaces of one Grid organisation.
    #[serde(default)]
    pub is_org_shared: bool,
    /// Shared with another organisation.
    #[serde(default)]
    pub is_ext_shared: bool,
    /// Another organisation is invited and has not answered.
    #[serde(default)]
    pub is_pending_ext_shared: bool,
}

impl ChannelInfo {
    /// People from another organisation can read it, or will once they accept.
    pub fn is_externally_shared(&self) -> bool {
        self.is_ext_shared || self.is_pending_ext_shared || (self.is_shared && !self.is_org_shared)
    }
}

#[derive(Deserialize)]
struct ChannelAnswer<C> {
    channel: C,
}

impl WebApi {
    /// The id of the direct message with `user`, opened if needed. It never changes, so each is fetched once.
    pub async fn open_dm(&self, user: &str) -> Result<String, WebError> {
        #[derive(Deserialize)]
        struct Opened {
            id: String,
        }
        if let Some(known) = self.known_dms().get(user) {
            return Ok(known.clone());
        }
        let arguments = json!({ "users": user });
        let answer: ChannelAnswer<Opened> = self
            .call(Method::ConversationsOpen, Lane::Bulk, &arguments)
            .await?;
        self.known_dms()
            .insert(user.to_owned(), answer.channel.id.clone());
        Ok(answer.channel.id)
    }

    /// The direct message with this id no longer exists: it is fetched again.
    pub fn forget_dm(&self, channel: &str) {
        self.known_dms().retain(|_, known| known != channel);
    }

    fn known_dms(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.inner.dms.lock()
    }

    /// `Api { code: "channel_not_found" }` also for a private channel the bot is not in.
    pub async fn channel_info(&self, lane: Lane, id: &str) -> Result<ChannelInfo, WebError> {
        let arguments = json!({ "channel": id });
        let answer: ChannelAnswer<ChannelInfo> =
            self.call(Method::ConversationsInfo, lane, &arguments).await?;
        Ok(answer.channel)
    }

    /// Looks through every channel the bot can see, archived ones too. `name` may begin with `#`.
    pub async fn find_channel_by_name(&self, name: &str) -> Result<Option<ChannelInfo>, WebError> {
        #[derive(Deserialize)]
        struct Page {
            channels: Vec<ChannelInfo>,
            #[serde(default)]
            response_metadata: NextPage,
        }
        let name = name.trim_start_matches('#');
        let mut cursor = String::new();
        loop {
            let arguments = json!({
                "types": "public_channel,private_channel",
                "limit": PAGE,
                "cursor": (!cursor.is_empty()).then_some(&cursor),
            });
            let page: Page = self
                .call(Method::ConversationsList, Lane::Bulk, &arguments)
                .await?;
            let found = page
                .channels
                .into_iter()
                .find(|channel| channel.name.as_deref() == Some(name));
            if found.is_some() || page.response_metadata.next_cursor.is_empty() {
                return Ok(found);
            }
            cursor = page.response_metadata.next_cursor;
        }
    }
}

/// Where a list continues; empty at its end.
#[derive(Default, Deserialize)]
pub(super) struct NextPage {
    #[serde(default)]
    pub(super) next_cursor: String,
}
