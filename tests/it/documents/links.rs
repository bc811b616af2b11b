//! Every relative link leads to a file, and its anchor to a heading there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::markdown::{Page, slug};
use super::{Wrong, assert_nothing_wrong, pages, root, said};

#[test]
fn every_link_leads_somewhere() {
    assert_nothing_wrong(&pages().iter().flat_map(wrong_links).collect::<Vec<_>>());
}

/// A page that nothing leads to is found by nobody.
#[test]
fn every_page_is_linked() {
    let pages = pages();
    let linked: BTreeSet<PathBuf> = pages.iter().flat_map(files_linked_from).collect();
    let lost: Vec<_> = pages
        .iter()
        .map(|page| &page.path)
        .filter(|path| path.starts_with("docs") && !linked.contains(*path))
        .collect();
    assert!(lost.is_empty(), "nothing links to {lost:?}");
}

/// An image that no page shows is out of date sooner or later, and a large one is in every clone forever.
#[test]
fn every_image_is_shown_and_small() {
    let linked: BTreeSet<PathBuf> = pages().iter().flat_map(files_linked_from).collect();
    let folder = Path::new("docs/images");
    let images: Vec<_> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(!images.is_empty());
    for image in images {
        let path = folder.join(image.file_name());
        assert!(linked.contains(&path), "no page shows {}", path.display());
        let size = image.metadata().unwrap().len();
        assert!(size <= 150_000, "{} has {size} bytes", path.display());
    }
}

fn files_linked_from(page: &Page) -> Vec<PathBuf> {
    let folder = page.path.parent().unwrap_or(Path::new(""));
    let files = page.links.iter().filter_map(|link| link.target.split('#').next());
    files.filter_map(|file| tidy(&folder.join(file))).collect()
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let text = "# Here\n## Twice\n## Twice\n[a](../README.md) [b](#here) [c](#twice-1) [d](https://example.com/x)\n\
                [e](nowhere.md) [f](#there) [g](../README.md#nowhere) [h](#twice-2) [i](../..)\n";
    insta::assert_debug_snapshot!(said(wrong_links, text), @r#"
    [
        "5: there is no docs/nowhere.md",
        "5: no heading #there in docs/made-up.md",
        "5: no heading #nowhere in README.md",
        "5: no heading #twice-2 in docs/made-up.md",
        "5: ../.. leads out of the repository",
    ]
    "#);
}

fn wrong_links(page: &Page) -> Vec<Wrong> {
    let is_ours = |target: &str| !target.contains("://") && !target.starts_with("mailto:");
    let ours = page.links.iter().filter(|link| is_ours(&link.target));
    ours.filter_map(|link| {
        let what = follow(page, &link.target).err()?;
        Some(Wrong::new(page, link.line, what))
    })
    .collect()
}

fn follow(page: &Page, target: &str) -> Result<(), String> {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = page.path.parent().unwrap_or(Path::new(""));
    let path = if file.is_empty() {
        page.path.clone()
    } else {
        tidy(&folder.join(file)).ok_or(format!("{file} leads out of the repository"))?
    };
    if !file.is_empty() && !root().join(&path).exists() {
        return Err(format!("there is no {}", path.display()));
    }
    if anchor.is_empty() {
        return Ok(());
    }
    let anchors = if file.is_empty() {
        anchors_of(page)
    } else {
        let text = fs::read_to_string(root().join(&path)).map_err(|e| format!("{}: {e}", path.display()))?;
        anchors_of(&Page::read(path.clone(), &text))
    };
    if anchors.iter().any(|it| it == anchor) {
        Ok(())
    } else {
        Err(format!("no heading #{anchor} in {}", path.display()))
    }
}

/// Of headings that are alike the second ends with `-1`, and so on.
fn anchors_of(page: &Page) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for heading in &page.headings {
        let slug = slug(heading);
        let mut anchor = slug.clone();
        let mut again = 0;
        while anchors.contains(&anchor) {
            again += 1;
            anchor = format!("{slug}-{again}");
        }
        anchors.push(anchor);
    }
    anchors
}

/// The path without `..`; none if it leads out of the repository.
fn tidy(path: &Path) -> Option<PathBuf> {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                if !tidied.pop() {
                    return None;
                }
            }
            Component::Normal(name) => tidied.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(tidied)
}
