//! Public keys of each kind that `ssh-keygen` makes here, pasted as terminals leave them.

use std::process::Command;

use apono::integrations::ssh::{PasteRefusal, PastedKey};

use crate::support::ssh_server;

/// A new key, and its fingerprint as `ssh-keygen` says it.
fn made(kind: &str, bits: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("id");
    let made = Command::new("ssh-keygen")
        .args([
            "-q",
            "-t",
            kind,
            "-b",
            bits,
            "-N",
            "",
            "-C",
            "ноутбук Даны 노트북",
            "-f",
        ])
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let public = file.with_extension("pub");
    let listed = Command::new("ssh-keygen")
        .arg("-lf")
        .arg(&public)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let fingerprint = listed.split_whitespace().nth(1).unwrap().to_owned();
    (std::fs::read_to_string(public).unwrap(), fingerprint)
}

#[test]
fn keys_of_each_kind_are_the_same_however_they_were_broken() {
    if ssh_server::shared().is_none() {
        return;
    }
    for (kind, bits) in [
        ("ed25519", "256"),
        ("ecdsa", "256"),
        ("ecdsa", "384"),
        ("ecdsa", "521"),
        ("rsa", "3072"),
        ("rsa", "4096"),
    ] {
        let (line, fingerprint) = made(kind, bits);
        let chars: Vec<char> = line.trim().chars().collect();
        for width in [80, 79, 64, 132, 1_000] {
            for end in ["\n", "\r\n", "\r", "  \n  "] {
                let lines: Vec<String> = chars.chunks(width).map(|line| line.iter().collect()).collect();
                let key = PastedKey::read(&lines.join(end)).unwrap();
                assert_eq!(key.fingerprint(), fingerprint, "{kind} {bits} at {width}");
                // A line break inside of the comment reads as a space.
                assert_eq!(key.comment().replace(' ', ""), "ноутбукДаны노트북");
                assert_eq!(PastedKey::read(&key.kept().line), Ok(key));
            }
        }
        let with_options = format!("restrict,from=\"10.0.0.0/8\",command=\"sh -c 'a b'\" {line}");
        assert_eq!(PastedKey::read(&with_options), Err(PasteRefusal::Before));
    }
    assert_eq!(
        PastedKey::read(&made("rsa", "2048").0),
        Err(PasteRefusal::ShortRsa)
    );
}
