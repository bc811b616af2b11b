//! The load on the bot's database while nobody uses the bot: with live access that ends much later, and both sockets open.

use std::time::Duration;

use apono::slack::web::Pacing;
use apono::store::Cost;
use apono::workers::capacity::Capacities;
use secrecy::ExposeSecret;
use tokio::time::sleep;

use crate::RUNS;
use crate::bot::configure_on;
use crate::inside;
use crate::machine;
use crate::slack::Slack;
use crate::table::{Limit, Row};
use crate::target::{self, Target};

/// Wait until the work at startup is done.
const SETTLES: Duration = Duration::from_secs(30);

const RUN: Duration = Duration::from_mins(1);

pub(crate) fn measure() -> Vec<Row> {
    inside::runtime().block_on(async {
        let mut rows = measured("SQLite", None).await;
        if let Some(server) = Target::start().await {
            rows.extend(measured("PostgreSQL", Some(&server)).await);
        }
        rows
    })
}

async fn measured(name: &str, server: Option<&Target>) -> Vec<Row> {
    let folder = machine::folder();
    let url = match server {
        None => "sqlite://apono.db".to_owned(),
        Some(server) => {
            let url = target::database(server.server(), "bot_idle").await;
            url.expose_secret().to_owned()
        }
    };
    let mut slack = Slack::start().await;
    let config = configure_on(folder.path(), &slack.api_url(), &url, "");
    slack.attend();
    let app = inside::start(&config, Pacing::Slack, Capacities::default()).await;
    sleep(SETTLES).await;
    let [mut commits, mut statements] = [const { Vec::new() }; 2];
    for _ in 0..RUNS {
        app.core().store.watch_costs();
        sleep(RUN).await;
        let costs = app.core().store.costs();
        let each = |of: fn(&Cost) -> u64| {
            let all: u64 = costs.values().map(of).sum();
            f64::from(u32::try_from(all).unwrap()) / RUN.as_secs_f64()
        };
        commits.push(each(|cost| cost.commits));
        statements.push(each(|cost| cost.statements));
        for (place, cost) in &costs {
            eprintln!(
                "  {} commits {} statements  {place}",
                cost.commits, cost.statements
            );
        }
    }
    app.stop().await.unwrap();
    let row = |what: &str, runs, limit| Row {
        figure: format!("{what} in a second, idle, own database {name}"),
        runs,
        unit: "times",
        limit,
    };
    vec![
        row("commits", commits, Limit::AtMost(0.0)),
        row("statements", statements, Limit::None),
    ]
}
