//! Every command line of a `sh` fence runs something that exists, with flags that exist.

use std::path::Path;

use clap::error::ErrorKind;
use clap::{Command, Subcommand};

use super::markdown::Page;
use super::{Wrong, assert_nothing_wrong, pages, root, said};

#[test]
fn every_command_line_runs_something_that_exists() {
    assert_nothing_wrong(&pages().iter().flat_map(wrong_lines).collect::<Vec<_>>());
}

#[test]
fn a_command_line_that_fails_is_found() {
    let good = "apono run --config /etc/apono/config.toml --log-format json 2> log\n\
                RUST_LOG=info ./target/release/apono check --online && echo ok\n\
                sudo -u apono apono audit verify\n\
                cargo run -- demo --keep # plays\n\
                apono integrations setup-sql orders-db \\\n  --config config.toml > setup.sql\n\
                APONO_WALK=write ./scripts/test -p apono | tail\ncargo bench --bench numbers -- acks\n";
    assert_eq!(said(wrong_lines, &format!("```sh\n{good}```\n")), [""; 0]);
    let bad = "apono frob\napono run --confg x\n./target/release/apono audit\ncargo run -- demo --loud\n./scripts/nothing\n\
               cargo bench --bench nothing\necho $(apono ssh trusts)\n";
    insta::assert_debug_snapshot!(said(wrong_lines, &format!("```sh\n{bad}```\n")), @r#"
    [
        "2: apono frob: error: unrecognized subcommand 'frob'",
        "3: apono run --confg x: error: unexpected argument '--confg' found",
        "4: apono audit: error: a subcommand is missing",
        "5: apono demo --loud: error: unexpected argument '--loud' found",
        "6: there is no scripts/nothing",
        "7: there is no bench nothing",
        "8: apono ssh trusts: error: unrecognized subcommand 'trusts'",
    ]
    "#);
}

/// The command line as `main.rs` reads it.
pub(crate) fn command_line() -> Command {
    let bare = Command::new("apono").version(env!("CARGO_PKG_VERSION"));
    apono::cli::Command::augment_subcommands(bare).subcommand_required(true)
}

fn wrong_lines(page: &Page) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for fence in page.fences_of("sh") {
        let mut begun = String::new();
        for (line, number) in fence.text.lines().zip(fence.line..) {
            begun.push_str(line.trim_end_matches('\\'));
            if line.ends_with('\\') {
                continue;
            }
            for words in commands_of(&begun) {
                wrong.extend(examine(&words).err().map(|what| Wrong::new(page, number, what)));
            }
            begun.clear();
        }
    }
    wrong
}

/// What is wrong with the commands of one line.
pub(crate) fn examine_line(line: &str) -> Result<(), String> {
    commands_of(line).iter().try_for_each(|words| examine(words))
}

fn examine(words: &[String]) -> Result<(), String> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let program = words.iter().position(|word| !is_assignment(word));
    let words = &words[program.unwrap_or(words.len())..];
    let Some(&first) = words.first() else {
        return Ok(());
    };
    if let Some(script) = first
        .strip_prefix("./")
        .or(Some(first))
        .filter(|it| it.starts_with("scripts/") || it.starts_with(".ci/"))
    {
        return exists(script);
    }
    match (first, words.get(1)) {
        ("cargo", Some(&"bench")) => match after(words, "--bench") {
            Some(name) => bench_exists(name),
            None => Ok(()),
        },
        ("cargo", Some(&"run")) => {
            let is_ours = after(words, "-p").is_none_or(|package| package == "apono");
            let arguments = words
                .iter()
                .position(|word| *word == "--")
                .map(|at| &words[at + 1..]);
            match arguments {
                Some(arguments) if is_ours => parse(arguments),
                _ => Ok(()),
            }
        }
        ("sudo" | "exec" | "env" | "nohup" | "time" | "docker", _) => {
            match words.iter().rposition(|word| is_apono(word)) {
                Some(at) => parse(&words[at + 1..]),
                None => Ok(()),
            }
        }
        _ if is_apono(first) => parse(&words[1..]),
        _ => Ok(()),
    }
}

/// Reads the words as `apono` would.
fn parse(arguments: &[&str]) -> Result<(), String> {
    let all = std::iter::once("apono").chain(arguments.iter().copied());
    match command_line().try_get_matches_from(all) {
        Ok(_) => Ok(()),
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => Ok(()),
        Err(error) => {
            let said = error.to_string();
            let why = match error.kind() {
                ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => "error: a subcommand is missing",
                _ => said.lines().next().unwrap_or_default(),
            };
            Err(format!("apono {}: {why}", arguments.join(" ")))
        }
    }
}

fn is_apono(word: &str) -> bool {
    Path::new(word).file_name().is_some_and(|name| name == "apono")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

fn after<'a>(words: &[&'a str], flag: &str) -> Option<&'a str> {
    let at = words.iter().position(|word| *word == flag)?;
    words.get(at + 1).copied()
}

fn exists(path: &str) -> Result<(), String> {
    if root().join(path).is_file() {
        Ok(())
    } else {
        Err(format!("there is no {path}"))
    }
}

fn bench_exists(name: &str) -> Result<(), String> {
    let manifest: toml::Table = include_str!("../../../Cargo.toml").parse().unwrap();
    let benches = manifest["bench"].as_array().unwrap();
    if benches.iter().any(|bench| bench["name"].as_str() == Some(name)) {
        Ok(())
    } else {
        Err(format!("there is no bench {name}"))
    }
}

/// The simple commands of a line, each as its words: what is quoted stays together, redirections are left out, and a comment
/// ends the line.
fn commands_of(line: &str) -> Vec<Vec<String>> {
    let mut read = Read::default();
    let mut quote = None;
    for c in line.chars() {
        match (quote, c) {
            (Some(mark), c) if c == mark => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                read.is_quoted = true;
            }
            (None, '#') if read.word.is_empty() => break,
            // `2>&1` is one redirection.
            (None, '&') if read.is_redirected && read.word.is_empty() => {}
            (None, '|' | '&' | ';' | '(' | ')' | '`') => read.end_command(),
            (None, '>' | '<') => read.redirect(),
            (None, c) if c.is_whitespace() => read.end_word(),
            (Some(_) | None, c) => read.word.push(c),
        }
    }
    read.end_command();
    read.commands
}

/// What is read of a line.
#[derive(Default)]
struct Read {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: String,
    is_quoted: bool,
    /// The next word is where a redirection leads.
    is_redirected: bool,
}

impl Read {
    fn end_word(&mut self) {
        if self.word.is_empty() && !self.is_quoted {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if !self.is_redirected {
            self.words.push(word);
        }
        self.is_quoted = false;
        self.is_redirected = false;
    }

    fn end_command(&mut self) {
        // Of `$(`.
        if self.word.ends_with('$') {
            self.word.pop();
        }
        self.end_word();
        self.is_redirected = false;
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }

    fn redirect(&mut self) {
        // The number of `2>` belongs to it.
        if self.word.chars().all(|c| c.is_ascii_digit()) {
            self.word.clear();
        }
        self.end_word();
        self.is_redirected = true;
    }
}
