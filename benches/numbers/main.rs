//! The numbers of docs/performance.md, measured again and printed next to their limits and what the machine itself can do.
//!
//!     cargo bench --bench numbers             every subject
//!     cargo bench --bench numbers -- acks    one or several of: acks, start, forms, grants, live,
//!                                             idle, drain, burst, lifecycles, activity, portal, reports, sinks
//!
//! Acknowledgements, start, forms, memory and lateness are measured on the release binary as a separate process, against a
//! lean stand-in for Slack in this process (`slack.rs`), on the same cores. What the binary has no setting for is measured
//! with the bot in this process (`inside.rs`). Nothing here passes or fails a build.
//!
//! With `NUMBERS_SMALL=50` in the environment everything is 50 times smaller, to check that it works.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot be made can only report where it stopped"
)]
#![expect(
    clippy::too_many_lines,
    reason = "a measurement is one story, read from top to bottom"
)]

mod acks;
mod activity;
mod bare;
mod bot;
mod burst;
mod copies;
mod crowd;
mod drain;
mod forms;
mod grants;
mod history;
mod idle;
mod inside;
mod lifecycles;
mod live;
mod machine;
mod portal;
mod processor;
mod reports;
mod samples;
mod seed;
mod sinks;
mod slack;
mod start;
mod table;
mod target;

#[path = "../peers/mod.rs"]
mod peers;

use table::Row;

/// How often everything is measured; the table shows the median, and how far the others are from it.
const RUNS: usize = 3;

/// What can be measured separately, by its name on the command line.
type Subject = (&'static str, fn() -> Vec<Row>);

const SUBJECTS: [Subject; 13] = [
    ("acks", acks::measure),
    ("start", start::measure),
    ("forms", forms::measure),
    ("grants", grants::measure),
    ("live", live::measure),
    ("idle", idle::measure),
    ("drain", drain::measure),
    ("burst", burst::measure),
    ("lifecycles", lifecycles::measure),
    ("activity", activity::measure),
    ("portal", portal::measure),
    ("reports", reports::measure),
    ("sinks", sinks::measure),
];

/// A size; smaller if the environment asks for a quick check.
fn scaled(full: u32) -> u32 {
    let by = std::env::var("NUMBERS_SMALL").ok();
    full / by.map_or(1, |by| by.parse().unwrap())
}

fn main() {
    apono::network::install_crypto_provider();
    // Cargo passes `--bench` to every benchmark.
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    machine::describe();
    let mut rows = Vec::new();
    for (name, measure) in SUBJECTS {
        if wanted.is_empty() || wanted.iter().any(|word| word == name) {
            eprintln!("measuring {name} ...");
            rows.extend(measure());
        }
    }
    table::print(&rows);
    peers::print();
}
