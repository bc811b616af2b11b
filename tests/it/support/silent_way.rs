//! A path to a server on this machine on which packets get lost: clients hear nothing more, and no connection ends.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct SilentWay {
    pub(crate) port: u16,
    losses: Arc<Mutex<Losses>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Losses {
    connections: u64,
    /// Those with a lower number lose everything.
    silent_below: u64,
    everybody: bool,
    /// A connection on which this is said loses every answer from then on.
    at: Option<&'static str>,
    /// Clients that have not hung up.
    held: BTreeSet<u64>,
    /// Those that lose every answer.
    unanswered: BTreeSet<u64>,
}

impl SilentWay {
    pub(crate) async fn to(leads_to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let losses: Arc<Mutex<Losses>> = Arc::default();
        let lost = Arc::clone(&losses);
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let connection = Connection::new(Arc::clone(&lost));
                let server = TcpStream::connect(("127.0.0.1", leads_to)).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                tokio::spawn(connection.clone().questions(from_client, to_server));
                tokio::spawn(connection.answers(from_server, to_client));
            }
        });
        Self { port, losses, task }
    }

    /// Connected clients hear nothing more.
    pub(crate) fn fall_silent(&self) {
        let mut losses = self.losses.lock().unwrap();
        losses.silent_below = losses.connections;
    }

    /// New clients hear nothing either, until this is called with false.
    pub(crate) fn silence_everybody(&self, silent: bool) {
        self.fall_silent();
        self.losses.lock().unwrap().everybody = silent;
    }

    /// From the next time that a client says this, it reaches the server, and no answer comes back.
    pub(crate) fn lose_the_answer_to(&self, said: &'static str) {
        self.losses.lock().unwrap().at = Some(said);
    }

    /// How many connections are held open that hear nothing more.
    pub(crate) fn silent_and_held(&self) -> usize {
        let losses = self.losses.lock().unwrap();
        losses
            .held
            .iter()
            .filter(|number| losses.is_silent(**number))
            .count()
    }
}

impl Losses {
    fn is_silent(&self, number: u64) -> bool {
        self.everybody || number < self.silent_below || self.unanswered.contains(&number)
    }
}

impl Drop for SilentWay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Clone)]
struct Connection {
    number: u64,
    losses: Arc<Mutex<Losses>>,
}

impl Connection {
    fn new(losses: Arc<Mutex<Losses>>) -> Self {
        let number = {
            let mut losses = losses.lock().unwrap();
            let number = losses.connections;
            losses.connections += 1;
            losses.held.insert(number);
            number
        };
        Self { number, losses }
    }

    fn is_silent(&self) -> bool {
        self.losses.lock().unwrap().is_silent(self.number)
    }

    /// From now on its answers are lost, if this is where that begins.
    fn hear(&self, said: &str) {
        let mut losses = self.losses.lock().unwrap();
        if losses.at.is_some_and(|at| said.contains(at)) {
            losses.at = None;
            losses.unanswered.insert(self.number);
        }
    }

    async fn questions(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            let silent = self.is_silent();
            self.hear(&String::from_utf8_lossy(&chunk[..length]));
            if !silent && to.write_all(&chunk[..length]).await.is_err() {
                break;
            }
        }
        self.losses.lock().unwrap().held.remove(&self.number);
    }

    async fn answers(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
        let mut chunk = vec![0; 16 * 1024];
        while let Ok(length @ 1..) = from.read(&mut chunk).await {
            if !self.is_silent() && to.write_all(&chunk[..length]).await.is_err() {
                break;
            }
        }
        if self.is_silent() {
            // Not even that the server has hung up gets through.
            std::future::pending::<()>().await;
        }
    }
}
