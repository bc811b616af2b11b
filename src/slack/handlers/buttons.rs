//! What all buttons have in common, whether they change something or open a window: which request one is about, and whether
//! it is on the person's own card.

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::request::Request;
use crate::chained::chained;
use crate::store::{Message, MessageState, ReadMessages, Surface};

use super::super::act::{ButtonPlace, Sender};
use super::super::actions::Button;
use super::super::views::listing::Reading;
use super::super::views::{alarm, answers, extension};
use super::{Bot, HandlerError, Report, may_decide, once};

/// A click that opens a window.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    pub sender: &'a Sender,
    pub action: Button,
    pub value: &'a str,
    /// Where the button was; `None` for a command.
    pub place: Option<&'a ButtonPlace>,
    pub trigger_id: &'a str,
    pub response_url: Option<&'a str>,
    /// What was tried, for the trail: `click`, or the command.
    pub tried: &'a Tried,
    /// The inbox key this click would have, which is the cause in the trail.
    pub key: &'a str,
}

impl Bot {
    /// Answers and records a click that opens no window.
    pub(super) async fn no_window(&self, error: HandlerError, by: Option<&Person>, window: Window<'_>) {
        if let (HandlerError::Later(why), Some(url)) = (&error, window.response_url) {
            tracing::warn!(error = %chained(why), action = window.action.name(), "a window could not be opened");
            return self.respond(url, answers::CLICK_AGAIN).await;
        }
        let request = about(window.action, window.value);
        let report = Report {
            sender: window.sender,
            tried: window.tried,
            request: request.as_ref(),
            receipt: once(window.key),
            response_url: window.response_url,
        };
        self.report_once(error, by, report).await;
    }

    /// Whether `by` was asked to answer this: only they are shown what they would decide.
    pub(super) async fn was_asked(
        &self,
        by: &Person,
        request: &Request,
        surface: Surface,
        extension: i64,
    ) -> Result<Vec<Message>, HandlerError> {
        if request.is_of(&by.id) {
            return Err(Forbidden::OwnRequest.into());
        }
        may_decide(by)?;
        let cards = self.core.store.messages_of(&request.id).await?;
        let is_own =
            |card: &Message| card.surface == surface && card.extension == extension && card.person == by.id;
        let own: Vec<Message> = cards.into_iter().filter(is_own).collect();
        if own.is_empty() {
            return Err(Forbidden::NotAnApprover.into());
        }
        Ok(own)
    }

    /// A decision counts only on the card that was sent to this person: not on a copy, and not on somebody else's.
    /// `extension` is the position of the extension being decided, or 0.
    pub(super) async fn on_own_card(
        &self,
        by: &Person,
        request: &Request,
        surface: Surface,
        extension: i64,
        place: Option<&ButtonPlace>,
    ) -> Result<(), HandlerError> {
        let own = self.was_asked(by, request, surface, extension).await?;
        let Some(ButtonPlace::Message { channel, ts }) = place else {
            return Err(Forbidden::NotThisCard.into());
        };
        for card in &own {
            let is_there = card.channel.as_ref() == Some(channel) && card.ts.as_ref() == Some(ts);
            if is_there || self.may_be_on_its_way(by, card, channel).await? {
                return Ok(());
            }
        }
        Err(Forbidden::NotThisCard.into())
    }

    /// People see a card before Slack's answer to its post has arrived and is stored, and may click before that.
    async fn may_be_on_its_way(
        &self,
        by: &Person,
        card: &Message,
        channel: &str,
    ) -> Result<bool, HandlerError> {
        if card.state != MessageState::Sending || card.ts.is_some() {
            return Ok(false);
        }
        if let Some(posted_to) = &card.channel {
            return Ok(posted_to == channel);
        }
        let own = self.web.open_dm(&by.account.user).await;
        let own = own.map_err(HandlerError::later)?;
        Ok(own == channel)
    }
}

/// The request that a button is about, according to the button; lists are not about a single one.
pub(super) fn about(action: Button, value: &str) -> Option<RequestId> {
    Some(match action {
        Button::ExtendApprove | Button::ExtendReadAndApprove | Button::ExtendReject | Button::Answer => {
            extension::of_value(value).0
        }
        Button::EndSessions => alarm::of_joined_value(value).0,
        Button::EndSession | Button::Review => return None,
        Button::Read | Button::Newer | Button::Older => match Reading::of_value(value) {
            Some(Reading::History { request, .. }) => request,
            Some(
                Reading::List { .. }
                | Reading::Active { .. }
                | Reading::Log { .. }
                | Reading::Pending { .. }
                | Reading::Whoami { .. }
                | Reading::Why { .. },
            )
            | None => return None,
        },
        Button::Approve
        | Button::ReadAndApprove
        | Button::Reject
        | Button::Connect
        | Button::Revoke
        | Button::Open
        | Button::Cancel
        | Button::Again
        | Button::Extend
        | Button::End => RequestId::new(value),
    })
}
