//! The server that messages go to, as the config says it.

use std::net::IpAddr;

use url::{Host, Url};

use crate::document::{Document, Value};

/// `tls://logs.example.com:6514`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct To {
    pub(super) over: Over,
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    Tls,
    Tcp,
    Udp,
}

impl To {
    fn read(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let over = match url.scheme() {
            "tls" => Over::Tls,
            "tcp" => Over::Tcp,
            "udp" => Over::Udp,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let (port, is_bare) = (url.port()?, text.len() == url[..url::Position::BeforePath].len());
        let is_bare = is_bare && url.username().is_empty() && url.password().is_none();
        is_bare.then_some(Self { over, host, port })
    }

    /// Whether nobody else listens in.
    fn is_private(&self) -> bool {
        let is_here = self.host == "localhost"
            || self
                .host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback());
        self.over == Over::Tls || is_here
    }
}

impl<'a> Document<'a> {
    /// Where a server for syslog is.
    pub(super) fn syslog_server(&self, value: &'a Value<'a>) -> Option<To> {
        let to = To::read(self.text(value)?);
        match &to {
            None => self.problem(
                value.span(),
                "Write tls://, tcp:// or udp:// with a host and a port, such as \"tls://logs.example.com:6514\".",
            ),
            Some(to) if !to.is_private() => self.doubt(
                value.span(),
                "Everybody on the way can read and change what is sent there; with tls:// nobody can.".to_owned(),
            ),
            Some(_) => {}
        }
        to
    }
}
