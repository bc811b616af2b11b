//! Where a request comes from.

use std::net::{IpAddr, Ipv6Addr};

/// Who holds the other end of the connection: a browser, or a proxy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// Where the browser is, as far as it can be known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Browser(pub(super) IpAddr);

impl Browser {
    /// Who is counted together: one machine can use every address of an IPv6 network of 64 bits.
    pub(super) fn counted_as(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(address) => {
                let network = address.to_bits() & !u128::from(u64::MAX);
                IpAddr::V6(Ipv6Addr::from_bits(network))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let counted = |address: &str| Browser(address.parse().unwrap()).counted_as().to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(counted("203.0.113.9"), "203.0.113.9");
    }
}
