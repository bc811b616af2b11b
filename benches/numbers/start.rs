//! How long after its start the bot acknowledges its first command, on an existing database.

use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};

use crate::RUNS;
use crate::bot::{Bot, configure};
use crate::machine;
use crate::samples::Samples;
use crate::slack::{Slack, acked, command, soon};
use crate::table::{Limit, Row};

/// Starts of a run.
const STARTS: usize = 10;

pub(crate) fn measure() -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measured())
}

async fn measured() -> Vec<Row> {
    let folder = machine::folder();
    let mut slack = Slack::start().await;
    let config = configure(folder.path(), &slack.api_url(), "");
    // The first one creates the database, and is not counted.
    start_once(&mut slack, &config).await;
    let [mut half, mut slowest] = [Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        let mut samples = Samples::default();
        for _ in 0..STARTS {
            samples.push(start_once(&mut slack, &config).await);
        }
        half.push(samples.percentile(50));
        slowest.push(samples.percentile(100));
    }
    vec![
        Row {
            figure: "start to first ack, p50".to_owned(),
            runs: half,
            unit: "ms",
            limit: Limit::None,
        },
        Row {
            figure: format!("start to first ack, slowest of {STARTS}"),
            runs: slowest,
            unit: "ms",
            limit: Limit::AtMost(150.0),
        },
    ]
}

async fn start_once(slack: &mut Slack, config: &std::path::Path) -> Duration {
    let began = Instant::now();
    let bot = Bot::start(config);
    let mut socket = slack.socket().await;
    let envelope = format!("first:{began:?}");
    socket.send(command(&envelope, "help")).await.unwrap();
    loop {
        let message = soon(socket.next()).await.unwrap().unwrap();
        if acked(&message).is_some() {
            break;
        }
    }
    let took = began.elapsed();
    // The second socket belongs to this start, not to the next.
    slack.socket().await;
    bot.stop();
    took
}
