//! The borders between the modules and the rules of the house, read from the source itself. A failure names every offender.

mod spine;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A file longer than this has more than one subject.
const LONGEST: usize = 400;

const OURS: [&str; 3] = ["src", "simulator/src", "migrations/src"];

/// This file has to name what it looks for.
const THIS: &str = "tests/it/architecture.rs";

/// Database crates; all of them are the store's own.
const SEA: [&str; 3] = ["sea_orm", "sea_query", "sea_orm_migration"];

/// Files of the tests that may sleep, each with its reason.
const SLEEPERS: [(&str, &str); 6] = [
    (
        "tests/it/browser/window.rs",
        "looks again and again, with a time-out, at a page of a browser",
    ),
    (
        "tests/it/adversary/monitors.rs",
        "is hundreds of clients that pause between two questions",
    ),
    (
        "tests/it/crash/world.rs",
        "looks from outside, with a time-out, at what another process does",
    ),
    (
        "tests/it/support/bot.rs",
        "looks again and again, with a time-out, for what can only be looked at",
    ),
    (
        "tests/it/support/clock.rs",
        "is the Clock of the tests: its sleep is the one that the bot asks for",
    ),
    (
        "tests/it/support/slow_slack.rs",
        "is a slow wire: the delay is what it is for",
    ),
];

/// What a module may know of the others; itself goes without saying, and a module that is not listed may know any.
const BORDERS: [(&str, &[&str]); 18] = [
    // Pure: what comes in are arguments, what goes out are values.
    ("access", &[]),
    ("audit", &["access"]),
    ("document", &["access", "secrets"]),
    (
        "config",
        &[
            "access",
            "document",
            "integrations",
            "mail",
            "paper",
            "postgres_url",
            "secrets",
            "sinks",
        ],
    ),
    // What a URL may say, for every caller.
    ("postgres_url", &[]),
    // A target's access is taken away without flows, the rest of the config, or Slack.
    (
        "integrations",
        &[
            "access",
            "audit",
            "document",
            "failpoint",
            "findings",
            "postgres_url",
            "secrets",
        ],
    ),
    (
        "store",
        &[
            "access",
            "audit",
            "failpoint",
            "findings",
            "metrics",
            "postgres_url",
            "secrets",
        ],
    ),
    // The same words for every face.
    (
        "telling",
        &["access", "audit", "integrations", "lasting", "store", "usecases"],
    ),
    // Whatever the face.
    ("people", &["access", "store"]),
    // Whatever is called.
    ("network", &[]),
    // Events leave without knowing where they are stored and who feeds them.
    ("sinks", &["access", "audit", "document", "network", "secrets"]),
    // A letter leaves without knowing what it is about.
    ("mail", &["access", "network", "secrets"]),
    // A table is drawn without knowing what is in it.
    ("paper", &["access"]),
    // What an issuer says, whoever asks.
    ("oidc", &["access", "findings", "network", "secrets"]),
    // Whoever counts knows it.
    ("metrics", &[]),
    (
        "workers",
        &[
            "access",
            "audit",
            "chained",
            "failpoint",
            "integrations",
            "lasting",
            "mail",
            "people",
            "sinks",
            "store",
            "telling",
            "usecases",
        ],
    ),
    // A face beside Slack, over the same use cases and words.
    (
        "web",
        &[
            "access",
            "audit",
            "config",
            "findings",
            "integrations",
            "metrics",
            "oidc",
            "paper",
            "people",
            "secrets",
            "store",
            "telling",
            "usecases",
        ],
    ),
    // They know no face.
    (
        "usecases",
        &[
            "access",
            "audit",
            "clock",
            "integrations",
            "lasting",
            "metrics",
            "paper",
            "people",
            "store",
        ],
    ),
];

/// What only tests are built with.
fn is_test(file: &Source) -> bool {
    file.path.ends_with("_tests.rs") || file.path.contains("/tests/")
}

struct Source {
    /// From the workspace's root on.
    path: String,
    text: String,
}

impl Source {
    /// Line numbers from 1, and what is no comment on them.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text
            .lines()
            .zip(1..)
            .filter(|(line, _)| !line.trim_start().starts_with("//"))
            .map(|(line, number)| (number, line.split(" // ").next().unwrap_or(line)))
    }

    /// The same without the modules that are only built for tests.
    fn production_code(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut in_tests = false;
        let mut before = "";
        self.code().filter(move |(_, line)| {
            in_tests |= before == "#[cfg(test)]" && line.starts_with("mod ") && line.ends_with('{');
            let counts = !in_tests;
            in_tests &= *line != "}";
            before = line;
            counts
        })
    }

    fn at(&self, number: usize, line: &str) -> String {
        format!("{}:{number}: {}", self.path, line.trim())
    }

    /// The modules from the crate's root down to this file: `["access", "policy"]`.
    fn module(&self) -> Vec<&str> {
        let path = self.path.strip_suffix(".rs").unwrap_or(&self.path);
        path.split('/').skip(1).filter(|name| *name != "mod").collect()
    }

    /// The top module that `name` leads into, if it leaves this one: `store` for `crate::store::Tx` and, in
    /// `access/policy.rs`, for `super::super::store`. An empty text stands for a group `crate::{...}`.
    fn top_module<'a>(&self, name: &'a str) -> Option<&'a str> {
        let segments: Vec<&str> = name.split("::").collect();
        let up = segments.iter().take_while(|segment| **segment == "super").count();
        match segments[..] {
            ["crate", top, ..] => Some(top),
            _ if up > 0 && up >= self.module().len() => segments.get(up).copied(),
            _ => None,
        }
    }
}

/// Every name on a line, with its path: `tokio::time::sleep`.
fn names(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
        .map(|name| name.trim_start_matches("::"))
        .filter(|name| !name.is_empty())
}

/// The line imports from the crate, or names something in it.
fn uses_crate(line: &str, name: &str) -> bool {
    let imports = line.contains("use ") || line.contains("extern crate ");
    names(line).any(|path| match path.split_once("::") {
        Some((first, _)) => first == name,
        None => imports && path == name,
    })
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let mut folders: Vec<PathBuf> = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty(), "{folder} holds no source");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn ours() -> Vec<Source> {
    OURS.iter().flat_map(|folder| sources(folder)).collect()
}

fn none(rule: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{rule}:\n{}", offenders.join("\n"));
}

/// Lines of `files` that use one of `crates`.
fn users_of(crates: &[&str], files: &[Source]) -> Vec<String> {
    files
        .iter()
        .flat_map(|file| {
            file.code()
                .filter(|(_, line)| crates.iter().any(|name| uses_crate(line, name)))
                .map(|(number, line)| file.at(number, line))
        })
        .collect()
}

#[test]
fn no_module_reaches_over_its_border() {
    let mut offenders = Vec::new();
    for (module, known) in BORDERS {
        for file in sources(&format!("src/{module}")) {
            if is_test(&file) {
                continue;
            }
            for (number, line) in file.production_code() {
                let over = names(line)
                    .filter_map(|name| file.top_module(name))
                    .any(|top| !top.is_empty() && top != module && !known.contains(&top));
                if over {
                    offenders.push(file.at(number, line));
                }
            }
        }
    }
    none("these reach over the border of their module", &offenders);
}

/// A front end gets this right for one page, after the trail has the read.
#[test]
fn a_right_to_read_everything_comes_from_an_onlooker() {
    let makes = ["Reader::of", "Reader::by_role", "Reader::operator", "to_export"];
    let may = [
        ("Reader::of", "src/usecases/look/reader.rs"),
        ("Reader::by_role", "src/usecases/look/reader.rs"),
        // What the reader answered: each request is checked before it is shown.
        ("Reader::operator", "src/usecases/look/mod.rs"),
        // Nobody's page: the list of live access that a note in Slack has.
        ("Reader::operator", "src/slack/silent.rs"),
        ("Reader::operator", "src/usecases/anomalies/mod.rs"),
        // Each file has an event of its own.
        ("to_export", "src/web/pages/export.rs"),
        ("to_export", "src/usecases/reports/due.rs"),
        // So has the start of a review, and until then only the number of its lines is shown.
        ("to_export", "src/usecases/reviews/draft.rs"),
    ];
    let faces = ["slack", "web", "usecases", "workers", "app"];
    let files = faces.iter().flat_map(|module| sources(&format!("src/{module}")));
    let mut offenders = Vec::new();
    for file in files.filter(|file| !is_test(file)) {
        let code = file.production_code();
        for (number, line) in code.filter(|(_, line)| !line.contains("fn to_export(")) {
            let mut made = makes.iter().filter(|name| line.contains(&format!("{name}(")));
            if made.any(|name| !may.contains(&(*name, file.path.as_str()))) {
                offenders.push(file.at(number, line));
            }
        }
    }
    none("these read everything without a record", &offenders);
}

#[test]
fn the_pure_modules_touch_nothing_outside() {
    let mut pure = sources("src/access");
    pure.extend(sources("src/audit"));
    let outside = ["tokio", "sea_orm", "slack_morphism", "sqlx", "hyper"];
    none("access and audit are pure", &users_of(&outside, &pure));
}

#[test]
fn each_import_from_the_crate_is_spelled_out() {
    let offenders: Vec<String> = sources("src")
        .iter()
        .flat_map(|file| {
            file.code()
                .filter(|(_, line)| line.contains('{'))
                .filter(|(_, line)| names(line).any(|name| file.top_module(name) == Some("")))
                .map(|(number, line)| file.at(number, line))
        })
        .collect();
    none("a group at the crate's root hides its borders", &offenders);
}

#[test]
fn the_database_is_spoken_to_by_the_store_alone() {
    let mut others = sources("src");
    others.retain(|file| !file.path.starts_with("src/store/"));
    others.extend(sources("simulator"));
    none("sea-orm is the store's", &users_of(&SEA, &others));
}

/// Faces are named by the wiring, and by what starts it from a terminal.
#[test]
fn a_face_is_named_by_what_wires_alone() {
    for face in ["slack", "web"] {
        let mut others = sources("src");
        let own = format!("src/{face}/");
        let wires = [own.as_str(), "src/app", "src/cli/", "src/lib.rs", "src/main.rs"];
        others.retain(|file| !wires.iter().any(|path| file.path.starts_with(path)));
        let mut offenders = Vec::new();
        for file in others.iter().filter(|file| !is_test(file)) {
            let code = file.production_code();
            let names_it = |line: &str| names(line).any(|name| file.top_module(name) == Some(face));
            offenders.extend(
                code.filter(|(_, line)| names_it(line))
                    .map(|(number, line)| file.at(number, line)),
            );
        }
        none(&format!("these name src/{face}"), &offenders);
    }
}

#[test]
fn pages_and_their_templates_stay_under_web() {
    let mut others = sources("src");
    others.retain(|file| !file.path.starts_with("src/web/"));
    none(
        "axum and askama are src/web's",
        &users_of(&["axum", "askama"], &others),
    );
}

#[test]
fn what_draws_pages_of_files_stays_under_paper() {
    let mut others = sources("src");
    others.retain(|file| !file.path.starts_with("src/paper/"));
    none(
        "krilla and parley are src/paper's",
        &users_of(&["krilla", "parley"], &others),
    );
}

#[test]
fn slack_types_stay_under_slack() {
    let mut others = sources("src");
    others.retain(|file| !file.path.starts_with("src/slack/"));
    others.extend(sources("migrations"));
    none(
        "slack-morphism is src/slack's",
        &users_of(&["slack_morphism"], &others),
    );
}

#[test]
fn the_simulator_knows_nothing_of_the_bot() {
    let bot = ["apono", "apono_migrations", "slack_morphism"];
    let mut offenders = users_of(&bot, &sources("simulator"));
    let manifest = fs::read_to_string(root().join("simulator/Cargo.toml")).unwrap();
    let dependencies = manifest
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter(|line| line.contains("apono") || line.contains("slack-morphism"));
    offenders.extend(dependencies.map(str::to_owned));
    // A stand-in for Slack that shared the bot's types would share its misunderstandings.
    none("the simulator depends on nothing of the bot", &offenders);
}

#[test]
fn no_file_outgrows_its_subject() {
    let offenders: Vec<String> = ours()
        .iter()
        .map(|file| (file.text.lines().count(), &file.path))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{path}: {lines} lines"))
        .collect();
    none(
        "these are longer than a file may be; split them by subject",
        &offenders,
    );
}

#[test]
fn every_file_says_what_it_is() {
    let offenders: Vec<String> = ours()
        .into_iter()
        .filter(|file| !file.text.starts_with("//! "))
        .map(|file| file.path)
        .collect();
    none("these do not begin with a `//!` doc", &offenders);
}

#[test]
fn nothing_unwraps_outside_tests() {
    let offenders: Vec<String> = ours()
        .iter()
        .filter(|file| !is_test(file))
        .flat_map(|file| {
            file.production_code()
                .filter(|(_, line)| line.contains(".unwrap()"))
                .map(|(number, line)| file.at(number, line))
        })
        .collect();
    none(
        "an error is handled, or `expect` states why there is none",
        &offenders,
    );
}

#[test]
fn nothing_is_silenced_or_left_undone() {
    const UNDONE: [&str; 8] = [
        "#[allow(",
        "#![allow(",
        "todo!",
        "unimplemented!",
        "dbg!",
        "TODO",
        "FIXME",
        "XXX",
    ];
    let mut files = ours();
    files.extend(sources("tests"));
    files.extend(sources("simulator/tests"));
    files.retain(|file| file.path != THIS);
    let offenders: Vec<String> = files
        .iter()
        .flat_map(|file| {
            // Comments count too: that is where most of these stand.
            file.text
                .lines()
                .zip(1..)
                .filter(|(line, _)| UNDONE.iter().any(|word| line.contains(word)))
                .map(|(line, number)| file.at(number, line))
        })
        .collect();
    none(
        "finish it, or say with #[expect(.., reason = ..)] why it is right",
        &offenders,
    );
}

#[test]
fn no_test_sleeps_to_be_in_time() {
    let mut files = sources("tests");
    files.extend(sources("simulator/tests"));
    files.retain(|file| file.path != THIS);
    let sleepers: BTreeSet<&str> = SLEEPERS.iter().map(|(path, _)| *path).collect();
    let (allowed, others): (Vec<Source>, Vec<Source>) = files
        .into_iter()
        .partition(|file| sleepers.contains(file.path.as_str()));
    let sleeps = |file: &Source| -> Vec<String> {
        file.code()
            .filter(|(_, line)| !line.contains("fn "))
            .filter(|(_, line)| names(line).any(|name| name.rsplit("::").next() == Some("sleep")))
            .map(|(number, line)| file.at(number, line))
            .collect()
    };
    let offenders: Vec<String> = others.iter().flat_map(sleeps).collect();
    none("wait for what can be seen, with a time-out", &offenders);

    let awake: Vec<String> = allowed
        .into_iter()
        .filter(|file| sleeps(file).is_empty())
        .map(|file| file.path)
        .collect();
    none("these sleep no more; strike them from SLEEPERS", &awake);
}
