//! Where somebody goes after signing in: to the page that they asked for, if it is one of ours.

use data_encoding::BASE64URL_NOPAD;
use url::form_urlencoded;

use super::cookies::Cookie;
use super::site::Site;
use http::HeaderMap;

/// Longest path with its query that is remembered, in bytes.
const LONGEST: usize = 1_000;

/// The address of the page that says how to sign in, which remembers the wanted page.
pub(super) fn sign_in_for(wanted: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", wanted)
        .finish();
    format!("/sign-in?{query}")
}

/// The page that `?next=` names, if it is one of ours.
pub(super) fn wanted(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, wanted) = pairs.find(|(name, _)| name == "next")?;
    is_own(&wanted).then(|| wanted.into_owned())
}

/// As a cookie holds it.
pub(super) fn packed(wanted: &str) -> String {
    BASE64URL_NOPAD.encode(wanted.as_bytes())
}

/// The page that the browser remembers, or the first one.
pub(super) fn remembered(site: &Site, headers: &HeaderMap) -> String {
    let packed = Cookie::Next.read(site, headers).unwrap_or_default();
    let wanted = BASE64URL_NOPAD.decode(packed.as_bytes()).ok();
    let wanted = wanted.and_then(|bytes| String::from_utf8(bytes).ok());
    wanted
        .filter(|wanted| is_own(wanted))
        .unwrap_or_else(|| "/".to_owned())
}

/// A path of ours, and not the start of another address: browsers read `//host` and `/\host` as one.
pub(super) fn is_own(wanted: &str) -> bool {
    let mut characters = wanted.chars();
    characters.next() == Some('/')
        && !matches!(characters.next(), Some('/' | '\\'))
        && wanted.len() <= LONGEST
        && wanted.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_led_to() {
        let wanted = |query: &str| wanted(query);
        assert_eq!(
            wanted("next=%2Frequests%2FAR-7"),
            Some("/requests/AR-7".to_owned())
        );
        assert_eq!(
            wanted("next=%2Factivity%3Fstatus%3Dgranted"),
            Some("/activity?status=granted".to_owned())
        );
        for other in [
            "",
            "next=",
            "next=https%3A%2F%2Fevil.example.com",
            "next=%2F%2Fevil.example.com",
            "next=%2F%5Cevil.example.com",
            "next=%2F%0d%0aSet-Cookie%3A+a%3Db",
            "next=%2F%09%2Fevil.example.com",
            "next=javascript%3Aalert(1)",
        ] {
            assert_eq!(wanted(other), None, "{other}");
        }
        assert_eq!(
            sign_in_for("/activity?a=b&c=d"),
            "/sign-in?next=%2Factivity%3Fa%3Db%26c%3Dd"
        );
    }
}
