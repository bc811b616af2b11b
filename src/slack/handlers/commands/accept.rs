//! `/apono accept`: an address that moved to another account, or an account of an issuer that waits for an admin.

use serde_json::Value;

use crate::access::flows::PersonRef;
use crate::access::forbidden::Forbidden;
use crate::access::people::{AccountKind, Person};
use crate::audit::event::PersonFacts;
use crate::store::PortalIdentity;
use crate::usecases::{Receipt, person_facts, portal, same_person};

use super::super::super::identity::IdentityError;
use super::super::super::views::brakes;
use super::super::super::web::Lane;
use super::super::{Bot, HandlerError};
use super::text_body;

impl Bot {
    /// An address in the config now belongs to another account, or another account of an issuer has the address, and an admin
    /// confirms that this is right.
    pub(super) async fn accept(
        &self,
        by: &Person,
        email: &str,
        code: Option<&str>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        let policy = self.core.policy();
        let waiting = self.core.store.waiting_identities(email).await?;
        let by_role = self.core.store.identities_by_role(email).await?;
        let is_named = policy
            .named_people()
            .contains(&PersonRef::Email(email.to_owned()));
        if !is_named && waiting.is_empty() && by_role.is_empty() {
            return self
                .answered(receipt, text_body(&brakes::address_not_named(email)))
                .await;
        }
        let holder = match self.directory.who_shows(email, &policy).await {
            Ok(Some(holder)) => holder,
            Ok(None) | Err(IdentityError::Unknown) => {
                let waiting: Vec<PortalIdentity> =
                    waiting.into_iter().filter(PortalIdentity::is_by_role).collect();
                if let Some(holder) = waiting.first().and_then(whose) {
                    return self.accept_identity(by, &holder, &waiting, code, receipt).await;
                }
                return self
                    .answered(receipt, text_body(&brakes::address_of_nobody(email)))
                    .await;
            }
            Err(error @ (IdentityError::Slack(_) | IdentityError::Store(_))) => {
                return Err(HandlerError::later(error));
            }
        };
        let is_held = holder.email.as_deref() == Some(email);
        // The one that their address let in by a role may be theirs, too.
        let theirs = waiting
            .into_iter()
            .filter(|waiting| waiting.account == holder.account.user);
        let waiting: Vec<PortalIdentity> = theirs.chain(by_role).filter(|_| is_held).collect();
        // A code means an account of an issuer and nothing else.
        if code.is_some() || !waiting.is_empty() {
            let holder = person_facts(&holder);
            return self.accept_identity(by, &holder, &waiting, code, receipt).await;
        }
        if is_held || !is_named {
            let said = if is_held {
                brakes::address_stands(email, &holder)
            } else {
                brakes::address_not_named(email)
            };
            return self.answered(receipt, text_body(&said)).await;
        }
        same_person::accept_address(&self.core, by, email, &holder, receipt).await?;
        self.directory.known.forget_address(email);
        if let Err(error) = self
            .directory
            .fetch(Lane::Interactive, &holder.account.user, &policy)
            .await
        {
            tracing::warn!(%error, "the new holder of an address could not be looked up; the next round will retry");
        }
        Ok(text_body(&brakes::address_accepted(email, &holder)))
    }

    /// The account of an issuer with this code, or a list of those that wait: an admin sees whose account it is before they accept
    /// it.
    async fn accept_identity(
        &self,
        by: &Person,
        holder: &PersonFacts,
        waiting: &[PortalIdentity],
        code: Option<&str>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        if holder.id == by.id {
            return Err(Forbidden::NotOnYourself.into());
        }
        let meant = code.and_then(|code| waiting.iter().find(|waiting| waiting.code() == code));
        let Some(meant) = meant else {
            let body = text_body(&brakes::identities_wait(holder, waiting, code));
            return self.answered(receipt, body).await;
        };
        let of_meant = match holder.account.kind {
            AccountKind::Slack => None,
            AccountKind::Issuer => whose(meant),
        };
        let holder = of_meant.as_ref().unwrap_or(holder);
        portal::accept_identity(&self.core, by, meant, holder, receipt).await?;
        Ok(text_body(&brakes::identity_accepted(meant, holder)))
    }
}

/// Whose account of an issuer it is, if they have no account in Slack.
fn whose(waiting: &PortalIdentity) -> Option<PersonFacts> {
    waiting.clone().by_role().as_ref().map(PersonFacts::from)
}
