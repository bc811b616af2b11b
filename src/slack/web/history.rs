//! Reading back what is in a channel, to find a post whose answer was lost and to check the audit channel.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::conversations::NextPage;
use super::{Installation, Lane, Method, WebApi, WebError};

/// Messages fetched at a time; Slack recommends no more.
const PAGE: usize = 200;

/// Which part of a channel to read.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct HistoryQuery<'a> {
    pub channel: &'a str,
    /// Only messages after this `ts`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<&'a str>,
}

/// A message as it is now.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HistoryMessage {
    pub ts: String,
    /// The last reply in its thread, if there is one.
    #[serde(default)]
    pub latest_reply: Option<String>,
    #[serde(default)]
    pub text: String,
    /// Null if it has none.
    #[serde(default)]
    pub metadata: Value,
    #[serde(default)]
    pub bot_id: Option<String>,
}

impl HistoryMessage {
    /// Whether this installation's bot posted it: anybody else can write the same text and metadata.
    pub fn is_by(&self, bot: &Installation) -> bool {
        bot.bot_id.is_some() && self.bot_id == bot.bot_id
    }
}

impl WebApi {
    /// Messages of a channel, newest first, without the replies in threads: page after page, however much others
    /// wrote, until enough was read.
    pub async fn history(
        &self,
        query: HistoryQuery<'_>,
        enough: impl Fn(&[HistoryMessage]) -> bool + Send,
    ) -> Result<Vec<HistoryMessage>, WebError> {
        self.pages(Method::ConversationsHistory, query, None, enough)
            .await
    }

    /// The message `thread_ts` and the replies to it, oldest first, in the same way.
    pub async fn replies(
        &self,
        thread_ts: &str,
        query: HistoryQuery<'_>,
        enough: impl Fn(&[HistoryMessage]) -> bool + Send,
    ) -> Result<Vec<HistoryMessage>, WebError> {
        self.pages(Method::ConversationsReplies, query, Some(thread_ts), enough)
            .await
    }

    async fn pages(
        &self,
        method: Method,
        query: HistoryQuery<'_>,
        ts: Option<&str>,
        enough: impl Fn(&[HistoryMessage]) -> bool + Send,
    ) -> Result<Vec<HistoryMessage>, WebError> {
        #[derive(Serialize)]
        struct Arguments<'a> {
            #[serde(flatten)]
            query: HistoryQuery<'a>,
            /// Excludes the message at `oldest` itself.
            inclusive: bool,
            include_all_metadata: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            ts: Option<&'a str>,
            limit: usize,
            #[serde(skip_serializing_if = "str::is_empty")]
            cursor: &'a str,
        }
        #[derive(Deserialize)]
        struct Page {
            messages: Vec<HistoryMessage>,
            #[serde(default)]
            response_metadata: NextPage,
        }
        let mut messages = Vec::new();
        let mut cursor = String::new();
        loop {
            let arguments = Arguments {
                query,
                inclusive: false,
                include_all_metadata: true,
                ts,
                limit: PAGE,
                cursor: &cursor,
            };
            let page: Page = match self.call(method, Lane::Bulk, &arguments).await {
                // Pages are not read again: a long history might never be finished.
                Err(WebError::RateLimited { retry_after, .. }) if !cursor.is_empty() => {
                    tokio::time::sleep(retry_after).await;
                    continue;
                }
                page => page?,
            };
            messages.extend(page.messages);
            cursor = page.response_metadata.next_cursor;
            if cursor.is_empty() || enough(&messages) {
                return Ok(messages);
            }
        }
    }
}
