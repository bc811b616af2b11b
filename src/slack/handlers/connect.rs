//! Connect: credentials in a window, made when they are shown; first a public key, if the kind certifies one.

use std::time::Duration;

use serde_json::{Value, json};
use slack_morphism::prelude::SlackView;

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::access::request::Request;
use crate::integrations::{Connect, KeyRefusal};
use crate::usecases::UseCaseError;
use crate::usecases::connect::{self, NoCredentials, SentKey};

use super::super::actions;
use super::super::views::in_window::{in_form, sentence_modal};
use super::super::views::{connect_form, credentials};
use super::buttons::Window;
use super::form::Sent;
use super::{Bot, HandlerError, Later, once};

/// How long certifying a submitted key may take; Slack waits three seconds in all.
const WITHIN: Duration = Duration::from_millis(2_200);

/// Why a submitted key gave no certificate.
enum NoCertificate {
    Key(KeyRefusal),
    Other(Box<Failed>),
}

/// Any problem except with the key; `by` is who submitted it, once that is known.
struct Failed {
    error: HandlerError,
    by: Option<Person>,
}

impl NoCertificate {
    fn other(error: impl Into<HandlerError>, by: Option<&Person>) -> Self {
        Self::Other(Box::new(Failed {
            error: error.into(),
            by: by.cloned(),
        }))
    }
}

impl Bot {
    /// The window opens before anything is looked up, because a trigger lives three seconds.
    pub(super) async fn open_connect(&self, request: &RequestId, window: Window<'_>) {
        let stored = match self.core.store.request(request).await {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                return self
                    .no_window(UseCaseError::NoSuchRequest.into(), None, window)
                    .await;
            }
            Err(error) => return self.no_window(error.into(), None, window).await,
        };
        let waiting = credentials::wait_modal(stored.number);
        let view = match self.put_up(window.trigger_id, window.place, &waiting).await {
            Ok(view) => view,
            Err(error) if error.opened_before() => return,
            Err(error) => {
                let error = HandlerError::later(error);
                return self.no_window(error, None, window).await;
            }
        };
        let shown = match self.actor(window.sender).await {
            Ok(by) => match self.first_window(&by, &stored, window).await {
                Ok(view) => view,
                Err(error) => self.sorry(stored.number, error, Some(&by), window).await,
            },
            Err(error) => self.sorry(stored.number, error, None, window).await,
        };
        if let Err(error) = self.web.views_update(&view.id, None, &shown).await {
            tracing::warn!(%error, "the connect window could not be updated");
        }
    }

    /// The credentials, or a form for what is needed to make them.
    async fn first_window(
        &self,
        by: &Person,
        request: &Request,
        window: Window<'_>,
    ) -> Result<SlackView, HandlerError> {
        let grant = connect::begin(&self.core, by, &request.id).await?;
        let integration = connect::integration_of(&self.core, &grant).map_err(HandlerError::later)?;
        match integration.connect() {
            Connect::Makes(_) => {
                let origin = once(window.key).origin(by);
                let details = connect::make(&self.core, by, &grant, None, origin).await;
                let details = details.map_err(why_none)?;
                Ok(credentials::credentials_modal(request.number, &details))
            }
            Connect::Certifies(kind) => {
                let keys = connect::known_keys(&self.core, by, kind).await?;
                Ok(connect_form::key_modal(request.number, &request.id, &keys))
            }
        }
    }

    /// Takes a submitted public key and answers with the certificate in the same window.
    pub(super) async fn submit_key(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let request = RequestId::new(&sent.form.private_metadata);
        let block = sent.form.block_of(actions::PUBLIC_KEY);
        let certified = tokio::time::timeout(WITHIN, self.certify(sent, &request));
        let sentence = match certified.await {
            Ok(Ok(view)) => return Ok(Some(json!({ "response_action": "update", "view": view }))),
            Ok(Err(NoCertificate::Key(refusal))) => refusal.to_string(),
            Ok(Err(NoCertificate::Other(failed))) => {
                let Failed { error, by } = *failed;
                let sentence = self.no_credentials(&error, by.as_ref(), &request).await;
                self.report_once(error, by.as_ref(), sent.report(Some(&request)))
                    .await;
                sentence
            }
            Err(_) => "That took too long. Send it again.".to_owned(),
        };
        Ok(Some(in_form(vec![(block, sentence)])))
    }

    async fn certify(&self, sent: Sent<'_>, request: &RequestId) -> Result<SlackView, NoCertificate> {
        let by = self
            .actor(sent.sender)
            .await
            .map_err(|error| NoCertificate::other(error, None))?;
        // Before anything is made: what the trail calls shown is shown.
        let stored = self.request(request).await;
        let stored = stored.map_err(|error| NoCertificate::other(error, Some(&by)))?;
        let certified = async {
            let grant = connect::begin(&self.core, &by, request).await?;
            let key = SentKey {
                pasted: sent.form.one(actions::PUBLIC_KEY).unwrap_or_default(),
                remembered: sent.form.one(actions::KNOWN_KEY),
            };
            let key = match connect::sent_key(&self.core, &by, &grant, key).await? {
                Ok(key) => key,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let origin = sent.receipt().origin(&by);
            let made = connect::make(&self.core, &by, &grant, key.as_ref(), origin).await;
            made.map(Ok)
        };
        let details = match certified.await {
            Ok(Ok(details)) => details,
            Ok(Err(refusal)) => return Err(NoCertificate::Key(refusal)),
            Err(error) => return Err(NoCertificate::other(why_none(error), Some(&by))),
        };
        Ok(credentials::credentials_modal(stored.number, &details))
    }

    /// The window that says why there are no credentials; the trail records it too.
    async fn sorry(
        &self,
        number: RequestNumber,
        error: HandlerError,
        by: Option<&Person>,
        window: Window<'_>,
    ) -> SlackView {
        let said_in_the_window = Window {
            response_url: None,
            ..window
        };
        let request = RequestId::new(window.value);
        let sentence = self.no_credentials(&error, by, &request).await;
        self.no_window(error, by, said_in_the_window).await;
        sentence_modal(&format!("Connect · {number}"), &sentence)
    }

    async fn no_credentials(&self, error: &HandlerError, by: Option<&Person>, request: &RequestId) -> String {
        match error {
            HandlerError::Refused(_) | HandlerError::UseCase(_) => {
                self.why_not(error, by, Some(request)).await.plain()
            }
            HandlerError::Later(why) => later(why, by),
        }
    }
}

fn why_none(error: NoCredentials) -> HandlerError {
    match error {
        NoCredentials::UseCase(error) => error.into(),
        NoCredentials::Target(error) => HandlerError::later(error),
    }
}

/// Why there are none, if it is not `by`'s fault; `by` is unknown if Slack could not say who it is.
fn later(why: &Later, by: Option<&Person>) -> String {
    if by.is_none() {
        return "I could not look you up in Slack. Close this and click Connect again in a minute."
            .to_owned();
    }
    format!("The target gave no credentials: {why}. Close this and click Connect again in a minute.")
}
