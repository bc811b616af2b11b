//! `/apono help`: committed to the inbox, then acknowledged. How long one takes under light load, how many there are per
//! second with 64 in flight, and how much memory that needs.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{FutureExt, SinkExt, StreamExt};
use sea_orm::sqlx::{self, Connection, Executor, Row as _};
use tokio::time::{interval, sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::RUNS;
use crate::bot::{Bot, configure};
use crate::machine;
use crate::samples::Samples;
use crate::slack::{Slack, Socket, acked, command, soon};
use crate::table::{Limit, Row};

/// Caches fill, the database's file grows, the processor wakes up.
pub(crate) const WARM_UP: Duration = Duration::from_secs(2);

pub(crate) const RUN: Duration = Duration::from_secs(5);

/// On both sockets together.
const IN_FLIGHT: usize = 64;

const PACE: Duration = Duration::from_millis(10);

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
    let bot = Bot::start(&config);
    let mut sockets = [slack.socket().await, slack.socket().await];
    // The work at startup is done.
    sleep(WARM_UP).await;

    let [mut half, mut most] = [Vec::new(), Vec::new()];
    let mut acknowledged = paced(&mut sockets, "warm-up", WARM_UP).await.len();
    for run in 0..RUNS {
        let mut samples = paced(&mut sockets, &format!("paced-{run}"), RUN).await;
        acknowledged += samples.len();
        half.push(samples.percentile(50));
        most.push(samples.percentile(99));
    }

    let [mut rates, mut loaded, mut memory, mut busy] = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    acknowledged += flood(&mut sockets, "warm-flood", WARM_UP).await.0.len();
    for run in 0..RUNS {
        let busy_before = bot.busy();
        let (mut samples, took) = flood(&mut sockets, &format!("flood-{run}"), RUN).await;
        let count = samples.len();
        acknowledged += count;
        rates.push(f64::from(count) / took.as_secs_f64());
        loaded.push(samples.percentile(99));
        memory.push(bot.most_memory());
        busy.push(bot.busy().saturating_sub(busy_before).as_secs_f64() * 1e6 / f64::from(count));
    }
    bot.stop();
    assert_eq!(
        kept(folder.path()).await,
        acknowledged,
        "each was stored before it was acknowledged"
    );

    let row = |figure: &str, runs, unit, limit| Row {
        figure: figure.to_owned(),
        runs,
        unit,
        limit,
    };
    vec![
        row("help at 100/s, p50", half, "ms", Limit::None),
        row("help at 100/s, p99", most, "ms", Limit::AtMost(2.0)),
        row(
            "help with 64 in flight",
            rates,
            "acks/s",
            Limit::AtLeast(10_000.0),
        ),
        row("help with 64 in flight, p99", loaded, "ms", Limit::AtMost(15.0)),
        row(
            "most memory (RSS) under that load",
            memory,
            "MB",
            Limit::AtMost(30.0),
        ),
        row(
            "processor time of the bot for one of them",
            busy,
            "µs",
            Limit::None,
        ),
    ]
}

/// Rows of the inbox.
async fn kept(folder: &Path) -> u32 {
    let url = format!("sqlite://{}", folder.join("apono.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    connection
        .fetch_one("SELECT COUNT(*) FROM inbox")
        .await
        .unwrap()
        .get(0)
}

/// One command every 10 ms, on the sockets in turn, whether or not the previous one is acknowledged.
pub(crate) async fn paced(sockets: &mut [Socket; 2], name: &str, lasts: Duration) -> Samples {
    let [one, other] = sockets;
    let (mut one_out, mut one_in) = one.split();
    let (mut other_out, mut other_in) = other.split();
    let count = usize::try_from(lasts.as_millis() / PACE.as_millis()).unwrap();
    let mut sent: Vec<Instant> = Vec::with_capacity(count);
    let mut ticks = interval(PACE);
    let mut samples = Samples::default();
    let mut acknowledged = 0;
    while acknowledged < count {
        tokio::select! {
            biased;
            Some(Ok(message)) = one_in.next() => acknowledged += note(&message, &sent, &mut samples),
            Some(Ok(message)) = other_in.next() => acknowledged += note(&message, &sent, &mut samples),
            _ = ticks.tick(), if sent.len() < count => {
                let out = if sent.len().is_multiple_of(2) { &mut one_out } else { &mut other_out };
                let message = command(&format!("{name}:{}", sent.len()), "help");
                sent.push(Instant::now());
                out.send(message).await.unwrap();
            }
        }
    }
    samples
}

/// Returns how many acknowledgements the message was; a ping is none.
fn note(message: &Message, sent: &[Instant], samples: &mut Samples) -> usize {
    let Some(number) = acked(message).and_then(number_of) else {
        return 0;
    };
    samples.push(sent[number].elapsed());
    1
}

fn number_of(envelope: &str) -> Option<usize> {
    envelope.rsplit(':').next()?.parse().ok()
}

/// As many as it can take: whenever one is acknowledged the next one is sent. Returns how long it took.
async fn flood(sockets: &mut [Socket; 2], name: &str, lasts: Duration) -> (Samples, Duration) {
    let began = Instant::now();
    let [one, other] = sockets;
    let (one_name, other_name) = (format!("{name}-a"), format!("{name}-b"));
    let (mut samples, others) = tokio::join!(
        flood_one(one.split(), &one_name, began + lasts),
        flood_one(other.split(), &other_name, began + lasts),
    );
    samples.append(others);
    (samples, began.elapsed())
}

async fn flood_one(
    (mut out, mut acks): (SplitSink<&mut Socket, Message>, SplitStream<&mut Socket>),
    name: &str,
    until: Instant,
) -> Samples {
    let mut sent = Vec::new();
    let mut samples = Samples::default();
    let mut free = IN_FLIGHT / 2;
    while sent.len() > samples.len() as usize || Instant::now() < until {
        if Instant::now() < until {
            for _ in 0..free {
                let message = command(&format!("{name}:{}", sent.len()), "help");
                sent.push(Instant::now());
                out.feed(message).await.unwrap();
            }
            out.flush().await.unwrap();
        }
        let first = soon(acks.next()).await.unwrap().unwrap();
        free = note(&first, &sent, &mut samples);
        // Those already here are answered together.
        while let Some(Some(Ok(message))) = acks.next().now_or_never() {
            free += note(&message, &sent, &mut samples);
        }
    }
    samples
}
