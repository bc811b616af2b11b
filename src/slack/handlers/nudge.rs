//! The word to somebody with many unanswered requests.

use crate::access::ids::PersonId;
use crate::store::ReadPeople;

use super::super::views::answers;
use super::super::web::{NewMessage, WebError};
use super::{Bot, HandlerError};

impl Bot {
    /// Tells `person` how much waits for their answer. If Slack fails, they hear of it the next day.
    pub async fn nudge(&self, person: &PersonId, count: u64) {
        if let Err(error) = self.try_nudge(person, count).await {
            tracing::warn!(%error, "somebody could not be reminded of their unanswered requests");
        }
    }

    async fn try_nudge(&self, person: &PersonId, count: u64) -> Result<(), HandlerError> {
        let known = self.core.store.people_by_id(std::slice::from_ref(person)).await?;
        let Some(person) = known.into_iter().next() else {
            return Ok(());
        };
        let sent = self
            .direct(&person.account.user, &answers::many_wait(count))
            .await;
        sent.map_err(HandlerError::later)
    }

    /// A direct message in Slack's markup.
    pub(super) async fn direct(&self, user: &str, text: &str) -> Result<(), WebError> {
        let channel = self.web.open_dm(user).await?;
        let message = NewMessage {
            channel: &channel,
            text,
            blocks: None,
            thread_ts: None,
            reply_broadcast: false,
            metadata: None,
        };
        self.web.post_message(message).await.map(drop)
    }
}
