//! Messages over UDP, one in each datagram. Nobody says whether one arrived, and some do not.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use async_trait::async_trait;
use tokio::net::{UdpSocket, lookup_host};
use tokio::time::timeout;

use super::To;
use super::message::Sender;
use crate::access::time::Timestamp;
use crate::sinks::{Fault, Record, Sink, Taken};

/// What a datagram over IPv4 has room for, rounded down.
const LONGEST: usize = 65_000;

/// For the server's address, and for what is sent at a time.
const WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Datagrams {
    sender: Sender,
    to: To,
    /// Made with the first delivery, and again after a failure.
    socket: Option<UdpSocket>,
}

impl Datagrams {
    pub(super) fn new(sender: Sender, to: To) -> Self {
        Self {
            sender,
            to,
            socket: None,
        }
    }

    async fn send(&mut self, messages: &[String]) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.to).await?,
        };
        for message in messages {
            socket.send(message.as_bytes()).await?;
        }
        self.socket = Some(socket);
        Ok(())
    }
}

async fn connect(to: &To) -> io::Result<UdpSocket> {
    let mut found = lookup_host((to.host.as_str(), to.port)).await?;
    let server = found.next().ok_or(io::ErrorKind::NotFound)?;
    let here: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((here, 0)).await?;
    socket.connect(server).await?;
    Ok(socket)
}

#[async_trait]
impl Sink for Datagrams {
    async fn deliver(&mut self, records: &[Record], _now: Timestamp) -> Result<Taken, Fault> {
        let messages: Vec<String> = records.iter().map(|it| self.sender.message(it)).collect();
        if messages.iter().any(|message| message.len() > LONGEST) {
            return Err(Fault::Refused {
                why: "the message is too long for a datagram".to_owned(),
            });
        }
        let sent = timeout(WITHIN, self.send(&messages)).await;
        let sent = sent.map_err(|_| Fault::later("it could not be sent in time"))?;
        sent.map_err(|error| Fault::later(error.to_string()))?;
        Ok(Taken {
            said: "it was sent as a datagram; nobody says whether it arrived".to_owned(),
        })
    }
}
