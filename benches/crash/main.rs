//! Kills the real binary at random moments of a request's life, as often as requested, and prints the results.
//!
//!     cargo bench --bench crash -- --rounds 1000
//!
//! Runs the tests of `tests/it/crash/` in batches. Progress is kept in `target/crash/rounds`, so an interrupted run continues
//! where it stopped; `--anew` starts over. Needs what `./scripts/test --prepare` installs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// How many lives there are in a batch, on each of the two databases.
const BATCH: u32 = 25;

/// The totals of one kind of line: lives, kills and checks.
type Sums = BTreeMap<String, [u64; 3]>;

fn main() -> ExitCode {
    let mut wanted = 1000;
    let mut arguments = std::env::args().skip(1);
    let counts = place();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--rounds" => match arguments.next().and_then(|number| number.parse().ok()) {
                Some(number) => wanted = number,
                None => return usage(),
            },
            "--anew" => {
                // It may not exist.
                let _ = fs::remove_file(&counts);
            }
            // What cargo adds automatically.
            "--bench" => {}
            _ => return usage(),
        }
    }
    loop {
        let played = sums(&counts);
        let lives: u64 = played.values().map(|[lives, ..]| lives).sum();
        print_table(&played);
        if lives >= wanted {
            return ExitCode::SUCCESS;
        }
        if !play(&counts) {
            eprintln!("crash: a batch failed; see its output above");
            return ExitCode::FAILURE;
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo bench --bench crash -- [--rounds N] [--anew]");
    ExitCode::from(2)
}

fn place() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/crash");
    // If it cannot be created, the first batch reports it.
    let _ = fs::create_dir_all(&folder);
    folder.join("rounds")
}

/// Runs a batch on each database; its counts are written only if it passed.
fn play(counts: &Path) -> bool {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "test",
            "--quiet",
            "--locked",
            "--features",
            "failpoints",
            "--test",
            "it",
        ])
        .arg("crash::nothing_is_lost_whenever")
        .env("APONO_REQUIRE_POSTGRES", "1")
        .env("APONO_CRASH_ROUNDS", BATCH.to_string())
        .env("APONO_COUNTS", counts)
        .status();
    status.is_ok_and(|status| status.success())
}

fn sums(counts: &Path) -> Sums {
    let mut sums = Sums::new();
    for line in fs::read_to_string(counts).unwrap_or_default().lines() {
        let Some((kind, rest)) = line.split_once(": ") else {
            continue;
        };
        let number = |of: &str| {
            let part = rest.split(", ").find_map(|part| part.strip_suffix(of));
            part.and_then(|part| part.trim().parse::<u64>().ok()).unwrap_or(0)
        };
        let sum = sums.entry(kind.to_owned()).or_default();
        for (sum, of) in sum.iter_mut().zip(["lives", "kills", "checks"]) {
            *sum += number(of);
        }
    }
    sums
}

fn print_table(sums: &Sums) {
    println!("| killed at | lives | kills | checks | violations |");
    println!("|---|---|---|---|---|");
    for (kind, [lives, kills, checks]) in sums {
        println!("| {kind} | {lives} | {kills} | {checks} | 0 |");
    }
}
