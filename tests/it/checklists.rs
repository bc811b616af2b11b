//! What people add in several places, and forget in one: CONTRIBUTING.md's checklists, as far as the compiler does not hold them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use apono::access::reconcile::Drift;
use apono::cli::manifest::manifest_text;
use apono::slack::act::Act;
use apono::slack::actions::{Button, FormKind};
use apono::slack::handlers::commands::Word;
use apono::slack::incoming;
use apono::slack::views::help::{Roles, help};
use insta::assert_snapshot;
use serde_json::json;

const README: &str = include_str!("../../README.md");
const COMMANDS: &str = include_str!("../../docs/commands.md");

/// Words that are for admins, and therefore not in the hint that Slack shows everybody.
const FOR_ADMINS: [Word; 5] = [Word::Block, Word::Unblock, Word::Freeze, Word::Thaw, Word::Accept];

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Whether `text` has `word` as a word of its own.
fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|it| it == word)
}

#[test]
fn every_word_is_in_the_help_the_readme_and_slacks_hint() {
    let help = help(Roles {
        answers: true,
        reads_all: true,
        admin: true,
    });
    let commands = README
        .split("\n## Commands")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap();
    let hint = manifest_text()
        .lines()
        .find(|line| line.trim_start().starts_with("usage_hint:"))
        .unwrap();
    for word in Word::ALL {
        let name = word.name();
        assert!(help.contains(&format!("/apono {name}")), "the help lacks {name}");
        let mut cells = commands
            .lines()
            .filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
        let in_a_row =
            cells.any(|cell| cell.contains(&format!("`{name}`")) || cell.contains(&format!("`{name} ")));
        assert!(in_a_row, "README.md's table of commands lacks {name}");
        assert!(
            COMMANDS.contains(&format!("`{name}")),
            "docs/commands.md lacks {name}"
        );
        if !FOR_ADMINS.contains(&word) {
            assert!(
                has_word(hint, name),
                "the usage hint in manifest.yaml lacks {name}"
            );
        }
    }
}

/// Old messages carry these names: one that is renamed makes their buttons dead.
#[test]
fn the_names_of_buttons_and_windows_stay() {
    assert_snapshot!(Button::ALL.map(Button::name).join(" "), @"approve read_and_approve reject connect revoke open cancel again extend extend_approve extend_read_and_approve extend_reject end_sessions read newer older answer end end_session review");
    // What is stored is what serde writes.
    for button in Button::ALL {
        assert_eq!(serde_json::to_value(button).unwrap(), button.name());
    }
    for mode in Drift::ALL {
        assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
    }
    assert_snapshot!(FormKind::ALL.map(FormKind::name).join(" "), @"request_form approve_form reject_form connect_form extend_form extend_approve_form extend_reject_form red_button_form answer_form end_form review_form");
}

#[test]
fn each_event_that_the_manifest_subscribes_to_is_read_and_says_what_it_is_for() {
    let lines: Vec<&str> = manifest_text().lines().map(str::trim).collect();
    let events = lines.iter().position(|line| *line == "bot_events:").unwrap();
    let mut subscribed = 0;
    for (at, line) in lines.iter().enumerate().skip(events) {
        let Some(event) = line.strip_prefix("- ") else {
            continue;
        };
        assert!(
            lines[at - 1].starts_with("# "),
            "{event} does not say what it is for"
        );
        let (kind, channel_type) = event.split_once('.').unwrap_or((event, ""));
        let user = match kind {
            "user_change" => json!({ "id": "U1" }),
            _ => json!("U1"),
        };
        let payload = json!({
            "type": "event_callback", "team_id": "T1", "api_app_id": "A1",
            "event": { "type": kind, "channel_type": channel_type, "channel": "C1", "user": user },
        });
        let read = incoming::read("events_api", &payload).unwrap();
        assert!(
            !matches!(read.act, Act::Noise),
            "{event} is subscribed to, and nothing reads it"
        );
        subscribed += 1;
    }
    assert!(subscribed > 10, "{subscribed}");
}

#[test]
fn each_folder_of_a_kind_is_in_the_table_and_tried() {
    let integrations = read("src/integrations/mod.rs");
    let table = integrations.split("pub const KINDS").nth(1).unwrap();
    let (manifest, gate) = (read("Cargo.toml"), read(".ci/run"));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/integrations");
    let kinds: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("kind.rs").is_file())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(kinds.contains("postgres"), "{kinds:?}");
    for kind in &kinds {
        assert!(table.contains(&format!("&{kind}::")), "KINDS lacks {kind}");
        assert!(
            manifest.contains(&format!("\n{kind} = [")),
            "Cargo.toml has no feature {kind}"
        );
        let subject = read(&format!("tests/it/{kind}_target/conforms.rs"));
        assert!(
            subject.contains("impl Subject for"),
            "{kind} is not held to the contract"
        );
        // The kind that is made up for tests is in no release.
        if kind != "files" {
            assert!(
                gate.contains(&format!("--no-default-features --features {kind}\n")),
                ".ci/run does not build {kind} alone"
            );
            assert!(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join(format!("docs/{kind}.md"))
                    .is_file(),
                "docs/{kind}.md is missing"
            );
        }
    }
}
