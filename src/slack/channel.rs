//! A channel that the config names and the bot posts to: found once, pinned by its id, and checked now and then.
//!
//! Invariant: a channel that cannot be posted to, or is not only ours, gets no posts, and the admins get a direct message.

use std::time::Duration;

use tokio::sync::Mutex;

use crate::access::channel::is_id;
use crate::access::time::Timestamp;
use crate::lasting::Matter;
use crate::store::StoreError;

use super::handlers::Bot;
use super::web::{ChannelInfo, Lane, WebError};

/// How long a check of the channel's state is valid.
const LOOKED_FOR: Duration = Duration::from_mins(5);

/// What a channel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Audit,
    Alerts,
}

impl Purpose {
    /// The name under which its channel is pinned.
    pub(crate) const fn stored(self) -> &'static str {
        match self {
            Self::Audit => "audit",
            Self::Alerts => "alerts",
        }
    }

    /// As people read it.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Audit => "audit channel",
            Self::Alerts => "alerts channel",
        }
    }

    const fn alarm(self) -> Matter {
        match self {
            Self::Audit => Matter::AuditChannel,
            Self::Alerts => Matter::AlertsChannel,
        }
    }

    /// What happens meanwhile to messages meant for it.
    const fn until_then(self) -> &'static str {
        match self {
            Self::Audit => "Until then its messages wait; decisions and expiries continue.",
            Self::Alerts => "Until then alarms wait; live access still ends on time.",
        }
    }
}

/// One such channel.
pub struct Channel {
    purpose: Purpose,
    /// As the config names it: a name or an id.
    wanted: String,
    looked: Mutex<Option<(String, Timestamp)>>,
}

/// Why a channel gets no posts now.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Somebody has to fix it; the admins were told.
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Slack(#[from] WebError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Channel {
    pub fn new(purpose: Purpose, wanted: String) -> Self {
        Self {
            purpose,
            wanted,
            looked: Mutex::default(),
        }
    }

    /// The channel may have changed: it is checked again before the next post.
    pub async fn forget(&self) {
        *self.looked.lock().await = None;
    }

    /// The channel's id, if it can be posted to and is nobody else's.
    pub async fn id(&self, bot: &Bot) -> Result<String, ChannelError> {
        let mut looked = self.looked.lock().await;
        if let Some((id, at)) = &*looked
            && bot.core.now().since(*at) < LOOKED_FOR
        {
            return Ok(id.clone());
        }
        let alarm = self.purpose.alarm();
        let found = self.look(bot).await;
        let problem = match found {
            Ok(info) => match unfit(&info) {
                None => {
                    bot.calm(&alarm).await;
                    *looked = Some((info.id.clone(), bot.core.now()));
                    return Ok(info.id);
                }
                Some((problem, fix)) => format!("{problem}. {fix}."),
            },
            Err(ChannelError::Unfit(problem)) => problem,
            Err(other @ (ChannelError::Slack(_) | ChannelError::Store(_))) => return Err(other),
        };
        let sentence = format!(
            "The {} #{} {problem} {}",
            self.purpose.words(),
            self.wanted,
            self.purpose.until_then()
        );
        bot.raise(alarm, &sentence).await;
        Err(ChannelError::Unfit(sentence))
    }

    async fn look(&self, bot: &Bot) -> Result<ChannelInfo, ChannelError> {
        let store = &bot.core.store;
        let purpose = self.purpose.stored();
        let pinned = store.pinned_channel(purpose, &self.wanted).await?;
        let id = pinned.or_else(|| is_id(&self.wanted).then(|| self.wanted.clone()));
        let info = match &id {
            Some(id) => match bot.web.channel_info(Lane::Bulk, id).await {
                Err(error) if error.code() == Some("channel_not_found") => None,
                other => Some(other?),
            },
            None => bot.web.find_channel_by_name(&self.wanted).await?,
        };
        let Some(info) = info else {
            return Err(ChannelError::Unfit(
                "cannot be found. Create it, or invite me to it if it is private.".to_owned(),
            ));
        };
        if id.is_none() {
            let mut tx = store.write().await?;
            tx.pin_channel(purpose, &self.wanted, &info.id).await?;
            tx.seal(Vec::new()).await?;
        }
        Ok(info)
    }
}

/// Why nothing is posted there, and the fix.
pub(super) fn unfit(channel: &ChannelInfo) -> Option<(&'static str, &'static str)> {
    if channel.is_archived {
        return Some(("is archived", "Unarchive it"));
    }
    if channel.is_externally_shared() {
        return Some((
            "is shared with another organisation, so I do not post to it",
            "Stop sharing it",
        ));
    }
    if !channel.is_member {
        return Some(("does not have me as a member", "Type `/invite @apono` there"));
    }
    None
}
