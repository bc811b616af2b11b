//! Buttons that open a window: Connect, Reject, Extend, Request again and Open. They are questions, so they never stand in the inbox.

use crate::access::extension::{ExtensionRefusal, ExtensionState};
use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::{Request, State};
use crate::integrations::{AccessDetails, ConnectInput};
use crate::store::Surface;
use crate::usecases::{Receipt, UseCaseError, connect, look};

use super::super::actions;
use super::super::incoming::{Place, Sender};
use super::super::views::{answers, credentials, details, extension, reject};
use super::clicks::about;
use super::form::sentence_modal;
use super::{Bot, HandlerError, Report, sentence};

/// A click that opens a window.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    pub sender: &'a Sender,
    pub action: &'a str,
    pub value: &'a str,
    pub place: &'a Place,
    pub trigger_id: &'a str,
    pub response_url: Option<&'a str>,
    /// What the trail says was tried: `click`, or the command.
    pub tried: &'a str,
    /// The inbox key this click would have, which stands as the cause in the trail.
    pub key: &'a str,
}

impl Bot {
    /// Opens what was asked for, or says in a window or an answer why not.
    pub async fn window(&self, window: Window<'_>) {
        let request = about(window.action, window.value);
        if window.action == actions::CONNECT {
            return self.open_connect(&request, window).await;
        }
        if window.action == actions::AGAIN {
            return self.open_again(&request, window).await;
        }
        let by = match self.onlooker(window.sender).await {
            Ok(by) => by,
            Err(error) => return self.no_window(&error, None, window).await,
        };
        let opened = match window.action {
            actions::REJECT => self.open_reject(&by, &request, window).await,
            actions::EXTEND => self.open_extend(&by, &request, window).await,
            actions::EXTEND_REJECT => self.open_extension_reject(&by, window).await,
            _ => self.open_details(&by, &request, window).await,
        };
        if let Err(error) = opened {
            self.no_window(&error, Some(&by), window).await;
        }
    }

    /// Answers and records a click for which no window opens.
    async fn no_window(&self, error: &HandlerError, by: Option<&Person>, window: Window<'_>) {
        if let (HandlerError::Later(why), Some(url)) = (error, window.response_url) {
            tracing::warn!(why, action = window.action, "a window could not be opened");
            return self.respond(url, answers::CLICK_AGAIN).await;
        }
        let request = about(window.action, window.value);
        let report = Report {
            sender: window.sender,
            tried: window.tried,
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
        self.on_own_card(by, &view.request, Surface::ApproverCard, 0, window.place)
            .await?;
        self.open(window.trigger_id, &reject::reject_modal(&view)).await
    }

    async fn open_extension_reject(&self, by: &Person, window: Window<'_>) -> Result<(), HandlerError> {
        let (request, position) = extension::of_value(window.value);
        let view = look::view(&self.core, &request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        let asked = view
            .extensions
            .iter()
            .find(|other| other.extension.position == position)
            .ok_or(UseCaseError::NoSuchRequest)?;
        if view.request.state != State::Granted {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        if asked.extension.state != ExtensionState::Pending {
            return Err(UseCaseError::from(ExtensionRefusal::Answered).into());
        }
        self.on_own_card(by, &view.request, Surface::ExtensionCard, position, window.place)
            .await?;
        self.open(window.trigger_id, &extension::reject_modal(&view, asked))
            .await
    }

    async fn open_extend(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let view = look::view(&self.core, request)
            .await?
            .ok_or(UseCaseError::NoSuchRequest)?;
        if by.id != view.request.requester && by.id != view.request.grantee {
            return Err(UseCaseError::NotYours.into());
        }
        if view.request.state != State::Granted {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        let last = view.extensions.last().map(|last| last.extension.state);
        let Some(rule) = view.more else {
            let why = if last == Some(ExtensionState::Pending) {
                ExtensionRefusal::OneIsPending
            } else {
                ExtensionRefusal::NotAllowed
            };
            return Err(UseCaseError::from(why).into());
        };
        self.open(window.trigger_id, &extension::extend_modal(&view, &rule))
            .await
    }

    /// The request form, filled in like `request`; only for those whose request it was.
    async fn open_again(&self, request: &RequestId, window: Window<'_>) {
        let again = async {
            let stored = self
                .core
                .store
                .request(request)
                .await?
                .ok_or(UseCaseError::NoSuchRequest)?;
            let holder = self.holder(window.sender, request).await?;
            Ok::<_, HandlerError>((stored, holder))
        };
        match again.await {
            Ok((stored, Some(_))) => {
                self.open_form(window.sender, window.trigger_id, Some(&stored))
                    .await;
            }
            Ok((_, None)) => match self.onlooker(window.sender).await {
                Ok(by) => {
                    let error = UseCaseError::NotYours.into();
                    self.no_window(&error, Some(&by), window).await;
                }
                Err(error) => self.no_window(&error, None, window).await,
            },
            Err(error) => self.no_window(&error, None, window).await,
        }
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

    /// The window opens before anybody is asked, because a trigger lives three seconds.
    async fn open_connect(&self, request: &RequestId, window: Window<'_>) {
        let stored = match self.core.store.request(request).await {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                return self
                    .no_window(&UseCaseError::NoSuchRequest.into(), None, window)
                    .await;
            }
            Err(error) => return self.no_window(&error.into(), None, window).await,
        };
        let waiting = credentials::wait_modal(stored.number);
        let view = match self.web.views_open(window.trigger_id, &waiting).await {
            Ok(view) => view,
            Err(error) => {
                let error = HandlerError::Later(error.to_string());
                return self.no_window(&error, None, window).await;
            }
        };
        let shown = match self.actor(window.sender).await {
            Ok(by) => match self.credentials(&by, &stored, window).await {
                Ok(details) => credentials::credentials_modal(stored.number, &details),
                Err(error) => self.sorry(stored.number, &error, Some(&by), window).await,
            },
            Err(error) => self.sorry(stored.number, &error, None, window).await,
        };
        if let Err(error) = self.web.views_update(&view.id, None, &shown).await {
            tracing::warn!(%error, "the connect window could not be filled");
        }
    }

    async fn credentials(
        &self,
        by: &Person,
        request: &Request,
        window: Window<'_>,
    ) -> Result<AccessDetails, HandlerError> {
        let grant = connect::begin(&self.core, by, &request.id).await?;
        let integration = self.core.integrations().for_granted(&grant.granted);
        let made = match integration {
            Ok(integration) => integration.connect(&grant.granted, ConnectInput::Nothing).await,
            Err(error) => Err(error),
        };
        let details = made.map_err(|error| HandlerError::Later(error.to_string()))?;
        // Recorded before it is shown: nobody sees credentials that the trail does not know of.
        connect::shown(&self.core, by, request, &grant, window.key).await?;
        Ok(details)
    }

    /// The window that says why there are no credentials; the trail hears of it too.
    async fn sorry(
        &self,
        number: RequestNumber,
        error: &HandlerError,
        by: Option<&Person>,
        window: Window<'_>,
    ) -> slack_morphism::prelude::SlackView {
        let said_in_the_window = Window {
            response_url: None,
            ..window
        };
        self.no_window(error, by, said_in_the_window).await;
        let sentence = match error {
            HandlerError::Refused { why, .. } => why.clone(),
            HandlerError::UseCase(error) => sentence(error, by),
            HandlerError::Later(why) => {
                format!(
                    "The target gave no credentials: {why}. Close this and click Connect again in a minute."
                )
            }
        };
        sentence_modal(&format!("Connect · {number}"), &sentence)
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
