//! The page about metrics, the alert rules and the dashboard name what the bot really says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{of_bot, run};

fn page(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every metric that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |c: char| c.is_ascii_lowercase() || c == '_';
    let words = text.split(|c| !is_part(c));
    words
        .filter(|word| word.starts_with("apono_"))
        .map(str::to_owned)
        .collect()
}

/// The metric that a series belongs to.
fn metric(series: &str) -> &str {
    let ends = ["_total", "_bucket", "_sum", "_count"];
    ends.iter()
        .find_map(|end| series.strip_suffix(end))
        .unwrap_or(series)
}

/// The metrics that the bot can have, as the code names them: one that counted nothing yet is not in an answer.
fn known() -> BTreeSet<String> {
    let code = page("src/app/vitals.rs");
    let lines = ["sheet.counts(", "sheet.times(", "sheet.now("]
        .iter()
        .flat_map(|call| code.split(call).skip(1));
    lines
        .map(|rest| format!("apono_{}", rest.split('"').nth(1).unwrap()))
        .collect()
}

/// The metrics of an answer.
fn described(metrics: &str) -> BTreeSet<String> {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix("# HELP "));
    lines
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_lists_every_metric_and_rules_and_dashboard_use_no_other() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let all = known();
        let answered = described(&of_bot(ctx, "/metrics").await.text);
        assert!(answered.is_subset(&all) && answered.len() > 15, "{answered:?}");
        let listed = page("docs/monitoring.md");
        let rows = listed.lines().filter(|line| line.starts_with("| `apono_"));
        let listed: BTreeSet<String> = rows
            .flat_map(named)
            .map(|name| metric(&name).to_owned())
            .collect();
        assert_eq!(
            listed, all,
            "docs/monitoring.md lists other metrics than the bot has"
        );
        for path in ["docs/monitoring/alerts.yml", "docs/monitoring/dashboard.json"] {
            let used: BTreeSet<String> = named(&page(path))
                .iter()
                .map(|name| metric(name).to_owned())
                .collect();
            let unknown: Vec<_> = used.difference(&all).collect();
            assert!(!used.is_empty() && unknown.is_empty(), "{path}: {unknown:?}");
        }
    })
    .await;
}

#[test]
fn each_panel_of_the_dashboard_asks_something_and_lies_in_its_row() {
    let dashboard: Value = serde_json::from_str(&page("docs/monitoring/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut taken = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title} asks nothing");
        for target in targets {
            assert!(!named(target["expr"].as_str().unwrap()).is_empty(), "{title}");
        }
        let of = |side: &str| panel["gridPos"][side].as_u64().unwrap();
        assert!(of("x") + of("w") <= 24, "{title} is too wide");
        for x in of("x")..of("x") + of("w") {
            for y in of("y")..of("y") + of("h") {
                assert!(taken.insert((x, y)), "{title} covers another panel");
            }
        }
    }
}
