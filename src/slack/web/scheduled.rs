//! Messages that Slack itself posts later.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::conversations::NextPage;
use super::{Lane, Method, WebApi, WebError};

/// A scheduled message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ScheduledMessage {
    pub id: String,
    #[serde(default)]
    pub text: String,
}

impl WebApi {
    /// Has Slack post `text` at `post_at`, in seconds since the Unix epoch. Slack does not post scheduled messages with
    /// metadata, so it can be found again only by its text.
    pub async fn schedule_message(
        &self,
        channel: &str,
        text: &str,
        post_at: i64,
    ) -> Result<String, WebError> {
        #[derive(Deserialize)]
        struct Scheduled {
            scheduled_message_id: String,
        }
        let arguments = json!({
            "channel": channel, "text": text, "post_at": post_at, "unfurl_links": false, "unfurl_media": false,
        });
        let answer: Scheduled = self
            .call(Method::ChatScheduleMessage, Lane::Bulk, &arguments)
            .await?;
        Ok(answer.scheduled_message_id)
    }

    /// Everything that this app has scheduled into a channel.
    pub async fn scheduled_messages(&self, channel: &str) -> Result<Vec<ScheduledMessage>, WebError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            channel: &'a str,
            #[serde(skip_serializing_if = "str::is_empty")]
            cursor: &'a str,
        }
        #[derive(Deserialize)]
        struct Page {
            scheduled_messages: Vec<ScheduledMessage>,
            #[serde(default)]
            response_metadata: NextPage,
        }
        let mut messages = Vec::new();
        let mut cursor = String::new();
        loop {
            let arguments = Arguments {
                channel,
                cursor: &cursor,
            };
            let page: Page = self
                .call(Method::ChatScheduledMessagesList, Lane::Bulk, &arguments)
                .await?;
            messages.extend(page.scheduled_messages);
            cursor = page.response_metadata.next_cursor;
            if cursor.is_empty() {
                return Ok(messages);
            }
        }
    }

    /// Deletes a scheduled message. `Api { code: "invalid_scheduled_message_id" }` if it is already posted, or will be within a
    /// minute.
    pub async fn unschedule_message(&self, channel: &str, id: &str) -> Result<(), WebError> {
        let arguments = json!({ "channel": channel, "scheduled_message_id": id });
        let _: Value = self
            .call(Method::ChatDeleteScheduledMessage, Lane::Bulk, &arguments)
            .await?;
        Ok(())
    }
}
