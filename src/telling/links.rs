//! Links in what people write: only to hosts that the config lists, and always shown whole.
//!
//! Invariant: nothing that somebody typed leads anywhere but to a listed host, over https, and what is shown is where it leads.

/// A part of somebody's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    Link(&'a str),
}

/// The words with a link for each address on one of `hosts`; everything else is inert text.
pub fn parts<'a>(words: &'a str, hosts: &[String]) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    let mut shown = 0;
    let mut place = 0;
    for word in words.split_inclusive(char::is_whitespace) {
        let start = place + word.find("https://").unwrap_or(0);
        let url = words[start..place + word.len()]
            .trim_end_matches(|c: char| c.is_whitespace() || ".,;:!?'\")]}".contains(c));
        let is_alone = words[place..start].chars().all(|c| "'\"([{".contains(c));
        if is_alone && is_on(url, hosts) {
            if shown < start {
                parts.push(Part::Text(&words[shown..start]));
            }
            parts.push(Part::Link(url));
            shown = start + url.len();
        }
        place += word.len();
    }
    if shown < words.len() {
        parts.push(Part::Text(&words[shown..]));
    }
    parts
}

/// Whether it is an https address on exactly one of these hosts, with nothing in it that could be read in two ways.
fn is_on(url: &str, hosts: &[String]) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\\<>|\"`^{}".contains(c);
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // Whoever is named before an `@` and any port that is not listed makes it another host.
    let host = rest[..end].to_ascii_lowercase();
    url.chars().all(is_plain) && hosts.contains(&host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hosts() -> Vec<String> {
        vec![
            "tickets.example.com".to_owned(),
            "wiki.example.com:8443".to_owned(),
        ]
    }

    fn links(words: &str) -> Vec<String> {
        let parts = parts(words, &hosts()).into_iter();
        let links = parts.filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Link(url) => Some(url.to_owned()),
        });
        links.collect()
    }

    #[test]
    fn an_address_on_a_listed_host_is_a_link_without_the_punctuation_around_it() {
        let words = "see\nhttps://tickets.example.com/OPS-7, (https://TICKETS.example.com/a?b=1#c) and https://wiki.example.com:8443.";
        assert_eq!(
            links(words),
            [
                "https://tickets.example.com/OPS-7",
                "https://TICKETS.example.com/a?b=1#c",
                "https://wiki.example.com:8443",
            ]
        );
    }

    #[test]
    fn nothing_else_is_a_link() {
        for words in [
            "http://tickets.example.com/",
            "tickets.example.com",
            "https://evil.example/",
            "https://tickets.example.com.evil.example/",
            "https://a.tickets.example.com/",
            "https://tickets.example.com@evil.example/",
            "https://evil.example@tickets.example.com/",
            "https://tickets.example.com:443/",
            "https://wiki.example.com/",
            "https://tickets.example.com\\@evil.example/",
            "https://evil.example\\.tickets.example.com/",
            "https://tickets.example.com./",
            "https://tickets。example.com/",
            "https://tickets.example.com/1…",
            "https://tickets.example.com/<b>|x",
            "xhttps://tickets.example.com/",
            "javascript:https://tickets.example.com/",
            "https:///tickets.example.com/",
        ] {
            assert_eq!(links(words), [""; 0], "{words}");
        }
    }

    proptest! {
        #[test]
        fn any_words_stay_as_they_are_and_lead_only_to_listed_hosts(
            words in "(https://|tickets\\.example\\.com|[@/:.# \n\\\\]|[a-z。é]{1,3}){0,12}",
        ) {
            let hosts = hosts();
            let parts = parts(&words, &hosts);
            let whole: String = parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) | Part::Link(text) => *text,
                })
                .collect();
            prop_assert_eq!(&whole, &words);
            for part in parts {
                if let Part::Link(url) = part {
                    let at = url.parse::<hyper::Uri>().unwrap();
                    prop_assert_eq!(at.scheme_str(), Some("https"));
                    prop_assert_eq!(at.authority().unwrap().as_str(), "tickets.example.com");
                }
            }
        }
    }
}
