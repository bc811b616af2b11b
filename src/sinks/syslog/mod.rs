//! `kind = "syslog"`: RFC 5424 messages over TLS (RFC 5425), TCP (RFC 6587) or UDP (RFC 5426).

mod connection;
mod datagrams;
mod kept;
mod message;
mod stream;
mod to;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use connection::{Client, Connecting};
use datagrams::Datagrams;
use kept::Kept;
use message::Sender;
use stream::Stream;
use to::{Over, To};

use super::{Around, Fault, Most, Sink, SinkKind, SinkSettings};
use crate::document::Section;

/// Few enough that a server which is not quick has them in time.
const MOST: Most = Most {
    records: 100,
    bytes: 512 << 10,
    wait: Duration::ZERO,
};

pub(super) struct SyslogKind;

impl SinkKind for SyslogKind {
    fn name(&self) -> &'static str {
        "syslog"
    }

    fn keys(&self) -> &'static [&'static str] {
        &[
            "name",
            "kind",
            "to",
            "client_cert",
            "client_key",
            "events",
            "integrations",
            "words",
            "lag",
        ]
    }

    fn example(&self) -> &'static str {
        include_str!("example.toml")
    }

    fn read(&self, section: &Section<'_>) -> Option<Arc<dyn SinkSettings>> {
        let doc = section.doc;
        let to = section.must("to", "\"tls://logs.example.com:6514\"", |v| doc.syslog_server(v));
        let cert: Option<PathBuf> = section.may("client_cert", |v| doc.file(v, |_| None));
        let key = section.may("client_key", |v| doc.secret(v, |_| None));
        if section.has("client_cert") != section.has("client_key") {
            let problem = "Write both client_cert and client_key, or neither.";
            doc.problem(section.span.clone(), problem);
        }
        let client = cert.zip(key).map(|(cert, key)| Client { cert, key });
        let to = to?;
        if client.is_some() && to.over != Over::Tls {
            let problem = "client_cert and client_key are for tls:// only.";
            doc.problem(section.span.clone(), problem);
        }
        Some(Arc::new(SyslogSettings {
            to,
            client,
            kept: Arc::default(),
        }))
    }
}

#[derive(Clone, Debug)]
struct SyslogSettings {
    to: To,
    client: Option<Client>,
    /// Here, because a sink is opened anew after each failure.
    kept: Arc<Mutex<Kept>>,
}

impl SinkSettings for SyslogSettings {
    fn most(&self) -> Most {
        MOST
    }

    fn open(&self, around: &Around) -> Result<Box<dyn Sink>, Fault> {
        let (sender, to) = (Sender::new(), self.to.clone());
        Ok(match self.to.over {
            Over::Udp => Box::new(Datagrams::new(sender, to)),
            Over::Tls | Over::Tcp => {
                let connecting = Connecting {
                    to,
                    client: self.client.clone(),
                    network: around.network.clone(),
                };
                Box::new(Stream::new(sender, connecting, Arc::clone(&self.kept)))
            }
        })
    }
}
