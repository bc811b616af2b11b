//! docs/walk.md: the scenes in `scenes/` are played, what everybody reads is written down, and the page has to be that.
//!
//! With `APONO_WALK=write` the page is written instead of compared.

mod page;
mod preface;
mod scenes;
mod screens;
mod stage;
mod stand_ins;

use std::fs;

use apono::throwaway_postgres::ThrowawayPostgres;

use self::stage::Stage;
use crate::support::postgres_server;

/// The config that the bot runs with; the page shows it.
const CONFIG: &str = include_str!("config.toml");

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/walk.md");

#[tokio::test(flavor = "multi_thread")]
async fn docs_walk_md_is_what_the_bot_says() {
    // Says that the test is left out where PostgreSQL is not installed.
    let Some(_) = postgres_server::shared() else {
        return;
    };
    // A server of its own: the bot offers every database that it finds, and other tests make some.
    let server = ThrowawayPostgres::start().unwrap();
    let mut stage = Stage::set(&server).await;
    scenes::play(&mut stage).await;
    let now = stage.finish().await;
    if std::env::var_os("APONO_WALK").is_some_and(|wish| wish == "write") {
        fs::write(PAGE, now).unwrap();
        return;
    }
    let written = fs::read_to_string(PAGE).unwrap();
    if let Some(difference) = first_difference(&written, &now) {
        panic!(
            "{difference}\nIf that is as it should be, write the page again:\n\
             APONO_WALK=write ./scripts/test -p apono --test it walk::"
        );
    }
}

/// The first line that is not the same, with some before it.
fn first_difference(written: &str, now: &str) -> Option<String> {
    let (written, now): (Vec<&str>, Vec<&str>) = (written.lines().collect(), now.lines().collect());
    let longer = written.len().max(now.len());
    let at = (0..longer).find(|&at| written.get(at) != now.get(at))?;
    let shown = |lines: &[&str]| {
        let range = at.min(lines.len())..(at + 3).min(lines.len());
        lines[range].join("\n    ")
    };
    Some(format!(
        "docs/walk.md:{}: not what the bot says.\n  docs/walk.md:\n    {}\n  the bot:\n    {}",
        at + 1,
        shown(&written),
        shown(&now)
    ))
}

#[test]
fn the_first_difference_is_told_with_its_line() {
    let told = first_difference("one\ntwo\nthree", "one\n2\nthree").unwrap();
    insta::assert_snapshot!(told, @r"
    docs/walk.md:2: not what the bot says.
      docs/walk.md:
        two
        three
      the bot:
        2
        three
    ");
    assert!(first_difference("one", "one\ntwo").is_some());
    assert_eq!(first_difference("one\ntwo", "one\ntwo"), None);
}
