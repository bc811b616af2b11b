//! The Web API methods the bot uses, and what Slack says about each.
//!
//! Limits: <https://docs.slack.dev/apis/web-api/rate-limits> and each method's own page.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    AppsConnectionsOpen,
    AuthTest,
    ChatDeleteScheduledMessage,
    ChatPostMessage,
    ChatScheduleMessage,
    ChatScheduledMessagesList,
    ChatUpdate,
    ConversationsHistory,
    ConversationsInfo,
    ConversationsList,
    ConversationsOpen,
    ConversationsReplies,
    FilesCompleteUpload,
    FilesGetUploadUrl,
    UsersInfo,
    UsersLookupByEmail,
    ViewsOpen,
    ViewsPush,
    ViewsUpdate,
}

/// How Slack takes the arguments: reads only understand a query, writes also JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Post,
}

/// How often Slack lets an app call a method, for each workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// No number is published; "several hundred a minute" over the whole workspace.
    Special,
}

/// Time given to a call. Slack answers within a second; the caller retries anything that takes longer.
pub(super) const CALL_WITHIN: Duration = Duration::from_secs(10);

/// Time given to a call that uses up a trigger, which Slack accepts for 3 s after the click.
const TRIGGER_WITHIN: Duration = Duration::from_millis(2500);

impl Method {
    pub fn name(self) -> &'static str {
        match self {
            Self::AppsConnectionsOpen => "apps.connections.open",
            Self::AuthTest => "auth.test",
            Self::ChatDeleteScheduledMessage => "chat.deleteScheduledMessage",
            Self::ChatPostMessage => "chat.postMessage",
            Self::ChatScheduleMessage => "chat.scheduleMessage",
            Self::ChatScheduledMessagesList => "chat.scheduledMessages.list",
            Self::ChatUpdate => "chat.update",
            Self::ConversationsHistory => "conversations.history",
            Self::ConversationsInfo => "conversations.info",
            Self::ConversationsList => "conversations.list",
            Self::ConversationsOpen => "conversations.open",
            Self::ConversationsReplies => "conversations.replies",
            Self::FilesCompleteUpload => "files.completeUploadExternal",
            Self::FilesGetUploadUrl => "files.getUploadURLExternal",
            Self::UsersInfo => "users.info",
            Self::UsersLookupByEmail => "users.lookupByEmail",
            Self::ViewsOpen => "views.open",
            Self::ViewsPush => "views.push",
            Self::ViewsUpdate => "views.update",
        }
    }

    pub(super) fn verb(self) -> Verb {
        match self {
            Self::ChatScheduledMessagesList
            | Self::ConversationsHistory
            | Self::ConversationsInfo
            | Self::ConversationsList
            | Self::ConversationsReplies
            | Self::FilesGetUploadUrl
            | Self::UsersInfo
            | Self::UsersLookupByEmail => Verb::Get,
            Self::AppsConnectionsOpen
            | Self::AuthTest
            | Self::ChatDeleteScheduledMessage
            | Self::ChatPostMessage
            | Self::ChatScheduleMessage
            | Self::ChatUpdate
            | Self::ConversationsOpen
            | Self::FilesCompleteUpload
            | Self::ViewsOpen
            | Self::ViewsPush
            | Self::ViewsUpdate => Verb::Post,
        }
    }

    /// Quota for this method: in any minute, burst and refill together stay within the tier.
    pub(super) fn quota(self) -> Quota {
        let (per_minute, burst) = match self.tier() {
            Tier::Two => (15, 5),
            Tier::Three => (40, 10),
            Tier::Four => (75, 25),
            Tier::Special => (160, 40),
        };
        Quota::per_minute(at_least_one(per_minute)).allow_burst(at_least_one(burst))
    }

    fn tier(self) -> Tier {
        match self {
            Self::ConversationsList => Tier::Two,
            Self::AppsConnectionsOpen
            | Self::ChatDeleteScheduledMessage
            | Self::ChatScheduleMessage
            | Self::ChatScheduledMessagesList
            | Self::ChatUpdate
            | Self::ConversationsHistory
            | Self::ConversationsInfo
            | Self::ConversationsOpen
            | Self::ConversationsReplies
            | Self::UsersLookupByEmail => Tier::Three,
            Self::FilesCompleteUpload
            | Self::FilesGetUploadUrl
            | Self::UsersInfo
            | Self::ViewsOpen
            | Self::ViewsPush
            | Self::ViewsUpdate => Tier::Four,
            Self::AuthTest | Self::ChatPostMessage => Tier::Special,
        }
    }

    pub(super) fn within(self) -> Duration {
        match self {
            Self::ViewsOpen | Self::ViewsPush => TRIGGER_WITHIN,
            Self::AppsConnectionsOpen
            | Self::AuthTest
            | Self::ChatDeleteScheduledMessage
            | Self::ChatPostMessage
            | Self::ChatScheduleMessage
            | Self::ChatScheduledMessagesList
            | Self::ChatUpdate
            | Self::ConversationsHistory
            | Self::ConversationsInfo
            | Self::ConversationsList
            | Self::ConversationsOpen
            | Self::ConversationsReplies
            | Self::FilesCompleteUpload
            | Self::FilesGetUploadUrl
            | Self::UsersInfo
            | Self::UsersLookupByEmail
            | Self::ViewsUpdate => CALL_WITHIN,
        }
    }
}

/// Slack's limit on posts to one channel, with the short burst it tolerates.
pub(super) fn channel_quota() -> Quota {
    Quota::per_second(NonZeroU32::MIN).allow_burst(at_least_one(4))
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(count.saturating_sub(1))
}
