//! Where the portal is, as browsers see it: which host they have to ask for, and which of their addresses is believed.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};
use ipnet::IpNet;
use url::{Position, Url};

/// The portal's origin, and the proxies in front of it.
#[derive(Clone, Debug)]
pub struct Site {
    origin: Url,
    trusted_proxies: Vec<IpNet>,
    /// Only the proxies are answered.
    behind_proxies: bool,
}

impl Site {
    pub(super) fn new(origin: Url, trusted_proxies: Vec<IpNet>, has_tls: bool) -> Self {
        let behind_proxies = !has_tls && !trusted_proxies.is_empty();
        Self {
            origin,
            trusted_proxies,
            behind_proxies,
        }
    }

    /// `https://access.example.com`, without a slash at its end.
    pub fn origin(&self) -> &str {
        self.origin.as_str().trim_end_matches('/')
    }

    /// The address of one of the portal's paths, which begins with a slash.
    pub fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    pub(super) fn is_https(&self) -> bool {
        self.origin.scheme() == "https"
    }

    /// Whether a request is for this portal. A page of somebody else whose name leads here (DNS rebinding) names its own host.
    pub(super) fn is_asked_for(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        let ours = &self.origin[Position::BeforeHost..Position::AfterPort];
        let mut named = headers.get_all(header::HOST).iter();
        let (Some(host), None) = (named.next(), named.next()) else {
            return false;
        };
        let is_ours = |host: &str| host.eq_ignore_ascii_case(ours);
        host.to_str().is_ok_and(is_ours) && uri.authority().is_none_or(|asked| is_ours(asked.as_str()))
    }

    /// Whether a request that changes something may have been sent by a page of ours. With `no-referrer`, browsers send the
    /// origin `null` with forms, so it proves nothing then; the token in each form decides.
    pub(super) fn may_have_sent(&self, headers: &HeaderMap) -> bool {
        let is = |name: &str, allowed: &[&str]| {
            let mut values = headers.get_all(name).iter();
            values.all(|value| value.to_str().is_ok_and(|value| allowed.contains(&value)))
        };
        is("sec-fetch-site", &["same-origin"]) && is("origin", &[self.origin(), "null"])
    }

    /// Whether a connection from `peer` is answered at all.
    pub(super) fn answers(&self, peer: IpAddr) -> bool {
        !self.behind_proxies || self.trusts(peer)
    }

    /// The browser's address: what the nearest trusted proxy says, and nothing that anybody else says.
    pub(super) fn browser_at(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let said: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        let mut nearest = peer;
        for hop in said.into_iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else {
                break;
            };
            nearest = address.to_canonical();
            if !self.trusts(nearest) {
                break;
            }
        }
        nearest
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies
            .iter()
            .any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(origin: &str, proxies: &[&str]) -> Site {
        let proxies = proxies.iter().map(|network| network.parse().unwrap()).collect();
        Site::new(Url::parse(origin).unwrap(), proxies, false)
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let lines = lines.iter().map(|(name, value)| {
            let value = http::HeaderValue::from_str(value).unwrap();
            (http::HeaderName::from_static(name), value)
        });
        lines.collect()
    }

    fn ip(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn only_its_own_host_is_answered() {
        let asked = |origin: &str, host: &str| {
            site(origin, &[]).is_asked_for(&Uri::from_static("/"), &headers(&[("host", host)]))
        };
        assert!(asked("https://access.example.com", "access.example.com"));
        assert!(asked("https://access.example.com", "ACCESS.example.com"));
        assert!(asked("http://127.0.0.1:8080", "127.0.0.1:8080"));
        for other in [
            "evil.example.com",
            "access.example.com.evil.com",
            "access.example.com:8080",
            "",
        ] {
            assert!(!asked("https://access.example.com", other), "{other}");
        }
        let ours = site("https://access.example.com", &[]);
        assert!(!ours.is_asked_for(&Uri::from_static("/"), &HeaderMap::new()));
        let foreign = Uri::from_static("http://evil.example.com/");
        assert!(!ours.is_asked_for(&foreign, &headers(&[("host", "access.example.com")])));
    }

    #[test]
    fn a_form_comes_from_our_own_page() {
        let ours = site("https://access.example.com", &[]);
        for lines in [
            &[("sec-fetch-site", "same-origin"), ("origin", "null")][..],
            &[("origin", "https://access.example.com")],
            &[],
        ] {
            assert!(ours.may_have_sent(&headers(lines)), "{lines:?}");
        }
        for lines in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://access.example.com"),
            ][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://evil.example.com")],
            &[("origin", "http://access.example.com")],
        ] {
            assert!(!ours.may_have_sent(&headers(lines)), "{lines:?}");
        }
    }

    #[test]
    fn only_trusted_proxies_say_where_a_browser_is() {
        let behind = site("https://access.example.com", &["10.0.0.0/24"]);
        let from = |peer: &str, said: &str| {
            behind
                .browser_at(ip(peer), &headers(&[("x-forwarded-for", said)]))
                .to_string()
        };
        assert_eq!(from("10.0.0.7", "203.0.113.9"), "203.0.113.9");
        assert_eq!(from("10.0.0.7", "1.1.1.1, 203.0.113.9, 10.0.0.8"), "203.0.113.9");
        assert_eq!(from("10.0.0.7", "1.1.1.1, nonsense"), "10.0.0.7");
        assert_eq!(from("198.51.100.1", "203.0.113.9"), "198.51.100.1");
        assert!(behind.answers(ip("10.0.0.7")) && !behind.answers(ip("198.51.100.1")));
        assert!(site("http://127.0.0.1:1", &[]).answers(ip("127.0.0.1")));
    }
}
