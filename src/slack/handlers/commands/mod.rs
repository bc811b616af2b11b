//! `/apono ...` and words typed to the bot.

mod accept;
mod arguments;
mod brakes;
mod changing;
mod likely;
mod reading;
mod sought;
mod words;

use serde_json::{Value, json};

use crate::access::explain::standpoint;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::store::{InboxLease, Page, StoreError};
use crate::usecases::extend::More;
use crate::usecases::{Receipt, UseCaseError, refuse};

use super::super::act::Sender;
use super::super::actions::Button;
use super::super::encoded::Words;
use super::super::views::help::Roles;
use super::super::views::kit::Post;
use super::super::views::listing::Reading;
use super::super::views::text::written;
use super::super::views::{answers, help};
use super::super::web::NewMessage;
use super::buttons::Window;
use super::filling::Filling;
use super::{Bot, HandlerError, Report, kept, name_in_log};

pub(super) use sought::Sought;
pub use words::{Command, Way, Word};

/// Where a command that opens a window came from.
#[derive(Clone, Copy, Debug)]
pub struct CommandWindow<'a> {
    pub sender: &'a Sender,
    pub trigger_id: &'a str,
    pub response_url: &'a str,
    pub key: &'a str,
}

impl Bot {
    /// The answer to a command that needs no lookup, sent as its acknowledgement.
    pub fn answer_at_once(&self, sender: &Sender, command: &Command) -> Value {
        let text = match command {
            Command::Unknown { word } => help::unknown_word(word, Word::nearest(word).map(Word::example)),
            Command::Unfinished { word } => {
                help::unfinished(word.name(), word.takes(), word.example(), word.also())
            }
            Command::Help
            | Command::Request { .. }
            | Command::List
            | Command::Active { .. }
            | Command::Pending
            | Command::Log { .. }
            | Command::Whoami
            | Command::Portal
            | Command::Reports
            | Command::Reviews
            | Command::Why { .. }
            | Command::Show { .. }
            | Command::Again { .. }
            | Command::Cancel { .. }
            | Command::Connect { .. }
            | Command::Extend { .. }
            | Command::Revoke { .. }
            | Command::RevokeAll { .. }
            | Command::Block { .. }
            | Command::Unblock { .. }
            | Command::Freeze { .. }
            | Command::Thaw { .. }
            | Command::Accept { .. } => help::help(self.roles_of(sender)),
        };
        text_body(&text)
    }

    /// From what is already known: help waits for nobody.
    fn roles_of(&self, sender: &Sender) -> Roles {
        let policy = self.core.policy();
        let facts = self.directory.known.facts();
        let mut people = facts.people().iter();
        let known = people.find(|person| person.account.user == sender.account.user);
        known.map_or_else(Roles::default, |person| {
            let standpoint = standpoint(&policy, person);
            Roles {
                answers: !standpoint.answers.is_empty(),
                reads_all: standpoint.admin || standpoint.auditor,
                admin: standpoint.admin,
            }
        })
    }

    /// Carries out a command in the inbox; an error if it has to be retried.
    pub async fn command(
        &self,
        sender: &Sender,
        text: &Words,
        response_url: &str,
        lease: &InboxLease,
    ) -> Result<(), HandlerError> {
        let receipt = kept(lease);
        let command = Command::read(text);
        let request = self.named(&command).await?;
        let tried = command.tried();
        let report = Report {
            sender,
            tried: &tried,
            request: request.as_ref(),
            receipt,
            response_url: Some(response_url),
        };
        let by = match self.commander(sender, &command, request.as_ref()).await {
            Ok(by) => by,
            Err(error) => return self.report(error, None, report).await,
        };
        match self.carried_out(&by, &command, receipt).await {
            Ok(body) => {
                if let Err(error) = self.web.respond(response_url, &body).await {
                    tracing::warn!(%error, "an answer could not be delivered");
                }
                Ok(())
            }
            Err(error) => self.report(error, Some(&by), report).await,
        }
    }

    /// Opens the window that a command asks for.
    pub async fn window_for(&self, command: &Command, from: CommandWindow<'_>) {
        if let Command::RevokeAll { named, reason } = command {
            return self
                .open_red_button(named, reason.as_deref(), &command.tried(), from)
                .await;
        }
        let (action, number) = match command {
            Command::Again { number } => (Button::Again, number),
            Command::Connect { number } => (Button::Connect, number),
            Command::Request { wish } => {
                let filled = Filling::Typed(wish);
                return self
                    .open_form(
                        from.sender,
                        from.trigger_id,
                        None,
                        Some(from.response_url),
                        filled,
                    )
                    .await;
            }
            // No other command opens a window.
            _ => return,
        };
        match self.core.store.request_by_number(*number).await {
            Ok(Some(request)) => {
                let window = Window {
                    sender: from.sender,
                    action,
                    value: request.id.as_str(),
                    place: None,
                    trigger_id: from.trigger_id,
                    response_url: Some(from.response_url),
                    tried: &command.tried(),
                    key: from.key,
                };
                self.window(window).await;
            }
            Ok(None) => {
                let sentence = answers::why_not(&UseCaseError::NoSuchRequest);
                self.respond(from.response_url, &sentence).await;
            }
            Err(error) => {
                tracing::error!(%error, "the database failed during a command");
                let sentence = answers::why_not(&UseCaseError::Store(error));
                self.respond(from.response_url, &sentence).await;
            }
        }
    }

    /// The answer to a command that could be carried out.
    async fn carried_out(
        &self,
        by: &Person,
        command: &Command,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        match command {
            Command::List => self.read(by, &Reading::List { page: Page::First }, receipt).await,
            Command::Active { sought } | Command::Log { sought } => {
                let filter = match self.filter(by, sought).await? {
                    Ok(filter) => filter,
                    Err(sentence) => return self.answered(receipt, text_body(&sentence)).await,
                };
                let page = Page::First;
                let reading = if matches!(command, Command::Log { .. }) {
                    Reading::Log { filter, page }
                } else {
                    Reading::Active { filter, page }
                };
                self.read(by, &reading, receipt).await
            }
            Command::Pending => self.read(by, &Reading::Pending { from: 0 }, receipt).await,
            Command::Whoami => self.read(by, &Reading::Whoami { from: 0 }, receipt).await,
            Command::Why {
                of,
                permission,
                target,
            } => {
                let reading = Reading::Why {
                    of: of.clone(),
                    permission: permission.clone(),
                    target: target.clone(),
                    from: 0,
                };
                self.read(by, &reading, receipt).await
            }
            Command::Show { number } => self.show(by, *number, receipt).await,
            Command::Portal => self.portal_link(by, receipt).await,
            Command::Reports => self.reports(by, receipt).await,
            Command::Reviews => self.reviews(by, receipt).await,
            Command::Cancel { number } => self.cancel(by, *number, receipt).await,
            Command::Extend { number, added, words } => {
                let more = More {
                    added: *added,
                    words: words.as_deref().and_then(written),
                };
                self.extend(by, *number, &more, receipt).await
            }
            Command::Revoke { number, reason } => {
                self.revoke_by_number(by, *number, reason.as_deref(), receipt)
                    .await
            }
            Command::Block { user, reason, told } => {
                self.block(by, user, reason.as_deref(), told.as_deref(), receipt)
                    .await
            }
            Command::Unblock { user } => self.unblock(by, user, receipt).await,
            Command::Freeze { integration, reason } => {
                self.freeze(by, integration, reason.as_deref(), receipt).await
            }
            Command::Thaw { integration } => self.thaw(by, integration, receipt).await,
            Command::Accept { email, code } => self.accept(by, email, code.as_deref(), receipt).await,
            Command::Request { .. }
            | Command::Again { .. }
            | Command::Connect { .. }
            | Command::RevokeAll { .. }
            | Command::Help
            | Command::Unknown { .. }
            | Command::Unfinished { .. } => self.answered(receipt, help_body()).await,
        }
    }

    /// Somebody who gives access back is identified by their account alone; everybody else is looked up.
    async fn commander(
        &self,
        sender: &Sender,
        command: &Command,
        request: Option<&RequestId>,
    ) -> Result<Person, HandlerError> {
        if let (Command::Cancel { .. } | Command::Revoke { .. }, Some(request)) = (command, request)
            && let Some(holder) = self.holder(sender, request).await?
        {
            return Ok(holder);
        }
        self.actor(sender).await
    }

    /// The request that a command is about, for the trail.
    async fn named(&self, command: &Command) -> Result<Option<RequestId>, StoreError> {
        match command.number() {
            Some(number) => {
                name_in_log(number);
                let found = self.core.store.request_by_number(number).await?;
                Ok(found.map(|request| request.id))
            }
            None => Ok(None),
        }
    }

    /// Settles a command that changes nothing, and passes on its answer.
    async fn answered(&self, receipt: Receipt<'_>, body: Value) -> Result<Value, HandlerError> {
        refuse::settle(&self.core, receipt, "answered").await?;
        Ok(body)
    }

    /// Somebody messaged the bot: they get the help.
    pub async fn said(&self, sender: &Sender, channel: &str, lease: &InboxLease) -> Result<(), HandlerError> {
        let text = help::help(self.roles_of(sender));
        let message = NewMessage {
            channel,
            text: &text,
            blocks: None,
            thread_ts: None,
            reply_broadcast: false,
            metadata: None,
        };
        if let Err(error) = self.web.post_message(message).await {
            tracing::warn!(%error, "the help could not be posted");
        }
        refuse::settle(&self.core, kept(lease), "answered").await?;
        Ok(())
    }
}

fn help_body() -> Value {
    text_body(&help::help(Roles::default()))
}

fn text_body(text: &str) -> Value {
    json!({ "response_type": "ephemeral", "replace_original": false, "text": text })
}

fn post_body(post: &Post) -> Value {
    json!({
        "response_type": "ephemeral",
        "replace_original": false,
        "text": post.text,
        "blocks": post.blocks,
    })
}
