//! `/apono ...` and words typed to the bot.

mod words;

use serde_json::{Value, json};

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::people::Person;
use crate::store::{InboxLease, StoreError};
use crate::usecases::{Receipt, look, refuse, revoke};

use super::super::incoming::Sender;
use super::super::views::kit::Post;
use super::super::views::{answers, details};
use super::super::web::NewMessage;
use super::{Bot, HandlerError, Report};

pub use words::Command;

/// How many requests `/apono list` names.
const LISTED: u64 = 20;

/// The help, as the acknowledgement of a command.
pub fn help_answer(unknown: Option<&str>) -> Value {
    let text = unknown.map_or_else(answers::help, answers::unknown_word);
    json!({ "response_type": "ephemeral", "text": text })
}

impl Bot {
    /// Carries out a command that stands in the inbox; false if it has to be tried again.
    pub async fn command(&self, sender: &Sender, text: &str, response_url: &str, lease: &InboxLease) -> bool {
        let receipt = Receipt::Lease(lease);
        let command = Command::read(text);
        let request = match self.named(&command).await {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(%error, inbox = receipt.key(), "the database failed a command; it is tried again");
                return false;
            }
        };
        let report = Report {
            sender,
            tried: command.tried(),
            request: request.as_ref(),
            receipt,
            response_url: Some(response_url),
        };
        let by = match self.commander(sender, &command, request.as_ref()).await {
            Ok(by) => by,
            Err(error) => return self.report(&error, None, report).await,
        };
        let answer = match command {
            Command::List => self.list(&by, receipt).await,
            Command::Show { number } => self.show(&by, number, receipt).await,
            Command::Revoke { number } => self.revoke_by_number(&by, number, receipt).await,
            Command::Request | Command::Help { .. } => {
                self.answered(receipt, text_body(&answers::help())).await
            }
        };
        match answer {
            Ok(body) => {
                if let Err(error) = self.web.respond(response_url, &body).await {
                    tracing::warn!(%error, "an answer could not be delivered");
                }
                true
            }
            Err(error) => self.report(&error, Some(&by), report).await,
        }
    }

    async fn commander(
        &self,
        sender: &Sender,
        command: &Command,
        request: Option<&RequestId>,
    ) -> Result<Person, HandlerError> {
        if let (Command::Revoke { .. }, Some(request)) = (command, request)
            && let Some(holder) = self.holder(sender, request).await?
        {
            return Ok(holder);
        }
        self.actor(sender).await
    }

    /// The request that a command is about, for the trail.
    async fn named(&self, command: &Command) -> Result<Option<RequestId>, StoreError> {
        let number = match command {
            Command::Show { number } | Command::Revoke { number } => *number,
            Command::Request | Command::Help { .. } | Command::List => None,
        };
        match number {
            Some(number) => {
                let found = self.core.store.request_by_number(number).await?;
                Ok(found.map(|request| request.id))
            }
            None => Ok(None),
        }
    }

    async fn list(&self, by: &Person, receipt: Receipt<'_>) -> Result<Value, HandlerError> {
        let requests = look::mine(&self.core, by, LISTED).await?;
        self.answered(receipt, text_body(&answers::list(&requests))).await
    }

    async fn show(
        &self,
        by: &Person,
        number: Option<RequestNumber>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let Some(number) = number else {
            return self
                .answered(receipt, text_body(&answers::number_wanted("show")))
                .await;
        };
        let (view, events) = look::show(&self.core, by, number).await?;
        self.answered(receipt, post_body(&details::details(&view, &events)))
            .await
    }

    async fn revoke_by_number(
        &self,
        by: &Person,
        number: Option<RequestNumber>,
        receipt: Receipt<'_>,
    ) -> Result<Value, HandlerError> {
        let Some(number) = number else {
            return self
                .answered(receipt, text_body(&answers::number_wanted("revoke")))
                .await;
        };
        let request = revoke::revoke(&self.core, by, number, receipt).await?;
        Ok(text_body(&answers::revoking(&request)))
    }

    /// Settles a command that changes nothing, and passes its answer on.
    async fn answered(&self, receipt: Receipt<'_>, body: Value) -> Result<Value, HandlerError> {
        refuse::settle(&self.core, receipt, "answered").await?;
        Ok(body)
    }

    /// Somebody typed to the bot: they get the help.
    pub async fn said(&self, channel: &str, lease: &InboxLease) -> bool {
        let text = answers::help();
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
        refuse::settle(&self.core, Receipt::Lease(lease), "answered")
            .await
            .is_ok()
    }
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
