//! What a browser is, in a few words of ours: what it says about itself may be anything.

use http::{HeaderMap, header};

const BROWSERS: [(&str, &str); 7] = [
    // The first that fits: most claim to be several.
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];

const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`.
pub(super) fn named(headers: &HeaderMap) -> String {
    let said = headers.get(header::USER_AGENT);
    let said = said.and_then(|said| said.to_str().ok()).unwrap_or_default();
    let first = |known: &[(&str, &'static str)], otherwise: &'static str| {
        let mut known = known.iter();
        let found = known.find(|(part, _)| said.contains(part));
        found.map_or(otherwise, |(_, name)| *name)
    };
    format!(
        "{} on {}",
        first(&BROWSERS, "an unknown browser"),
        first(&SYSTEMS, "an unknown system")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_named_in_our_words() {
        let named = |said: &'static str| {
            let headers = HeaderMap::from_iter([(header::USER_AGENT, said.parse().unwrap())]);
            named(&headers)
        };
        assert_eq!(
            named(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0"
            ),
            "Edge on Windows"
        );
        assert_eq!(
            named(
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
            ),
            "Safari on an iPhone"
        );
        assert_eq!(
            named("<script>alert(1)</script>"),
            "an unknown browser on an unknown system"
        );
    }
}
