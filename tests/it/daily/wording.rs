//! 13. Sentences that a native speaker would say.

use std::path::Path;

/// Turns of phrase that newcomers stumbled over.
const GONE: [&str; 8] = [
    "asks read on",
    "is being taken away",
    "This is no complete public key",
    "would read: ",
    "No access flow is about you",
    "in vain",
    "anew",
    "by itself may",
];

fn texts(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push((
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            ));
        }
    }
}

#[test]
fn nobody_reads_those_any_more() {
    let mut sources = Vec::new();
    texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut sources);
    assert!(sources.len() > 100);
    for (path, text) in sources {
        for line in text
            .lines()
            .filter(|line| line.contains('"') && !line.trim_start().starts_with("//"))
        {
            for words in GONE {
                assert!(!line.contains(words), "{path}: {line}");
            }
        }
    }
}
