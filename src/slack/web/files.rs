//! Files: Slack says where the bytes go, takes them there, and then shares the file.
//!
//! <https://docs.slack.dev/messaging/working-with-files#upload>

use std::time::Duration;

use http::{Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Lane, Method, WebApi, WebError};

const NAME: &str = "upload_url";

/// Time given to the bytes of a file.
const WITHIN: Duration = Duration::from_mins(1);

/// A file for a thread.
#[derive(Clone, Debug)]
pub struct NewFile<'a> {
    pub name: &'a str,
    pub title: &'a str,
    pub bytes: Bytes,
    pub channel: &'a str,
    /// The message that it is a reply to.
    pub thread: &'a str,
}

#[derive(Deserialize)]
struct Address {
    /// Whoever knows it may send the bytes: do not print it.
    upload_url: String,
    file_id: String,
}

impl WebApi {
    /// Shares a file. After an ambiguous error it may be there.
    pub async fn upload(&self, file: NewFile<'_>) -> Result<(), WebError> {
        let wanted = json!({ "filename": file.name, "length": file.bytes.len() });
        let address: Address = self.call(Method::FilesGetUploadUrl, Lane::Bulk, &wanted).await?;
        self.send_bytes(&address.upload_url, file.bytes).await?;
        let shared = json!({
            "files": [{ "id": address.file_id, "title": file.title }],
            "channel_id": file.channel,
            "thread_ts": file.thread,
        });
        let _: Value = self
            .call(Method::FilesCompleteUpload, Lane::Bulk, &shared)
            .await?;
        Ok(())
    }

    async fn send_bytes(&self, upload_url: &str, bytes: Bytes) -> Result<(), WebError> {
        let url = self.inner.api_url.upload_url(upload_url)?;
        let unsent = |why: &str| WebError::Unreachable {
            method: NAME,
            why: why.to_owned(),
        };
        let request = Request::post(url.as_str())
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(Full::new(bytes))
            // The error text may quote the address.
            .map_err(|_| WebError::Refused(format!("{NAME}: the request could not be built")))?;
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build(self.connector());
        let answer = tokio::time::timeout(WITHIN, client.request(request))
            .await
            .map_err(|_| unsent("timed out"))?
            .map_err(|_| unsent("connection lost"))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(unsent("Slack did not take the bytes"))
        }
    }
}
