//! 20. Help of each subcommand.

use clap::Command;

use crate::documents::commands::{command_line, examine_line};
use crate::support::process::apono;

/// The three things that each help says, in order.
const TOLD: [&str; 3] = ["What happens:", "Needs:", "Example:"];

/// Every subcommand that does something, with the words that lead to it.
fn leaves(command: &Command, way: &[String]) -> Vec<(Vec<String>, Command)> {
    let mut found = Vec::new();
    for child in command
        .get_subcommands()
        .filter(|child| child.get_name() != "help")
    {
        let way = [way, &[child.get_name().to_owned()]].concat();
        if child.has_subcommands() {
            found.extend(leaves(child, &way));
        } else {
            found.push((way, child.clone()));
        }
    }
    found
}

/// What is wrong with a help, if anything.
fn objection(way: &[String], help: &str) -> Option<String> {
    let places: Option<Vec<usize>> = TOLD.iter().map(|told| help.find(told)).collect();
    let Some(places) = places.filter(|places| places.is_sorted()) else {
        return Some(format!("not all of {TOLD:?}, in this order"));
    };
    let part = |from: usize, to: usize| help[places[from] + TOLD[from].len()..to].trim().to_owned();
    let (happens, needs) = (part(0, places[1]), part(1, places[2]));
    if happens.split_whitespace().count() < 8 {
        return Some("it does not say what happens".to_owned());
    }
    if !["running", "stop", "start"]
        .iter()
        .any(|word| needs.to_lowercase().contains(word))
    {
        return Some("it does not say what has to be running or stopped".to_owned());
    }
    let example = part(2, help.len());
    let line = example.lines().next().unwrap_or_default();
    if !line.starts_with(&format!("apono {}", way.join(" "))) {
        return Some(format!("the example is another command: {line:?}"));
    }
    examine_line(line).err()
}

#[test]
fn each_subcommand_says_what_happens_what_it_needs_and_shows_an_example() {
    let leaves = leaves(&command_line(), &[]);
    assert!(leaves.len() >= 10, "{leaves:?}");
    let wrong = leaves.into_iter().filter_map(|(way, mut command)| {
        let help = command.render_long_help().to_string();
        objection(&way, &help).map(|what| format!("apono {}: {what}", way.join(" ")))
    });
    assert_eq!(wrong.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn a_help_that_lacks_one_of_them_is_found() {
    let way = ["check".to_owned()];
    let whole = "What happens:\n  one two three four five six seven eight\nNeeds:\n  the bot stopped\nExample:\n  apono check --strict";
    assert_eq!(objection(&way, whole), None);
    for (from, to) in [
        ("Needs:", "Wants:"),
        (" two three four five six seven eight", ""),
        ("the bot stopped", "a file"),
        ("apono check", "apono migrate"),
        ("--strict", "--lenient"),
    ] {
        assert!(objection(&way, &whole.replace(from, to)).is_some(), "{from}");
    }
}

#[test]
fn the_binary_prints_it() {
    let output = apono(&["integrations", "setup-sql", "--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(
        help.contains("What happens:\n  SQL for an administrator"),
        "{help}"
    );
}

#[test]
fn run_in_a_folder_without_a_config_says_what_to_copy() {
    let folder = tempfile::tempdir().unwrap();
    let output = apono(&["run"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    insta::assert_snapshot!(said.trim(), @"there is no config.toml here: copy config.example.toml to it and fill in the four marked places, or name another file with --config");
}
