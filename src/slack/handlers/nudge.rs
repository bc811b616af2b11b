//! The word to somebody with many unanswered requests.

use crate::access::ids::PersonId;
use crate::store::ReadPeople;
use crate::usecases::nudge::FEW;

use super::super::alarms::tell;
use super::super::views::answers;
use super::{Bot, HandlerError};

impl Bot {
    /// Tells `person` how much waits for their answer, if it is much. If Slack fails, they hear of it the next day.
    pub async fn nudge(&self, person: &PersonId) {
        if let Err(error) = self.try_nudge(person).await {
            tracing::warn!(%error, "somebody could not be reminded of their unanswered requests");
        }
    }

    async fn try_nudge(&self, person: &PersonId) -> Result<(), HandlerError> {
        let waiting = self.directory.waiting_for(person).await;
        let count = waiting.map_err(HandlerError::later)?.len();
        if count <= FEW {
            return Ok(());
        }
        let known = self.core.store.people_by_id(std::slice::from_ref(person)).await?;
        let Some(person) = known.into_iter().next() else {
            return Ok(());
        };
        let sent = tell(&self.web, &person.account.user, &answers::many_wait(count)).await;
        sent.map(drop).map_err(HandlerError::later)
    }
}
