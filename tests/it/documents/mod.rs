//! What the documents say is true as far as a machine can tell: links lead somewhere, configs are right, commands exist, SQL
//! runs. Each check is also tried on something wrong.

pub(crate) mod commands;
mod configs;
mod in_backticks;
mod links;
mod markdown;
mod sql;

use std::fs;
use std::path::{Path, PathBuf};

use self::markdown::Page;

/// Pages of the repository's root and of other folders; every page under `docs/` is added.
const PAGES: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "CHANGELOG.md",
    "simulator/README.md",
];

/// The page that a test writes: people mistype words there on purpose.
const GENERATED: &str = "docs/walk.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every document.
fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = PAGES.iter().map(PathBuf::from).collect();
    paths.retain(|path| root().join(path).exists());
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(root().join(&path)).unwrap();
        Page::read(path, &text)
    };
    paths.into_iter().map(read).collect()
}

/// Something that is wrong in a document.
#[derive(Debug, PartialEq, Eq)]
struct Wrong {
    path: PathBuf,
    line: usize,
    what: String,
}

impl Wrong {
    fn new(page: &Page, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: page.path.clone(),
            line,
            what: what.into(),
        }
    }
}

fn assert_nothing_wrong(wrong: &[Wrong]) {
    let lines: Vec<String> = wrong
        .iter()
        .map(|wrong| format!("{}:{}: {}", wrong.path.display(), wrong.line, wrong.what))
        .collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

/// What a check says of a page that is not there.
fn said(check: impl Fn(&Page) -> Vec<Wrong>, text: &str) -> Vec<String> {
    let page = Page::read(PathBuf::from("docs/made-up.md"), text);
    let wrong = check(&page).into_iter();
    wrong
        .map(|wrong| format!("{}: {}", wrong.line, wrong.what))
        .collect()
}

#[test]
fn the_documents_are_found() {
    let paths: Vec<String> = pages()
        .iter()
        .map(|page| page.path.display().to_string())
        .collect();
    for path in ["README.md", "simulator/README.md", GENERATED] {
        assert!(paths.iter().any(|it| it == path), "{path}: {paths:?}");
    }
}
