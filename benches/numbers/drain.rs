//! Access that all ends at the same moment: how long until the last of it is committed as gone, compared with a single revoke
//! on an idle bot, and with what the server needs for the bare statements. The bot runs in this process, because the binary
//! has no setting for how many revokes run at once. Its own database is SQLite, and Slack is called no faster than it allows.

use std::time::{Duration, Instant};

use apono::access::ids::{InstallId, RequestNumber};
use apono::access::time::Timestamp;
use apono::app::App;
use apono::clock::{Clock, SystemClock};
use apono::integrations::Integration;
use apono::integrations::KeepsState;
use apono::slack::web::Pacing;
use apono::store::ReadGrants;
use apono::workers::capacity::{Capacities, Capacity};
use futures_util::{StreamExt, stream};
use tokio::time::sleep;

use crate::RUNS;
use crate::bare;
use crate::bot::configure;
use crate::inside;
use crate::machine;
use crate::samples::Samples;
use crate::scaled;
use crate::seed::{self, id_of};
use crate::slack::Slack;
use crate::table::{Limit, Row};
use crate::target::{self, Target};

/// How many end at once.
const STORM: u32 = 1_000;

/// How many end one by one, to measure a single one.
const ONE_BY_ONE: u32 = 40;

/// Longer than a single one takes.
const APART: Duration = Duration::from_millis(200);

/// How long creating that many logins and rows may take before the first ends.
const AHEAD: Duration = Duration::from_secs(20);

/// A drain that takes longer is aborted.
const PATIENCE: Duration = Duration::from_mins(3);

/// How often to check what is left.
const LOOK_EVERY: Duration = Duration::from_millis(5);

pub(crate) fn measure() -> Vec<Row> {
    inside::runtime().block_on(async {
        match Target::start().await {
            Some(target) => measured(&target).await,
            None => Vec::new(),
        }
    })
}

async fn measured(target: &Target) -> Vec<Row> {
    let storm = scaled(STORM);
    let [
        mut one,
        mut two_took,
        mut two_ratio,
        mut eight_took,
        mut eight_rate,
        mut bare_rate,
        mut alone_rate,
        mut ratio,
    ] = [const { Vec::new() }; 8];
    for run in 0..RUNS {
        let bare = bare::revokes_per_second(target, storm).await;
        let alone = alone(target, storm).await;
        let two = drained(target, storm, 2).await;
        let eight = drained(target, storm, 8).await;
        let quiet = two.quiet.as_secs_f64();
        let ideal = quiet * f64::from(storm) / 2.0;
        eprintln!(
            "run {run}: one {quiet:.4} s, two workers {:?}, eight {:?}, bare {bare:.0}/s, alone {alone:.0}/s",
            two.storm, eight.storm
        );
        one.push(quiet * 1e3);
        two_took.push(two.storm.as_secs_f64());
        two_ratio.push(two.storm.as_secs_f64() / ideal);
        let rate = f64::from(storm) / eight.storm.as_secs_f64();
        eight_took.push(eight.storm.as_secs_f64());
        eight_rate.push(rate);
        bare_rate.push(bare);
        alone_rate.push(alone);
        ratio.push(rate / bare);
    }
    let row = |figure: String, runs, unit, limit| Row {
        figure,
        runs,
        unit,
        limit,
    };
    vec![
        row(
            "one quiet revoke, from the end to committed gone, p50".to_owned(),
            one,
            "ms",
            Limit::None,
        ),
        row(
            format!("{storm} that end at once, 2 workers"),
            two_took,
            "s",
            Limit::None,
        ),
        row(
            format!("the same, of one revoke x {storm} / 2"),
            two_ratio,
            "times",
            Limit::AtMost(1.3),
        ),
        row(
            format!("{storm} that end at once, 8 workers"),
            eight_took,
            "s",
            Limit::None,
        ),
        row(
            "the same, in a second".to_owned(),
            eight_rate,
            "revokes/s",
            Limit::None,
        ),
        row(
            "the bare SQL of a revoke, 8 connections".to_owned(),
            bare_rate,
            "revokes/s",
            Limit::None,
        ),
        row(
            "the integration's own revoke, 8 at once, without the bot's database and Slack".to_owned(),
            alone_rate,
            "revokes/s",
            Limit::None,
        ),
        row(
            "8 workers, of the bare SQL".to_owned(),
            ratio,
            "times",
            Limit::AtLeast(0.3),
        ),
    ]
}

/// The limit of the target alone: everything the bot does there for a revoke, and nothing it does elsewhere.
async fn alone(target: &Target, storm: u32) -> f64 {
    let folder = machine::folder();
    let integration = target.integration(folder.path());
    let until = SystemClock.now().plus(Duration::from_hours(1));
    let ends = (1..=i64::from(storm)).map(|number| (RequestNumber(number), until));
    let install = InstallId::new("alonerun");
    let made = target::grant(&integration, &install, ends).await;
    let began = Instant::now();
    let revokes = stream::iter(&made).for_each_concurrent(8, async |(_, granted, _)| {
        integration.revoke(granted).await.unwrap();
    });
    revokes.await;
    let took = began.elapsed();
    for (_, granted, _) in &made {
        integration.clean_up(granted).await.unwrap();
    }
    f64::from(storm) / took.as_secs_f64()
}

struct Drained {
    /// The median of the single ones.
    quiet: Duration,
    storm: Duration,
}

/// A new bot with `workers` in the revoke lane ends some one by one, and then all others at once.
async fn drained(target: &Target, storm: u32, workers: usize) -> Drained {
    let folder = machine::folder();
    let mut slack = Slack::start().await;
    let config = configure(folder.path(), &slack.api_url(), target::CONFIG);
    let integration = target.integration(folder.path());
    slack.attend();
    let capacities = Capacities {
        revoke: Capacity {
            at_once: workers,
            of_one: workers,
        },
        ..Capacities::default()
    };
    let app = inside::start(&config, Pacing::Slack, capacities).await;
    let rows = &app.core().store;
    let people = seed::people(rows).await;
    let first = SystemClock.now().plus(AHEAD);
    let singles = i64::from(ONE_BY_ONE);
    let all_at = first.plus(APART * (ONE_BY_ONE + 8));
    let ends = (1..=singles + i64::from(storm)).map(|number| {
        let until = if number <= singles {
            first.plus(APART * u32::try_from(number).unwrap())
        } else {
            all_at
        };
        (RequestNumber(number), until)
    });
    let install = rows.install().await.unwrap();
    let live = target::grant(&integration, &install, ends).await;
    seed::put(rows, &people, &target::about(), &live).await;
    assert!(
        SystemClock.now() < first,
        "the machine is too slow to prepare a storm"
    );

    let mut samples = Samples::default();
    for number in 1..=singles {
        let until = first.plus(APART * u32::try_from(number).unwrap());
        SystemClock.sleep_until(until).await;
        samples.push(gone_after(&app, RequestNumber(number), until).await);
    }
    SystemClock.sleep_until(all_at).await;
    let began = Instant::now();
    while left(&app).await > 0 {
        assert!(began.elapsed() < PATIENCE, "the storm does not drain");
        sleep(LOOK_EVERY * 4).await;
    }
    let storm = SystemClock.now().since(all_at);
    app.stop().await.unwrap();
    Drained {
        quiet: Duration::from_secs_f64(samples.percentile(50) / 1e3),
        storm,
    }
}

/// How long after its end it was committed as gone.
async fn gone_after(app: &App, number: RequestNumber, until: Timestamp) -> Duration {
    let began = Instant::now();
    loop {
        let grant = app.core().store.grant(&id_of(number)).await.unwrap().unwrap();
        let now = SystemClock.now();
        if grant.ended_at.is_some() {
            return now.since(until);
        }
        assert!(began.elapsed() < PATIENCE, "{number} does not end");
        sleep(LOOK_EVERY).await;
    }
}

async fn left(app: &App) -> u64 {
    let live = app.core().store.live_integrations().await.unwrap();
    live.into_iter().map(|live| live.count).sum()
}
