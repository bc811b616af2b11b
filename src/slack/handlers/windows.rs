//! Buttons that open a window: Connect, Approve with a long list, Reject, Extend, Request again and Open. They only ask, so
//! they are never stored in the inbox.

use slack_morphism::prelude::SlackView;

use crate::access::extension::ExtensionState;
use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::request::State;
use crate::store::Surface;
use crate::usecases::UseCaseError;
use crate::usecases::look::{self, ExtensionView, Onlooker, RequestView, beside};
use crate::usecases::revoke::{self, Part};

use super::super::act::ButtonPlace;
use super::super::actions::Button;
use super::super::asked::Asked;
use super::super::views::card::ToDecide;
use super::super::views::kit::Named;
use super::super::views::{answer, approve, details, ending, extension, reject};
use super::super::web::{ViewRef, WebError};
use super::buttons::Window;
use super::filling::Filling;
use super::{Bot, HandlerError, may_decide, once};

impl Bot {
    /// Opens the window, or says in a window or an answer why not.
    pub async fn window(&self, window: Window<'_>) {
        // Extensions and lists carry more than that, and parse it themselves.
        let request = RequestId::new(window.value);
        if window.action == Button::Connect {
            return self.open_connect(&request, window).await;
        }
        if window.action == Button::Again {
            return self.open_again(&request, window).await;
        }
        let by = match self.onlooker(window.sender).await {
            Ok(by) => by,
            Err(error) => return self.no_window(error, None, window).await,
        };
        let opened = match window.action {
            Button::Reject => {
                self.open_decision(&by, &request, window, reject::reject_modal)
                    .await
            }
            Button::ReadAndApprove => {
                let now = self.core.now();
                let modal = |view: &RequestView| approve::approve_modal(view, now);
                self.open_decision(&by, &request, window, modal).await
            }
            Button::Extend => self.open_extend(&by, &request, window).await,
            Button::ExtendReject => {
                self.open_extension_decision(&by, window, reject::extension_modal)
                    .await
            }
            Button::ExtendReadAndApprove => {
                self.open_extension_decision(&by, window, approve::extension_modal)
                    .await
            }
            Button::Read | Button::Newer | Button::Older => self.open_reading(&by, window).await,
            Button::Open => self.open_details(&by, &request, window).await,
            Button::Answer => self.open_answer(&by, window).await,
            Button::End => self.open_end(&by, &request, window).await,
            Button::Review => self.open_review(&by, window).await,
            // The first two are handled elsewhere, and the others open no window.
            Button::Connect
            | Button::Again
            | Button::Approve
            | Button::Revoke
            | Button::Cancel
            | Button::ExtendApprove
            | Button::EndSessions
            | Button::EndSession => Err(Forbidden::NotThisCard.into()),
        };
        if let Err(error) = opened {
            self.no_window(error, Some(&by), window).await;
        }
    }

    async fn open_decision(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
        modal: impl FnOnce(&RequestView) -> SlackView,
    ) -> Result<(), HandlerError> {
        let view = self.view(request).await?;
        if view.request.state != State::Pending {
            return Err(UseCaseError::Closed(view.request.state).into());
        }
        self.on_own_card(by, &view.request, Surface::ApproverCard, 0, window.place)
            .await?;
        self.open(window.trigger_id, &modal(&view)).await
    }

    async fn open_extension_decision(
        &self,
        by: &Person,
        window: Window<'_>,
        modal: fn(&RequestView, &ExtensionView) -> SlackView,
    ) -> Result<(), HandlerError> {
        let (request, position) = extension::of_value(window.value);
        let view = self.view(&request).await?;
        let asked = view
            .extensions
            .iter()
            .find(|other| other.extension.position == position)
            .ok_or(UseCaseError::NoSuchRequest)?;
        if view.request.state != State::Granted {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        if asked.extension.state != ExtensionState::Pending {
            return Err(UseCaseError::ExtensionClosed(position).into());
        }
        self.on_own_card(by, &view.request, Surface::ExtensionCard, position, window.place)
            .await?;
        self.open(window.trigger_id, &modal(&view, asked)).await
    }

    /// A window with everything that is requested, for somebody who was asked; the form is judged when it is sent.
    async fn open_answer(&self, by: &Person, window: Window<'_>) -> Result<(), HandlerError> {
        let (request, position) = extension::of_value(window.value);
        let view = self.view(&request).await?;
        let asked = view
            .extensions
            .iter()
            .find(|other| other.extension.position == position);
        if view.request.is_of(&by.id) {
            return Err(Forbidden::OwnRequest.into());
        }
        may_decide(by)?;
        let may_answer = self.directory.who_may_decide(&view).await;
        let (own, others): (Vec<Asked>, Vec<Asked>) = may_answer
            .map_err(HandlerError::later)?
            .into_iter()
            .partition(|asked| asked.candidate.person == by.id);
        let own = own.first().ok_or(Forbidden::NotAnApprover)?;
        let is_open = match asked {
            Some(asked) => asked.is_open(&view),
            None => view.request.state == State::Pending,
        };
        if !is_open {
            return Err(match asked {
                Some(_) => UseCaseError::ExtensionClosed(position).into(),
                None => UseCaseError::Closed(view.request.state).into(),
            });
        }
        let others: Vec<Named> = others.into_iter().map(|asked| asked.named).collect();
        let beside = beside(&self.core, &view.request).await?;
        let to_decide = ToDecide {
            because: &own.candidate.because,
            others: &others,
            beside: Some(&beside),
        };
        self.put(&answer::answer_modal(&view, asked, to_decide), window)
            .await
    }

    /// A window that asks why somebody else's access ends.
    async fn open_end(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let view = self.view(request).await?;
        let part = revoke::part_of(&self.core, &self.core.store, &view.request, by).await?;
        let part = part.ok_or(Forbidden::NotYours)?;
        if part == Part::Admin {
            let (core, origin) = (&self.core, once(window.key).origin(by));
            let onlooker = Onlooker::of(core, by);
            onlooker.reader_of(core, &view.request, origin).await?;
        }
        if !matches!(view.request.state, State::Granted | State::Approved) {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        let optional = part != Part::Approver;
        self.put(&ending::end_modal(&view, optional), window).await
    }

    pub(super) async fn put(&self, view: &SlackView, window: Window<'_>) -> Result<(), HandlerError> {
        match self.put_up(window.trigger_id, window.place, view).await {
            Ok(_) => Ok(()),
            Err(error) if error.opened_before() => Ok(()),
            Err(error) => Err(HandlerError::later(error)),
        }
    }

    /// On top of the window that the button is in, or as a window of its own.
    pub(super) async fn put_up(
        &self,
        trigger_id: &str,
        place: Option<&ButtonPlace>,
        view: &SlackView,
    ) -> Result<ViewRef, WebError> {
        match place {
            Some(ButtonPlace::View { .. }) => self.web.views_push(trigger_id, view).await,
            Some(ButtonPlace::Message { .. }) | None => self.web.views_open(trigger_id, view).await,
        }
    }

    async fn open_extend(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let view = self.view(request).await?;
        if !view.request.is_of(&by.id) {
            return Err(Forbidden::NotYours.into());
        }
        if view.request.state != State::Granted {
            return Err(UseCaseError::NotNow(view.request.state).into());
        }
        let rule = view.more.map_err(UseCaseError::from)?;
        self.put(&extension::extend_modal(&view, &rule), window).await
    }

    /// The request form, filled in like `request`; only for the people whose request it was.
    async fn open_again(&self, request: &RequestId, window: Window<'_>) {
        let again = async {
            let stored = self.request(request).await?;
            let holder = self.holder(window.sender, request).await?;
            Ok::<_, HandlerError>((stored, holder))
        };
        match again.await {
            Ok((stored, Some(_))) => {
                let filled = Filling::Like(&stored);
                self.open_form(
                    window.sender,
                    window.trigger_id,
                    window.place,
                    window.response_url,
                    filled,
                )
                .await;
            }
            Ok((_, None)) => match self.onlooker(window.sender).await {
                Ok(by) => {
                    let error = UseCaseError::Forbidden(Forbidden::NotYours).into();
                    self.no_window(error, Some(&by), window).await;
                }
                Err(error) => self.no_window(error, None, window).await,
            },
            Err(error) => self.no_window(error, None, window).await,
        }
    }

    async fn open_details(
        &self,
        by: &Person,
        request: &RequestId,
        window: Window<'_>,
    ) -> Result<(), HandlerError> {
        let stored = self.request(request).await?;
        let (core, origin) = (&self.core, once(window.key).origin(by));
        let onlooker = Onlooker::of(core, by);
        let (view, events) = look::show(core, &onlooker, stored.number, details::EVENTS, origin).await?;
        let part = revoke::part_of(core, &core.store, &view.request, by).await?;
        self.put(&details::details_modal(&view, &events, part), window)
            .await
    }

    pub(super) async fn open(
        &self,
        trigger_id: &str,
        view: &slack_morphism::prelude::SlackView,
    ) -> Result<(), HandlerError> {
        match self.web.views_open(trigger_id, view).await {
            Ok(_) => Ok(()),
            Err(error) if error.opened_before() => Ok(()),
            Err(error) => Err(HandlerError::later(error)),
        }
    }
}
