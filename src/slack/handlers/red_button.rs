//! The red button: the window that asks, and what follows when it is sent.

use std::time::Duration;

use serde_json::{Value, json};

use crate::access::forbidden::Tried;
use crate::access::ids::SubmissionId;
use crate::access::people::Person;
use crate::audit::read::{About, Page};
use crate::chained::chained;
use crate::store::ReadLimits;
use crate::usecases::UseCaseError;
use crate::usecases::leavers;
use crate::usecases::look::Onlooker;
use crate::usecases::red_button::{self, Press, Scope};

use super::super::act::{Form, Sender};
use super::super::actions;
use super::super::views::in_window::in_form;
use super::super::views::red_button::{self as view, Asked, Named};
use super::super::views::{answers, brakes, text};
use super::commands::CommandWindow;
use super::form::Sent;
use super::{Bot, HandlerError, Later, Report, once};

/// How long Slack may take to say who acts, before its last answer is used.
const PATIENCE: Duration = Duration::from_millis(700);

/// What the admin named: found, or a sentence saying that it does not exist.
type Found = Result<Scope, String>;

impl Bot {
    /// Asks before anything ends, in a window of which nothing is stored.
    pub(super) async fn open_red_button(
        &self,
        named: &Named,
        reason: Option<&str>,
        tried: &Tried,
        from: CommandWindow<'_>,
    ) {
        let report = Report {
            sender: from.sender,
            tried,
            request: None,
            receipt: once(from.key),
            response_url: Some(from.response_url),
        };
        let asked = self.onlooker(from.sender);
        let by = match self.without_waiting(from.sender, asked).await {
            Ok(by) => by,
            Err(error) => return self.no_red_button(error, None, report).await,
        };
        match self.ask_before_red_button(&by, named, reason, from).await {
            Ok(None) => {}
            Ok(Some(sentence)) => self.respond(from.response_url, &sentence).await,
            Err(error) => self.no_red_button(error, Some(&by), report).await,
        }
    }

    async fn no_red_button(&self, error: HandlerError, by: Option<&Person>, report: Report<'_>) {
        let url = report.response_url;
        if let Err(error) = self.report(error, by, report).await {
            tracing::warn!(
                error = %chained(&error),
                "the red button window could not be opened"
            );
            if let Some(url) = url {
                self.respond(url, answers::TYPE_AGAIN).await;
            }
        }
    }

    /// Opens the window; a sentence if there is nothing to ask.
    async fn ask_before_red_button(
        &self,
        by: &Person,
        named: &Named,
        reason: Option<&str>,
        from: CommandWindow<'_>,
    ) -> Result<Option<String>, HandlerError> {
        self.admins_only(by)?;
        let scope = match self.scope(named).await? {
            Ok(scope) => scope,
            Err(sentence) => return Ok(Some(sentence)),
        };
        let about = match &scope {
            Scope::Of(person) => About::Person(person.into()),
            Scope::On(name) => About::Integration(name.clone()),
        };
        let (core, origin) = (&self.core, once(from.key).origin(by));
        let onlooker = Onlooker::of(core, by);
        let reader = onlooker
            .reader(core, Page::RevokeAll, Some(about), origin)
            .await?;
        let extent = red_button::extent(core, &reader, &scope, view::NAMED).await?;
        if extent.first.is_empty() && extent.strays == 0 {
            return Ok(Some(view::nothing_to_end(&scope, &extent)));
        }
        let (named, guarantees) = match &scope {
            Scope::Of(_) => (named.clone(), None),
            Scope::On(name) => {
                let integrations = self.core.integrations();
                let guarantees = integrations.get(name).map(|integration| integration.guarantees());
                (Named::Integration { name: name.clone() }, guarantees)
            }
        };
        let form = SubmissionId::new(self.core.new_id());
        let reason = reason.and_then(text::written);
        let asked = Asked { form, named };
        let modal = view::modal(&asked, &scope, &extent, guarantees.as_ref(), reason.as_deref());
        self.open(from.trigger_id, &modal).await?;
        Ok(None)
    }

    /// Takes the answer: everything that is live by now ends.
    pub(super) async fn submit_red_button(&self, sent: Sent<'_>) -> Result<Option<Value>, HandlerError> {
        let Sent { sender, form, .. } = sent;
        let block = form.block_of(actions::REASON);
        let report = sent.report(None);
        let by = match self.without_waiting(sender, self.actor(sender)).await {
            Ok(by) => by,
            Err(error) => return self.refuse_form(error, None, block, report).await,
        };
        match self.pressed(&by, sent).await {
            Ok(answer) => Ok(Some(answer)),
            Err(HandlerError::UseCase(UseCaseError::SeenBefore)) => Ok(None),
            Err(error @ HandlerError::UseCase(UseCaseError::Store(_))) => Err(error),
            Err(error) => self.refuse_form(error, Some(&by), block, report).await,
        }
    }

    async fn pressed(&self, by: &Person, sent: Sent<'_>) -> Result<Value, HandlerError> {
        self.admins_only(by)?;
        let says = |sentence: String| in_form(vec![(sent.form.block_of(actions::REASON), sentence)]);
        let Some(asked) = Asked::of_metadata(&sent.form.private_metadata) else {
            return Ok(says(view::UNREADABLE.to_owned()));
        };
        let scope = match self.scope(&asked.named).await? {
            Ok(scope) => scope,
            Err(sentence) => return Ok(says(sentence)),
        };
        let reason = sent.reason();
        let press = Press {
            form: &asked.form,
            scope: &scope,
            brake: ticked(sent.form),
            reason: reason.as_deref(),
        };
        let pressed = red_button::press(&self.core, by, press, sent.receipt()).await?;
        let shown = view::pressed_modal(&scope, pressed, press.brake);
        Ok(json!({ "response_action": "update", "view": shown }))
    }

    /// The person who acts, according to `asked` if Slack answers in time, otherwise according to Slack's last answer: revoking
    /// access does not wait for Slack.
    async fn without_waiting(
        &self,
        sender: &Sender,
        asked: impl Future<Output = Result<Person, HandlerError>>,
    ) -> Result<Person, HandlerError> {
        let why = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Err(HandlerError::Later(why))) => why,
            Ok(answered) => return answered,
            Err(_) => Later::TooSlow,
        };
        let known = self.directory.known.person(&sender.account.user);
        self.of_our_own(sender).await?;
        self.let_in(known.ok_or(HandlerError::Later(why))?).await
    }

    /// The person or integration that the admin named.
    async fn scope(&self, named: &Named) -> Result<Found, HandlerError> {
        match named {
            Named::Person { user } => {
                let whom = self.whoever_has(user).await?;
                Ok(whom.map(Scope::Of).ok_or_else(|| brakes::NOBODY.to_owned()))
            }
            Named::Integration { name } => {
                let live = self.core.store.live_integrations().await?;
                let live = live.into_iter().map(|live| live.name);
                Ok(self.integration_named(name, live).map(Scope::On))
            }
        }
    }

    /// Closes requests whose last approver was blocked with it, and tells the blocked person.
    pub async fn after_red_button(&self, sender: &Sender, sent: &Form, key: &str) {
        if !ticked(sent) {
            return;
        }
        if let Err(error) = leavers::close_unanswerable(&self.core, &*self.directory, key).await {
            tracing::warn!(%error, "requests that nobody can answer could not be closed; the next round will retry");
        }
        // The form may have been refused: only somebody whom an admin's form blocked is told.
        let by = self.directory.known.person(&sender.account.user);
        let is_admin = by.is_some_and(|by| self.core.policy().is_admin(&by));
        if let Some(Named::Person { user }) =
            Asked::of_metadata(&sent.private_metadata).map(|asked| asked.named)
            && is_admin
            && self.is_blocked(&user).await
        {
            self.tell_blocked(&user, None).await;
        }
    }

    async fn is_blocked(&self, user: &str) -> bool {
        let whom = self.whoever_has(user).await;
        let limits = self.core.store.limits().await;
        match (whom, limits) {
            (Ok(Some(whom)), Ok(limits)) => limits.blocked.contains(&whom.id),
            (Ok(None) | Err(_), _) | (_, Err(_)) => false,
        }
    }
}

fn ticked(sent: &Form) -> bool {
    !sent.many(actions::BRAKE).is_empty()
}
