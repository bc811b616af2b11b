//! A door in front of a server on this machine: open it passes everything on; shut it cuts what runs and refuses what comes.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) struct Door {
    port: u16,
    leads_to: u16,
    passing: Option<JoinHandle<()>>,
    /// Bound while the door is shut, so that nobody else takes the port. Connections to it are refused.
    kept: Option<TcpSocket>,
}

impl Door {
    /// An open door on a port of its own.
    pub(crate) fn to(leads_to: u16) -> Self {
        let mut door = Self {
            port: 0,
            leads_to,
            passing: None,
            kept: None,
        };
        door.open();
        door
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn open(&mut self) {
        let listener = self.listen();
        self.port = listener.local_addr().unwrap().port();
        let leads_to = self.leads_to;
        self.passing = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                connections.spawn(pass_on(client, leads_to));
            }
        }));
    }

    /// From now on, until it is shut, every new connection is accepted and closed at once. Open connections are cut.
    pub(crate) async fn hang_up(&mut self) {
        self.shut().await;
        let listener = self.listen();
        self.passing = Some(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                drop(client);
            }
        }));
    }

    /// From now on, until it is shut, every new connection is accepted and gets no answer. Open connections are cut.
    pub(crate) async fn say_nothing(&mut self) {
        self.shut().await;
        let listener = self.listen();
        self.passing = Some(tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((client, _)) = listener.accept().await {
                held.push(client);
            }
        }));
    }

    pub(crate) async fn shut(&mut self) {
        // Taken before the listener is gone, so that nobody else gets the port in between.
        self.kept = Some(bound(self.port));
        let passing = self.passing.take().unwrap();
        passing.abort();
        // The listener and every connection are gone when the task is.
        let _ = passing.await;
    }

    fn listen(&mut self) -> TcpListener {
        let socket = self.kept.take().unwrap_or_else(|| bound(self.port));
        socket.listen(1024).unwrap()
    }
}

/// A socket on this port, or on any free one if it is 0.
fn bound(port: u16) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.set_reuseport(true).unwrap();
    socket
        .bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .unwrap();
    socket
}

async fn pass_on(mut client: TcpStream, to: u16) {
    if let Ok(mut server) = TcpStream::connect(("127.0.0.1", to)).await {
        // Either side may hang up whenever it likes.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}
