//! A hundred thousand live grants: how late access ends, from its time to the commit that says it is confirmed gone, and how
//! much memory the release binary needs for all of them.
//!
//! Those that end during the measurement are real logins on a real PostgreSQL. The others are grants of an SSH certificate
//! authority, which keeps nothing on its hosts; in the bot's own database (SQLite) they are complete: request, words,
//! decision, grant, cards and timers, copied with SQL.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::Unit;
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::integrations::Integration;
use apono::integrations::ssh::{AuthorityKey, KIND, Ssh, SshResource, SshSettings};
use apono::store::{DatabaseTarget, Store};
use sea_orm::sqlx::{self, Connection, Row as _};
use tokio::time::sleep;

use crate::RUNS;
use crate::bot::{Bot, configure};
use crate::copies::{self, TEMPLATE};
use crate::machine;
use crate::samples::Samples;
use crate::scaled;
use crate::seed::{self, About};
use crate::slack::Slack;
use crate::table::{Limit, Row};
use crate::target::{self, Target};

const LIVE: u32 = 100_000;

/// How many end in a run, one by one.
const IN_A_RUN: u32 = 200;

const APART: Duration = Duration::from_millis(100);

/// The people who have them; the bot asks Slack about each from time to time.
const PEOPLE: u32 = 50;

/// How long creating the last logins and starting the bot may take before the first ends.
const AHEAD: Duration = Duration::from_secs(30);

/// If one does not end by then, the measurement is aborted.
const PATIENCE: Duration = Duration::from_mins(1);

const LOOK_EVERY: Duration = Duration::from_millis(3);

/// The certificate authority of the others.
const BASTION: &str = r#"
[[integrations]]
name = "bastion"
kind = "ssh"
ca_key = { made = "bastion_ca" }
resources = ["bastion.example.com"]
permissions = { login = "deploy" }
"#;

pub(crate) fn measure() -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match Target::start().await {
            Some(target) => measured(&target).await,
            None => Vec::new(),
        }
    })
}

async fn measured(target: &Target) -> Vec<Row> {
    let folder = machine::folder();
    let mut slack = Slack::start().await;
    let config = configure(
        folder.path(),
        &slack.api_url(),
        &format!("{}{BASTION}", target::CONFIG),
    );
    let integration = target.integration(folder.path());
    slack.attend();

    let ending = IN_A_RUN * u32::try_from(RUNS).unwrap();
    let others = scaled(LIVE) - ending;
    let database = folder.path().join("apono.db");
    let store = Store::open(&DatabaseTarget::Sqlite(database.clone()))
        .await
        .unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    let install = store.install().await.unwrap();
    let people = seed::people(&store).await;
    for number in 0..PEOPLE {
        seed::person(&store, &format!("U0P{number}")).await;
    }
    let ssh = ssh(folder.path());
    let granted = ssh
        .prepare(&target::order(&install, TEMPLATE, &bastion()))
        .unwrap();
    let a_day = SystemClock.now().plus(Duration::from_hours(24));
    seed::put(&store, &people, &bastion(), &[(TEMPLATE, granted, a_day)]).await;
    copies::make(
        &format!("sqlite://{}", database.display()),
        others - 1,
        copies::Are::Live,
    )
    .await;

    let first = SystemClock.now().plus(AHEAD);
    let base = i64::from(others) + 1;
    let ends = (0..ending).map(|place| (RequestNumber(base + i64::from(place)), first.plus(APART * place)));
    let live = target::grant(&integration, &install, ends).await;
    seed::put(&store, &people, &target::about(), &live).await;
    store.close().await.unwrap();
    let bot = Bot::start(&config);
    assert!(
        SystemClock.now() < first,
        "the machine is too slow to prepare the ends"
    );

    let ends: BTreeMap<String, Timestamp> = live
        .iter()
        .map(|(number, _, until)| (seed::id_of(*number).to_string(), *until))
        .collect();
    let late = watch(&database, ends).await;
    let [mut half, mut most] = [Vec::new(), Vec::new()];
    for run in late.chunks(IN_A_RUN as usize) {
        let mut samples = Samples::default();
        for late in run {
            samples.push(*late);
        }
        half.push(samples.percentile(50));
        most.push(samples.percentile(99));
    }
    let memory = bot.most_memory();
    bot.stop();
    let live = scaled(LIVE);
    let row = |figure: String, runs, unit, limit| Row {
        figure,
        runs,
        unit,
        limit,
    };
    vec![
        row(
            format!("{live} live: end to committed gone, p50"),
            half,
            "ms",
            Limit::None,
        ),
        row(
            format!("{live} live: end to committed gone, p99"),
            most,
            "ms",
            Limit::AtMost(1_000.0),
        ),
        row(
            format!("most memory (RSS) with {live} live"),
            vec![memory],
            "MB",
            Limit::AtMost(100.0),
        ),
    ]
}

/// How late each was committed as gone, in the order of their ends: read from the database, where the commit has to arrive.
async fn watch(database: &Path, mut ends: BTreeMap<String, Timestamp>) -> Vec<Duration> {
    let url = format!("sqlite://{}", database.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let due = "SELECT request_id FROM access_grant WHERE ended_at IS NULL AND until <= $1";
    let mut late: Vec<(Timestamp, Duration)> = Vec::new();
    while let Some(next) = ends.values().min() {
        SystemClock.sleep_until(*next).await;
        // Anything that is due now and not found is no longer live.
        let now = SystemClock.now();
        let rows = sqlx::query(due)
            .bind(now.micros())
            .fetch_all(&mut connection)
            .await
            .unwrap();
        let live: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let looked = SystemClock.now();
        ends.retain(|id, until| {
            let gone = *until <= now && !live.contains(id);
            if gone {
                late.push((*until, looked.since(*until)));
            }
            !gone
        });
        let longest = ends
            .values()
            .min()
            .map_or(Duration::ZERO, |until| looked.since(*until));
        assert!(longest < PATIENCE, "access does not end");
        sleep(LOOK_EVERY).await;
    }
    late.sort_unstable();
    late.into_iter().map(|(_, late)| late).collect()
}

pub(crate) fn ssh(folder: &Path) -> Ssh {
    let settings = SshSettings {
        name: "bastion".to_owned(),
        authority: AuthorityKey::made(folder.join("bastion_ca")),
        resources: vec![SshResource {
            name: "bastion.example.com".to_owned(),
            hosts: vec!["bastion.example.com".to_owned()],
            port: 22,
        }],
        permissions: vec![("login".to_owned(), "deploy".to_owned())],
        principal: "{account}".to_owned(),
        certificate_for: Duration::from_mins(5),
        clock_skew: Duration::from_mins(1),
        allow: Vec::new(),
        source_address: Vec::new(),
    };
    // A key is on record once the bot has run; it is not compared when planning a grant.
    Ssh::new(settings, Some("SHA256:a measurement".to_owned()))
}

pub(crate) fn bastion() -> About {
    About {
        integration: "bastion",
        kind: KIND,
        resource_type: "Host",
        unit: Unit {
            resource_id: "bastion.example.com".to_owned(),
            resource_name: "bastion.example.com".to_owned(),
            permission: "login".to_owned(),
        },
    }
}
