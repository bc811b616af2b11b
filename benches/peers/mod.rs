//! What other frameworks do with the same command: figures that were measured once, on a similar machine (2 cores), and are
//! printed next to ours. Each commits one row to SQLite with synchronous=FULL and acknowledges the command over Socket Mode.
//! They are not part of this run: neither Node nor Python is installed for it.

/// A figure, for Bolt for JavaScript (Node) and `slack_bolt` (Python).
const MEASURED: [[&str; 3]; 4] = [
    ["p99 at 100/s", "3.4 to 4.5 ms", "12.5 ms"],
    ["most acks/s with 64 in flight", "2,900", "2,400"],
    ["memory under load", "140 MB", "45 MB"],
    ["start to first ack", "320 to 560 ms", "450 ms"],
];

pub(crate) fn print() {
    println!();
    println!("| the same command elsewhere, measured earlier | Bolt (Node) | slack_bolt (Python) |");
    println!("|---|---|---|");
    for [figure, node, python] in MEASURED {
        println!("| {figure} | {node} | {python} |");
    }
}
