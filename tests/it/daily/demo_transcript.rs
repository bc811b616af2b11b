//! 21. The demo's transcript.

use std::process::Command;

use crate::support::postgres_server;

/// What `apono demo` prints.
fn transcript(arguments: &[&str]) -> String {
    let played = Command::new(env!("CARGO_BIN_EXE_apono"))
        .arg("demo")
        .args(arguments)
        .env_remove("RUST_LOG")
        .output()
        .unwrap();
    assert!(
        played.status.success(),
        "{}",
        String::from_utf8_lossy(&played.stderr)
    );
    String::from_utf8(played.stdout).unwrap()
}

#[test]
fn by_default_it_is_the_story_in_few_lines_and_ends_with_three_things_to_try() {
    if postgres_server::shared().is_none() {
        return;
    }
    let said = transcript(&[]);
    let lines = said.lines().count();
    assert!((45..=72).contains(&lines), "{lines} lines:\n{said}");
    let (_, next) = said.split_once("What next").unwrap();
    assert_eq!(next.lines().count(), 4, "it ends with them: {next}");
    let things: Vec<&str> = next.lines().filter(|line| line.starts_with("    ")).collect();
    let [first, second, third] = &things[..] else {
        panic!("{next}")
    };
    assert!(first.contains("apono demo --full"), "{first}");
    assert!(second.contains("apono demo --keep"), "{second}");
    assert!(third.contains("README.md"), "{third}");
    // Each step of the story is there.
    let mut rest = said.as_str();
    for step in [
        "Dana types /apono request",
        "[Approve] [Reject]",
        "Omar clicks Approve",
        "Granted AR-1",
        "logged in",
        "refused: permission denied for table orders",
        "the query was cut off: ",
        "a new login is refused: ",
        "EXPIRED AR-1",
        "Priya clicks Reject",
        "Rejected AR-2",
        "clicks Revoke",
        "the query was cut off: ",
        "REVOKED AR-3",
        "window asks for her key",
        "logged in as ",
        "refused: ",
        "the trail is intact",
    ] {
        let at = rest
            .find(step)
            .unwrap_or_else(|| panic!("{step:?} is missing, or not in its place, in:\n{said}"));
        rest = &rest[at + step.len()..];
    }
}
