//! Somebody who logs in and answers the server's challenge only when told to: what they answer was computed while they were let in.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::sync::oneshot::{Receiver, Sender, channel};

/// A way to a server that holds back the client's answer to its challenge.
pub(crate) struct SlowLogin {
    pub(crate) port: u16,
    challenged: Receiver<()>,
    answer: Arc<Notify>,
}

impl SlowLogin {
    /// For one connection to a server of this machine.
    pub(crate) async fn to(leads_to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (challenging, challenged) = channel();
        let answer = Arc::new(Notify::new());
        tokio::spawn(pass_on(listener, leads_to, challenging, Arc::clone(&answer)));
        Self {
            port,
            challenged,
            answer,
        }
    }

    /// Until the client has its answer and the server waits for it.
    pub(crate) async fn challenged(&mut self) {
        (&mut self.challenged).await.unwrap();
    }

    pub(crate) fn answer(&self) {
        self.answer.notify_one();
    }
}

async fn pass_on(listener: TcpListener, to: u16, challenging: Sender<()>, answer: Arc<Notify>) {
    let (client, _) = listener.accept().await.unwrap();
    let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    tokio::spawn(async move { copy(&mut from_server, &mut to_client).await });
    // The start-up message has no kind; then come the client's first message of SCRAM, and its last.
    let startup = message(&mut from_client, 0).await;
    to_server.write_all(&startup).await.unwrap();
    let first = message(&mut from_client, 1).await;
    to_server.write_all(&first).await.unwrap();
    let last = message(&mut from_client, 1).await;
    challenging.send(()).unwrap();
    answer.notified().await;
    // The server may have hung up by then.
    if to_server.write_all(&last).await.is_ok() {
        let _ = copy(&mut from_client, &mut to_server).await;
    }
}

/// A message whole: `kind` bytes, its length, and the rest.
async fn message(from: &mut (impl AsyncReadExt + Unpin), kind: usize) -> Vec<u8> {
    let mut message = vec![0; kind + 4];
    from.read_exact(&mut message).await.unwrap();
    let length = u32::from_be_bytes(message[kind..].try_into().unwrap());
    let mut rest = vec![0; usize::try_from(length).unwrap() - 4];
    from.read_exact(&mut rest).await.unwrap();
    message.extend(rest);
    message
}
