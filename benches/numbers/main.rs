//! The numbers that the README states, measured anew and printed beside their limits and what the machine itself can do.
//!
//!     cargo bench --bench numbers             every subject
//!     cargo bench --bench numbers -- acks    one of: acks, start, forms, grants
//!
//! Acknowledgements, start, forms and memory are the release binary's, as a process of its own, against a lean stand-in
//! for Slack in this process (`slack.rs`), on the same cores. Nothing here passes or fails a build.
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot be made has nothing to report but where it stopped"
)]

mod acks;
mod bot;
mod forms;
mod grants;
mod machine;
mod samples;
mod slack;
mod start;
mod table;

#[path = "../peers/mod.rs"]
mod peers;

use table::Row;

/// How often everything is measured; the table shows the middle one, and how far the others are from it.
const RUNS: usize = 3;

/// What can be measured alone, by its name on the command line.
type Subject = (&'static str, fn() -> Vec<Row>);

const SUBJECTS: [Subject; 4] = [
    ("acks", acks::measure),
    ("start", start::measure),
    ("forms", forms::measure),
    ("grants", grants::measure),
];

fn main() {
    apono::slack::web::install_crypto_provider();
    // Cargo says `--bench` to every benchmark.
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
