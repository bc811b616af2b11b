//! A wire to the simulator on which one method of the Web API is slow.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// It ends when this is dropped.
pub(crate) struct SlowSlack {
    port: u16,
    task: JoinHandle<()>,
}

impl SlowSlack {
    /// Stands before `api_url` and keeps each call of `method` back for `delay`.
    pub(crate) async fn before(api_url: &str, method: &'static str, delay: Duration) -> Self {
        let address = api_url
            .strip_prefix("http://")
            .unwrap()
            .strip_suffix("/api")
            .unwrap()
            .to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&address).await.unwrap();
                tokio::spawn(pass(client, server, method, delay));
            }
        });
        Self { port, task }
    }

    pub(crate) fn api_url(&self) -> String {
        format!("http://127.0.0.1:{}/api", self.port)
    }
}

impl Drop for SlowSlack {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request's first line comes in one piece, because it is short.
async fn pass(client: TcpStream, server: TcpStream, method: &'static str, delay: Duration) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let asked = async {
        let mut piece = [0; 8192];
        while let Ok(length @ 1..) = from_client.read(&mut piece).await {
            if String::from_utf8_lossy(&piece[..length]).contains(&format!("/api/{method}")) {
                tokio::time::sleep(delay).await;
            }
            if to_server.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    };
    let answered = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = asked => {}
        // The first side to hang up ends the connection.
        _ = answered => {}
    }
}
