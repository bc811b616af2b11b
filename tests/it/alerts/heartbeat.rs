//! The heartbeat, as a server hears it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::bot::run_test;
use crate::support::canary::Secret;

/// What the address ends with.
const KEY: &str = "a-key-of-the-heartbeat";

/// Somebody who watches an address; it ends when this is dropped.
struct Watcher {
    url: String,
    beats: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Watcher {
    /// Answers every call with this status line.
    async fn answering(status: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/ping/{KEY}", listener.local_addr().unwrap());
        let beats = Arc::new(AtomicUsize::new(0));
        let heard = Arc::clone(&beats);
        let task = tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut asked = [0; 4096];
                let length = client.read(&mut asked).await.unwrap_or(0);
                let first_line = format!("GET /ping/{KEY} HTTP/1.1\r\n");
                if asked[..length].starts_with(first_line.as_bytes()) {
                    heard.fetch_add(1, Ordering::SeqCst);
                }
                let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
                let _ = client.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, beats, task }
    }

    fn beats(&self) -> usize {
        self.beats.load(Ordering::SeqCst)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_fetched_each_minute_and_a_failure_changes_nothing() {
    run_test(async |ctx| {
        ctx.secrets.push(Secret::new("the heartbeat's address", KEY));
        for (round, status) in ["200 OK", "503 Service Unavailable"].into_iter().enumerate() {
            let watcher = Watcher::answering(status).await;
            std::fs::write(ctx.folder.path().join("heartbeat"), &watcher.url).unwrap();
            if round == 0 {
                ctx.edit_config(|text| text + "\n[alerts]\nheartbeat = { file = \"heartbeat\" }\n");
                ctx.app().reload().await.unwrap();
            }
            for beats in 1..=3 {
                ctx.clock.advance(Duration::from_mins(1));
                ctx.until("a heartbeat", async || watcher.beats() >= beats).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_the_config_is_kept_out_of_the_database_and_the_trail() {
    run_test(async |ctx| {
        ctx.secrets.push(Secret::new("the heartbeat's address", KEY));
        let watcher = Watcher::answering("200 OK").await;
        ctx.edit_config(|text| format!("{text}\n[alerts]\nheartbeat = \"{}\"\n", watcher.url));
        ctx.app().reload().await.unwrap();
        ctx.until("a heartbeat", async || watcher.beats() > 0).await;
        ctx.until_channel_says("POLICY CHANGED").await;
    })
    .await;
}
