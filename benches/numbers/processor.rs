//! The bot's processor time in this process, without that of its simulated environment.

use std::fs;
use std::time::Duration;

/// Of all threads except this process's first, on which the environment runs.
pub(crate) fn of_others() -> Duration {
    let first = std::process::id().to_string();
    let threads = fs::read_dir("/proc/self/task").unwrap().flatten();
    let others = threads.filter(|thread| thread.file_name() != *first);
    // A thread may end while it is being read.
    let stats = others.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    stats.map(|stat| busy(&stat)).sum()
}

/// What `/proc/PID/stat` says about one process or thread.
pub(crate) fn busy(stat: &str) -> Duration {
    // The name before the last ")" can contain spaces; fields 14 and 15 are ticks of 10 ms in user and in kernel mode.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}
