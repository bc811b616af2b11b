//! What of a page the checks look at: fences, headings, links, and what stands in backticks. It reads Markdown as our own
//! pages use it, line by line, and is no parser of all that Markdown can be.

use std::path::PathBuf;

pub(super) struct Page {
    /// From the repository's root on.
    pub(super) path: PathBuf,
    pub(super) fences: Vec<Fence>,
    /// Headings as they are written, without their signs.
    pub(super) headings: Vec<String>,
    pub(super) links: Vec<Link>,
    pub(super) in_backticks: Vec<InBackticks>,
}

pub(super) struct Fence {
    pub(super) language: String,
    /// Of its first line after the opening one.
    pub(super) line: usize,
    pub(super) text: String,
}

pub(super) struct Link {
    pub(super) line: usize,
    pub(super) target: String,
}

pub(super) struct InBackticks {
    pub(super) line: usize,
    pub(super) text: String,
}

/// A fence that has no end yet.
struct Open {
    fence: Fence,
    mark: String,
    indent: usize,
}

impl Page {
    pub(super) fn read(path: PathBuf, text: &str) -> Self {
        let mut page = Self {
            path,
            fences: Vec::new(),
            headings: Vec::new(),
            links: Vec::new(),
            in_backticks: Vec::new(),
        };
        let mut open: Option<Open> = None;
        for (line, number) in text.lines().zip(1..) {
            open = match open {
                Some(fence) => page.goes_on(fence, line),
                None => page.read_line(line, number),
            };
        }
        assert!(open.is_none(), "{}: a fence has no end", page.path.display());
        page
    }

    /// Fences of one language.
    pub(super) fn fences_of(&self, language: &'static str) -> impl Iterator<Item = &Fence> {
        self.fences.iter().filter(move |fence| fence.language == language)
    }

    fn goes_on(&mut self, mut open: Open, line: &str) -> Option<Open> {
        let bare = line.trim();
        if bare.starts_with(&open.mark) && bare.chars().all(|c| c == '`') {
            self.fences.push(open.fence);
            return None;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        open.fence.text.push_str(&line[indent.min(open.indent)..]);
        open.fence.text.push('\n');
        Some(open)
    }

    fn read_line(&mut self, line: &str, number: usize) -> Option<Open> {
        let bare = line.trim_start();
        let ticks = bare.chars().take_while(|c| *c == '`').count();
        if ticks >= 3 && !bare[ticks..].contains('`') {
            return Some(Open {
                fence: Fence {
                    language: bare[ticks..]
                        .split_whitespace()
                        .next()
                        .unwrap_or_default()
                        .to_owned(),
                    line: number + 1,
                    text: String::new(),
                },
                mark: "`".repeat(ticks),
                indent: line.len() - bare.len(),
            });
        }
        let signs = line.chars().take_while(|c| *c == '#').count();
        if (1..=6).contains(&signs) && line[signs..].starts_with(' ') {
            self.headings.push(line[signs..].trim().to_owned());
        }
        let text = self.take_backticks(line, number);
        self.take_links(&text, number);
        None
    }

    /// Notes what stands in backticks, and returns the line without it.
    fn take_backticks(&mut self, line: &str, number: usize) -> String {
        let mut outside = String::new();
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            let ticks = rest[start..].chars().take_while(|c| *c == '`').count();
            let mark = "`".repeat(ticks);
            let inside = &rest[start + ticks..];
            let Some(end) = inside.find(&mark) else { break };
            outside.push_str(&rest[..start]);
            self.in_backticks.push(InBackticks {
                line: number,
                text: inside[..end].trim().to_owned(),
            });
            // Something has to stand there: a link's text may be all in backticks.
            outside.push('_');
            rest = &inside[end + ticks..];
        }
        outside.push_str(rest);
        outside
    }

    /// `[text](target)` and `[text]: target`.
    fn take_links(&mut self, text: &str, number: usize) {
        let mut note = |target: &str| {
            let target = target.split_whitespace().next().unwrap_or_default();
            let target = target.trim_start_matches('<').trim_end_matches('>').to_owned();
            self.links.push(Link { line: number, target });
        };
        let mut rest = text;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, behind)) = after.split_once(')') else {
                break;
            };
            note(target);
            rest = behind;
        }
        if let Some((_, target)) = text.strip_prefix('[').and_then(|text| text.split_once("]: ")) {
            note(target);
        }
    }
}

/// Where GitHub lets a link lead to a heading of this text.
pub(super) fn slug(heading: &str) -> String {
    let mut text = String::new();
    let mut rest = heading;
    // Of a link only its text is shown.
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        rest = after.split_once(')').map_or("", |(_, behind)| behind);
    }
    text.push_str(rest);
    let kept = text.chars().filter_map(|c| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[test]
fn a_page_is_read_as_it_is_meant() {
    let text = "# A *page*\n\
                See [this](a.md#b \"title\") and `[not](this)`, and [`that`](c.md).\n\
                ~\n\
                - an item\n\
                \x20 ```sh\n\
                \x20 apono run\n\
                \x20   [no](link)\n\
                \x20 ```\n\
                ````text\n```\n````\n\
                [later]: d.md\n";
    let page = Page::read(PathBuf::from("a.md"), text);
    assert_eq!(page.headings, ["A *page*"]);
    let targets: Vec<&str> = page.links.iter().map(|link| link.target.as_str()).collect();
    assert_eq!(targets, ["a.md#b", "c.md", "d.md"]);
    let fences: Vec<(&str, usize, &str)> = page
        .fences
        .iter()
        .map(|fence| (fence.language.as_str(), fence.line, fence.text.as_str()))
        .collect();
    assert_eq!(
        fences,
        [("sh", 6, "apono run\n  [no](link)\n"), ("text", 10, "```\n")]
    );
    let marked: Vec<&str> = page.in_backticks.iter().map(|it| it.text.as_str()).collect();
    assert_eq!(marked, ["[not](this)", "that"]);
    assert_eq!(
        slug("What it is, and `why`: [a link](b.md)"),
        "what-it-is-and-why-a-link"
    );
}
