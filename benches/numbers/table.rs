//! The printed table, in the form used in docs/performance.md.

/// One figure of several runs.
pub(crate) struct Row {
    pub(crate) figure: String,
    /// One for each run, in `unit`.
    pub(crate) runs: Vec<f64>,
    pub(crate) unit: &'static str,
    pub(crate) limit: Limit,
}

/// The limit for the figure.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
    /// Shown for comparison.
    None,
}

pub(crate) fn print(rows: &[Row]) {
    println!();
    println!("| figure | measured: middle (lowest to highest run) | limit | |");
    println!("|---|---|---|---|");
    for row in rows {
        println!("{}", row.line());
    }
}

impl Row {
    fn line(&self) -> String {
        let mut runs = self.runs.clone();
        runs.sort_by(f64::total_cmp);
        let middle = runs[runs.len() / 2];
        let unit = self.unit;
        let (lowest, highest) = (shown(runs[0]), shown(runs[runs.len() - 1]));
        let (limit, verdict) = match self.limit {
            Limit::AtMost(most) => (format!("at most {} {unit}", shown(most)), kept(middle <= most)),
            Limit::AtLeast(least) => (format!("at least {} {unit}", shown(least)), kept(middle >= least)),
            Limit::None => (String::new(), ""),
        };
        let figure = &self.figure;
        let middle = shown(middle);
        format!("| {figure} | {middle} {unit} ({lowest} to {highest}) | {limit} | {verdict} |")
    }
}

fn kept(kept: bool) -> &'static str {
    if kept { "kept" } else { "**missed**" }
}

/// With as many digits as are meaningful.
pub(crate) fn shown(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.2}")
    } else if value < 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}
