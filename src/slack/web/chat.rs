//! Posting and changing messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Lane, Method, WebApi, WebError};

/// A message to post. Links in it are never unfurled.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NewMessage<'a> {
    /// A channel's id, or a user's id for the direct message with them.
    pub channel: &'a str,
    /// What screen readers and notifications read; the whole message if there are no blocks.
    pub text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<&'a Value>,
    /// The `ts` of the message this one replies to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_ts: Option<&'a str>,
    /// A reply that is also shown in the channel.
    #[serde(skip_serializing_if = "is_false")]
    pub reply_broadcast: bool,
    /// `{"event_type": ..., "event_payload": {...}}`; every member of the workspace can read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a Value>,
}

/// The new state of a message of ours.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MessageUpdate<'a> {
    /// The id of the channel it is in; for a direct message the one that posting it returned.
    pub channel: &'a str,
    pub ts: &'a str,
    pub text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<&'a Value>,
}

/// Where a message is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Posted {
    pub channel: String,
    pub ts: String,
}

impl WebApi {
    /// Posts once. After an ambiguous error the message may be there: look with [`WebApi::history`] before posting again.
    pub async fn post_message(&self, message: NewMessage<'_>) -> Result<Posted, WebError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            #[serde(flatten)]
            message: NewMessage<'a>,
            unfurl_links: bool,
            unfurl_media: bool,
        }
        let arguments = Arguments {
            message,
            unfurl_links: false,
            unfurl_media: false,
        };
        self.call(Method::ChatPostMessage, Lane::Bulk, &arguments).await
    }

    /// Replaces text and blocks; doing it twice changes nothing further.
    pub async fn update_message(&self, update: MessageUpdate<'_>) -> Result<Posted, WebError> {
        self.call(Method::ChatUpdate, Lane::Bulk, &update).await
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}
