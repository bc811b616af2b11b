//! Every `apono subcommand` in backticks exists, and every `/apono word` is one that the bot knows.

use apono::slack::encoded::Words;
use apono::slack::handlers::commands;
use clap::Command;

use super::commands::command_line;
use super::markdown::Page;
use super::{GENERATED, Wrong, assert_nothing_wrong, pages, said};

/// Stand for any word.
const PLACEHOLDERS: [&str; 3] = ["word", "WORD", "..."];

#[test]
fn every_command_in_backticks_exists() {
    let pages = pages();
    let written = pages.iter().filter(|page| page.path.to_str() != Some(GENERATED));
    assert_nothing_wrong(&written.flat_map(wrong_commands).collect::<Vec<_>>());
}

#[test]
fn a_command_in_backticks_that_does_not_exist_is_found() {
    let text = "`apono` `apono --version` `apono audit verify` `apono ssh accept-key --integration NAME` `/apono` `/apono word`\n\
                `/apono revoke all` `/apono show AR-7`\n\
                `apono verify` `apono audit prove` `apono check --onlin` `/apono grant` `/apono shows AR-7`\n";
    insta::assert_debug_snapshot!(said(wrong_commands, text), @r#"
    [
        "3: apono verify: there is no verify",
        "3: apono audit prove: there is no prove",
        "3: apono check --onlin: there is no --onlin",
        "3: /apono grant: the bot does not know it",
        "3: /apono shows AR-7: the bot does not know it",
    ]
    "#);
}

fn wrong_commands(page: &Page) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for it in &page.in_backticks {
        let text = it.text.as_str();
        let what = if let Some(words) = text.strip_prefix("apono ") {
            walk(words).err()
        } else if let Some(words) = text.strip_prefix("/apono ") {
            (!is_known(words)).then(|| "the bot does not know it".to_owned())
        } else {
            None
        };
        wrong.extend(what.map(|what| Wrong::new(page, it.line, format!("{text}: {what}"))));
    }
    wrong
}

/// Follows the words through the subcommands; what is a value may be anything, and what is mandatory may be missing.
fn walk(words: &str) -> Result<(), String> {
    let mut command = command_line();
    // Otherwise `--help` and `--version` are not there yet.
    command.build();
    let mut here: &Command = &command;
    // A redirection ends what is the program's own.
    for word in words
        .split_whitespace()
        .take_while(|word| !word.starts_with(['>', '|', '<']))
    {
        if let Some(flag) = word.strip_prefix("--") {
            let name = flag.split('=').next().unwrap_or_default();
            if !here.get_arguments().any(|it| it.get_long() == Some(name)) {
                return Err(format!("there is no --{name}"));
            }
        } else if here.has_subcommands() && !PLACEHOLDERS.contains(&word) {
            here = here.find_subcommand(word).ok_or(format!("there is no {word}"))?;
        }
    }
    Ok(())
}

fn is_known(words: &str) -> bool {
    let first = words.split_whitespace().next().unwrap_or_default();
    let read = commands::Command::read(&Words::decode(words));
    PLACEHOLDERS.contains(&first) || !matches!(read, commands::Command::Unknown { .. })
}
