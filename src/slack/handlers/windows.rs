//! Buttons that open a window: Connect, Reject and Open. They are questions, so they never stand in the inbox.

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::request::{Request, State};
use crate::integrations::{AccessDetails, ConnectInput};
use crate::usecases::{UseCaseError, connect, look};

use super::super::actions;
use super::super::incoming::{Place, Sender};
use super::super::views::{answers, credentials, details, reject};
use super::form::sentence_modal;
use super::{Bot, HandlerError};

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
        let opened = match window.action {
            actions::CONNECT => self.open_connect(&request, window).await,
            actions::REJECT => self.open_reject(&request, window).await,
            _ => self.open_details(&request, window).await,
        };
        let Err(error) = opened else { return };
        tracing::info!(%error, action = window.action, "a window was not opened");
        let sentence = match &error {
            HandlerError::Refused { why, .. } => why.clone(),
            HandlerError::UseCase(error) => answers::why_not(error),
            HandlerError::Later(_) => answers::CLICK_AGAIN.to_owned(),
        };
        if let Some(url) = window.response_url {
            self.respond(url, &sentence).await;
        }
    }

    async fn open_reject(&self, request: &RequestId, window: Window<'_>) -> Result<(), HandlerError> {
        let view = look::view(&self.core, request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        if view.request.state != State::Pending {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        let by = self.known_actor(window.sender).await?;
        self.on_own_card(&by, request, window.place).await?;
        self.open(window.trigger_id, &reject::reject_modal(&view)).await
    }

    async fn open_details(&self, request: &RequestId, window: Window<'_>) -> Result<(), HandlerError> {
        let by = self.known_actor(window.sender).await?;
        let stored = self
            .core
            .store
            .request(request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        let (view, events) = look::show(&self.core, &by, stored.number).await?;
        let owns = by.id == stored.requester || by.id == stored.grantee;
        let may_revoke = owns || self.core.policy().is_admin(&by);
        self.open(
            window.trigger_id,
            &details::details_modal(&view, &events, may_revoke),
        )
        .await
    }

    /// The window opens before the target is asked, because a trigger lives three seconds.
    async fn open_connect(&self, request: &RequestId, window: Window<'_>) -> Result<(), HandlerError> {
        let stored = self
            .core
            .store
            .request(request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        let waiting = credentials::wait_modal(stored.number);
        let view = self
            .web
            .views_open(window.trigger_id, &waiting)
            .await
            .map_err(|error| HandlerError::Later(error.to_string()))?;
        let shown = match self.credentials(&stored, window).await {
            Ok(details) => credentials::credentials_modal(stored.number, &details),
            Err(error) => sorry(stored.number, &error),
        };
        if let Err(error) = self.web.views_update(&view.id, None, &shown).await {
            tracing::warn!(%error, "the connect window could not be filled");
        }
        Ok(())
    }

    async fn credentials(
        &self,
        request: &Request,
        window: Window<'_>,
    ) -> Result<AccessDetails, HandlerError> {
        let by = self.actor(window.sender).await?;
        let grant = connect::begin(&self.core, &by, &request.id).await?;
        let integration = self.core.integrations.for_granted(&grant.granted);
        let made = match integration {
            Ok(integration) => integration.connect(&grant.granted, ConnectInput::Nothing).await,
            Err(error) => Err(error),
        };
        let details = made.map_err(|error| HandlerError::Later(error.to_string()))?;
        // Recorded before it is shown: nobody sees credentials that the trail does not know of.
        connect::shown(&self.core, &by, request, &grant, window.key).await?;
        Ok(details)
    }

    async fn open(
        &self,
        trigger_id: &str,
        view: &slack_morphism::prelude::SlackView,
    ) -> Result<(), HandlerError> {
        let opened = self.web.views_open(trigger_id, view).await;
        opened
            .map(|_| ())
            .map_err(|error| HandlerError::Later(error.to_string()))
    }
}

fn sorry(number: RequestNumber, error: &HandlerError) -> slack_morphism::prelude::SlackView {
    let sentence = match error {
        HandlerError::Refused { why, .. } => why.clone(),
        HandlerError::UseCase(error) => answers::why_not(error),
        HandlerError::Later(why) => {
            format!("The target gave no credentials: {why}. Close this and click Connect again in a minute.")
        }
    };
    sentence_modal(&format!("Connect · {number}"), &sentence)
}
