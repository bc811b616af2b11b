//! Admin commands: block and unblock, freeze and thaw.

use serde_json::Value;

use crate::access::closest::closest;
use crate::access::flows::Policy;
use crate::access::forbidden::Forbidden;
use crate::access::people::Person;
use crate::store::{KnownPerson, ReadLimits, ReadPeople};
use crate::usecases::Receipt;
use crate::usecases::closing::close_unanswerable;
use crate::usecases::limits;

use super::super::super::alarms::tell;
use super::super::super::identity::IdentityError;
use super::super::super::views::brakes;
use super::super::super::views::text::written;
use super::super::super::web::Lane;
use super::super::{Bot, HandlerError};
use super::text_body;

impl Bot {
    pub(super) async fn block(
        &self,
        by: &Person,
        user: &str,
        reason: Option<&str>,
        told: Option<&str>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        let Some(whom) = self.whoever_has(user).await? else {
            return self.answered(receipt, text_body(brakes::NOBODY)).await;
        };
        let reason = reason.and_then(written);
        let done = limits::block(&self.core, by, &whom, reason.as_deref(), receipt).await?;
        let known = |policy: &Policy| self.directory.known.complete_facts(policy);
        close_unanswerable(&self.core, known, &receipt.origin(by)).await?;
        if done != limits::Braked::WasSo {
            self.tell_blocked(user, told.and_then(written).as_deref()).await;
        }
        Ok(text_body(&brakes::blocked(&whom, done)))
    }

    /// The block stands whether they can be messaged or not.
    pub(in super::super) async fn tell_blocked(&self, user: &str, told: Option<&str>) {
        let sent = tell(&self.web, user, &brakes::you_are_blocked(told)).await;
        if let Err(error) = sent {
            tracing::warn!(%error, "somebody who was blocked could not be told");
        }
    }

    pub(super) async fn unblock(
        &self,
        by: &Person,
        user: &str,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        let Some(whom) = self.whoever_has(user).await? else {
            return self.answered(receipt, text_body(brakes::NOBODY)).await;
        };
        let done = limits::unblock(&self.core, by, &whom, receipt).await?;
        Ok(text_body(&brakes::unblocked(&whom, done)))
    }

    pub(super) async fn freeze(
        &self,
        by: &Person,
        name: &str,
        reason: Option<&str>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        let name = match self.integration_named(name, []) {
            Ok(name) => name,
            Err(sentence) => return self.answered(receipt, text_body(&sentence)).await,
        };
        let reason = reason.and_then(written);
        let done = limits::freeze(&self.core, by, &name, reason.as_deref(), receipt).await?;
        Ok(text_body(&brakes::frozen(&name, done)))
    }

    pub(super) async fn thaw(
        &self,
        by: &Person,
        name: &str,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        // A frozen integration can be thawed even if the config no longer names it.
        let frozen = self.core.store.limits().await?.frozen;
        let name = match self.integration_named(name, frozen) {
            Ok(name) => name,
            Err(sentence) => return self.answered(receipt, text_body(&sentence)).await,
        };
        let done = limits::thaw(&self.core, by, &name, receipt).await?;
        Ok(text_body(&brakes::thawed(&name, done)))
    }

    /// Checked before anything else, so nobody else learns who or what exists.
    pub(in super::super) fn admins_only(&self, by: &Person) -> Result<(), HandlerError> {
        if self.core.policy().is_admin(by) {
            Ok(())
        } else {
            Err(Forbidden::AdminsOnly.into())
        }
    }

    /// The person with this account, as the database knows them, because a block must not wait for Slack.
    pub(in super::super) async fn whoever_has(
        &self,
        user: &str,
    ) -> Result<Option<KnownPerson>, HandlerError> {
        let store = &self.core.store;
        let known = store
            .accounts_of(&store.people_of_user(user).await?)
            .await?
            .into_iter()
            .find(|known| known.account.user == user);
        if known.is_some() {
            return Ok(known);
        }
        match self
            .directory
            .fetch(Lane::Interactive, user, &self.core.policy())
            .await
        {
            Ok(person) => Ok(Some(KnownPerson {
                id: person.id,
                account: person.account,
                name: person.name,
                email: person.email,
            })),
            Err(IdentityError::Unknown) => Ok(None),
            Err(error @ (IdentityError::Slack(_) | IdentityError::Store(_))) => {
                Err(HandlerError::later(error))
            }
        }
    }

    /// The integration with this name, from the config or among `others`; if there is none, a sentence that says so.
    pub(in super::super) fn integration_named(
        &self,
        name: &str,
        others: impl IntoIterator<Item = String>,
    ) -> Result<String, String> {
        let integrations = self.core.integrations();
        let known: Vec<String> = integrations
            .iter()
            .map(|(known, _)| known.to_owned())
            .chain(others)
            .collect();
        let found = known.iter().find(|known| known.eq_ignore_ascii_case(name));
        found.cloned().ok_or_else(|| {
            let nearest = closest(name, known.iter().map(String::as_str));
            brakes::no_such_integration(name, nearest)
        })
    }
}
