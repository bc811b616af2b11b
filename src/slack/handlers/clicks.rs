//! Buttons that change something at once: Approve, Revoke, Cancel.

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::request::Request;
use crate::store::{DecisionVerdict, InboxLease, ReadMessages, Surface};
use crate::telling::answers;
use crate::usecases::decide::{Answer, answer};
use crate::usecases::reconcile::ungranted;
use crate::usecases::{Receipt, UseCaseError, extend, person_facts, portal, revoke};

use super::super::act::{ButtonPlace, Sender};
use super::super::actions::Button;
use super::super::views::answers::said;
use super::super::views::approve::is_folded;
use super::super::views::{alarm, extension, portal as portal_view};
use super::buttons::about;
use super::{Bot, HandlerError, Report, kept, may_decide, name_in_log};

const APPROVAL: Answer = Answer {
    verdict: DecisionVerdict::Approve,
    reason: None,
};

/// A click in the inbox.
#[derive(Clone, Copy, Debug)]
pub struct Click<'a> {
    pub sender: &'a Sender,
    pub action: Button,
    pub value: &'a str,
    pub place: &'a ButtonPlace,
    pub response_url: Option<&'a str>,
}

impl Bot {
    /// Carries out a click; an error if it has to be retried.
    pub async fn click(&self, click: Click<'_>, lease: &InboxLease) -> Result<(), HandlerError> {
        let request = about(click.action, click.value);
        let receipt = kept(lease);
        let report = Report {
            sender: click.sender,
            tried: &Tried::Click,
            request: request.as_ref(),
            receipt,
            response_url: click.response_url,
        };
        let by = match self.clicker(click).await {
            Ok(by) => by,
            Err(error) => return self.report(error, None, report).await,
        };
        let done = match click.action {
            Button::Approve => self.approve(&by, click, receipt).await,
            Button::Revoke | Button::Cancel => self.end_by_click(&by, click, receipt).await,
            Button::ExtendApprove => self.approve_extension(&by, click, receipt).await,
            Button::EndSessions => self.end_sessions(&by, click, receipt).await,
            Button::EndSession => self.end_session(&by, click, receipt).await,
            // These open a window, and are never stored.
            Button::ReadAndApprove
            | Button::Reject
            | Button::Connect
            | Button::Open
            | Button::Again
            | Button::Extend
            | Button::ExtendReadAndApprove
            | Button::ExtendReject
            | Button::Read
            | Button::Newer
            | Button::Older
            | Button::Answer
            | Button::End
            | Button::Review => Err(Forbidden::NotThisCard.into()),
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) => self.report(error, Some(&by), report).await,
        }
    }

    async fn clicker(&self, click: Click<'_>) -> Result<Person, HandlerError> {
        if click.action == Button::EndSession
            && let Some(owner) = self.owner(click.sender).await?
        {
            return Ok(owner);
        }
        if click.action.gives_back()
            && let Some(holder) = self.holder(click.sender, &RequestId::new(click.value)).await?
        {
            return Ok(holder);
        }
        self.actor(click.sender).await
    }

    async fn approve(&self, by: &Person, click: Click<'_>, receipt: Receipt<'_>) -> Result<(), HandlerError> {
        let stored = self.clicked(&RequestId::new(click.value)).await?;
        self.on_own_card(by, &stored, Surface::ApproverCard, 0, Some(click.place))
            .await?;
        must_show_all(&stored)?;
        let facts = self.fresh_facts(&stored, by).await?;
        answer(&self.core, &facts, by, &stored.id, &APPROVAL, receipt).await?;
        Ok(())
    }

    async fn approve_extension(
        &self,
        by: &Person,
        click: Click<'_>,
        receipt: Receipt<'_>,
    ) -> Result<(), HandlerError> {
        let (request, position) = extension::of_value(click.value);
        let stored = self.clicked(&request).await?;
        self.on_own_card(by, &stored, Surface::ExtensionCard, position, Some(click.place))
            .await?;
        must_show_all(&stored)?;
        let facts = self.fresh_facts(&stored, by).await?;
        extend::answer(&self.core, &facts, by, (&request, position), &APPROVAL, receipt).await?;
        Ok(())
    }

    /// Only an admin can end the sessions of somebody who has no part in a grant.
    async fn end_sessions(
        &self,
        by: &Person,
        click: Click<'_>,
        receipt: Receipt<'_>,
    ) -> Result<(), HandlerError> {
        may_decide(by)?;
        let (request, account) = alarm::of_joined_value(click.value);
        ungranted::order_end(&self.core, by, &request, account, receipt).await?;
        if let Some(url) = click.response_url {
            self.respond(url, &alarm::ordered(account)).await;
        }
        Ok(())
    }

    /// A session is ended by the person it belongs to, whatever else they may do.
    async fn end_session(
        &self,
        by: &Person,
        click: Click<'_>,
        receipt: Receipt<'_>,
    ) -> Result<(), HandlerError> {
        let ended = portal::end(&self.core, &person_facts(by), click.value, receipt).await?;
        if let Some(url) = click.response_url {
            self.respond(url, portal_view::ended(ended)).await;
        }
        Ok(())
    }

    async fn is_on_card(&self, request: &Request, place: &ButtonPlace) -> Result<bool, HandlerError> {
        let ButtonPlace::Message { channel, ts } = place else {
            return Ok(false);
        };
        let messages = self.core.store.messages_of(&request.id).await?;
        Ok(messages
            .iter()
            .any(|card| card.channel.as_ref() == Some(channel) && card.ts.as_ref() == Some(ts)))
    }

    /// The request of a button. Only we make buttons, so a value without a request was forged.
    async fn clicked(&self, request: &RequestId) -> Result<Request, HandlerError> {
        let stored = self.core.store.request(request).await?;
        let stored = stored.ok_or(UseCaseError::Forbidden(Forbidden::NotThisCard))?;
        name_in_log(stored.number);
        Ok(stored)
    }

    async fn end_by_click(
        &self,
        by: &Person,
        click: Click<'_>,
        receipt: Receipt<'_>,
    ) -> Result<(), HandlerError> {
        let stored = self.clicked(&RequestId::new(click.value)).await?;
        let request = if click.action == Button::Cancel {
            revoke::cancel(&self.core, by, stored.number, receipt).await?
        } else {
            revoke::revoke(&self.core, by, stored.number, None, receipt).await?
        };
        // A card follows its request, and so answers by itself.
        if let (Some(url), false) = (click.response_url, self.is_on_card(&request, click.place).await?) {
            self.respond(url, &said(answers::revoking(&request))).await;
        }
        Ok(())
    }
}

/// If lists are folded on the card, its button opens them, and only that window approves.
fn must_show_all(request: &Request) -> Result<(), UseCaseError> {
    if is_folded(request.resources().into_iter().chain(request.permissions())) {
        return Err(Forbidden::NotThisCard.into());
    }
    Ok(())
}
