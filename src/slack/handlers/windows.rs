//! Buttons that open a window: Connect, Reject and Open. They are questions, so they never stand in the inbox.

use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::request::State;
use crate::usecases::{Receipt, UseCaseError, look};

use super::super::actions;
use super::super::incoming::{Place, Sender};
use super::super::views::{answers, details, reject};
use super::{Bot, HandlerError, Report};

/// A click that opens a window.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    pub sender: &'a Sender,
    pub action: &'a str,
    pub value: &'a str,
    pub place: &'a Place,
    pub trigger_id: &'a str,
    pub response_url: Option<&'a str>,
    /// The inbox key this click would have, which stands as the cause in the trail.
    pub key: &'a str,
}

impl Bot {
    /// Opens what was asked for, or says in a window or an answer why not.
    pub async fn window(&self, window: Window<'_>) {
        let request = RequestId::new(window.value);
        if window.action == actions::CONNECT {
            return self.open_connect(&request, window).await;
        }
        let by = match self.onlooker(window.sender).await {
            Ok(by) => by,
            Err(error) => return self.no_window(&error, None, window).await,
        };
        let opened = match window.action {
            actions::REJECT => self.open_reject(&by, &request, window).await,
            _ => self.open_details(&by, &request, window).await,
        };
        if let Err(error) = opened {
            self.no_window(&error, Some(&by), window).await;
        }
    }

    /// Answers and records a click for which no window opens.
    pub(super) async fn no_window(&self, error: &HandlerError, by: Option<&Person>, window: Window<'_>) {
        if let (HandlerError::Later(why), Some(url)) = (error, window.response_url) {
            tracing::warn!(why, action = window.action, "a window could not be opened");
            return self.respond(url, answers::CLICK_AGAIN).await;
        }
        let request = RequestId::new(window.value);
        let report = Report {
            sender: window.sender,
            tried: "click",
            request: Some(&request),
            receipt: Receipt::Form { key: window.key },
            response_url: window.response_url,
        };
        self.report(error, by, report).await;
    }

    async fn open_reject(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let view = look::view(&self.core, request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        if view.request.state != State::Pending {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        self.on_own_card(by, &view.request, window.place).await?;
        self.open(window.trigger_id, &reject::reject_modal(&view)).await
    }

    async fn open_details(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let stored = self
            .core
            .store
            .request(request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        let (view, events) = look::show(&self.core, by, stored.number).await?;
        let owns = by.id == stored.requester || by.id == stored.grantee;
        let may_revoke = owns || self.core.policy().is_admin(by);
        self.open(
            window.trigger_id,
            &details::details_modal(&view, &events, may_revoke),
        )
        .await
    }

    async fn open(
        &self,
        trigger_id: &str,
        view: &slack_morphism::prelude::SlackView,
    ) -> Result<(), HandlerError> {
        match self.web.views_open(trigger_id, view).await {
            Ok(_) => Ok(()),
            Err(error) if error.opened_before() => Ok(()),
            Err(error) => Err(HandlerError::Later(error.to_string())),
        }
    }
}
