//! The word to people with many unanswered requests.

use std::collections::BTreeMap;

use crate::access::ids::PersonId;
use crate::store::ReadPeople;
use crate::usecases::look;
use crate::usecases::nudge::FEW;

use super::super::alarms::tell;
use super::super::views::answers;
use super::{Bot, HandlerError};

impl Bot {
    /// Tells everybody how much waits for their answer, if it is much. If Slack fails, they hear of it the next day.
    pub async fn nudge(&self) {
        let waiting = match look::unanswered(&self.core, &*self.directory).await {
            Ok(waiting) => waiting,
            Err(error) => return tracing::warn!(%error, "could not see whose answers are missing"),
        };
        let mut counts: BTreeMap<PersonId, usize> = BTreeMap::new();
        for person in waiting.into_iter().flat_map(|(_, people)| people) {
            *counts.entry(person).or_default() += 1;
        }
        for (person, count) in counts.into_iter().filter(|(_, count)| *count > FEW) {
            if let Err(error) = self.nudge_one(&person, count).await {
                tracing::warn!(%error, "somebody could not be reminded of their unanswered requests");
            }
        }
    }

    async fn nudge_one(&self, person: &PersonId, count: usize) -> Result<(), HandlerError> {
        let known = self.core.store.people_by_id(std::slice::from_ref(person)).await?;
        let Some(person) = known.into_iter().next() else {
            return Ok(());
        };
        let sent = tell(&self.web, &person.account.user, &answers::many_wait(count)).await;
        sent.map(drop).map_err(HandlerError::later)
    }
}
