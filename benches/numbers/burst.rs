//! Ten thousand events of the trail at once, until the last of them is in the audit channel; and how long after its commit an
//! event is posted when there is one per second. The bot runs in this process, because events have to be created without a
//! request each; it posts at the rate that Slack allows.
//!
//! The events are those of whole requests. Half of them have their own line in a digest, and 20 lines fill a message, so it
//! covers about 40 events.

use std::time::{Duration, Instant};

use apono::access::ids::{InstallId, PersonId, RequestId, RequestNumber, TextId};
use apono::access::people::{Account, Because};
use apono::app::App;
use apono::audit::cause::Cause;
use apono::audit::event::{Actor, Asked, Ended, Event, Origin, PersonFacts, RequestFacts, Via, What};
use apono::audit::words::WordsRef;
use apono::clock::{Clock, SystemClock};
use apono::slack::web::Pacing;
use apono::workers::capacity::Capacities;
use serde_json::Value;
use tokio::time::{interval, timeout};

use crate::bot::configure;
use crate::inside;
use crate::machine;
use crate::samples::Samples;
use crate::scaled;
use crate::slack::{Call, Slack};
use crate::table::{Limit, Row};

const EVENTS: u32 = 10_000;

/// Events in one commit of the burst.
const IN_A_COMMIT: usize = 100;

/// The number of events at one per second.
const ONE_BY_ONE: u32 = 100;

/// The longest wait for the next post.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn measure() -> Vec<Row> {
    inside::runtime().block_on(measured())
}

async fn measured() -> Vec<Row> {
    let folder = machine::folder();
    let mut slack = Slack::start().await;
    let config = configure(folder.path(), &slack.api_url(), "");
    slack.attend();
    let app = inside::start(&config, Pacing::Slack, Capacities::default()).await;
    let mut posts = Posts { slack, last: 0 };
    // The events of the start are posted, and the first allowance of messages is available.
    posts.until(&app, head(&app).await).await;
    let mut story = Story::new(app.core().store.install().await.unwrap());

    let mut samples = Samples::default();
    let mut ticks = interval(Duration::from_secs(1));
    for _ in 0..ONE_BY_ONE.min(scaled(EVENTS)) {
        ticks.tick().await;
        let seq = commit(&app, vec![story.next()]).await;
        let committed = Instant::now();
        app.core().wakes.audit().notify_one();
        let there = posts.until(&app, seq).await;
        samples.push(there.saturating_duration_since(committed));
    }

    let events = scaled(EVENTS);
    let mut all: Vec<Event> = (0..events).map(|_| story.next()).collect();
    let began = Instant::now();
    let mut seq = 0;
    let before = posts.last;
    let mut made = 0;
    while !all.is_empty() {
        let some = all.drain(..IN_A_COMMIT.min(all.len())).collect();
        seq = commit(&app, some).await;
        app.core().wakes.audit().notify_one();
    }
    let mut last = began;
    while posts.last < seq {
        last = posts.one().await;
        made += 1;
    }
    assert_eq!(
        posts.last - before,
        u64::from(events),
        "each is there exactly once"
    );
    eprintln!("{events} events in {made} messages");
    app.stop().await.unwrap();
    vec![
        Row {
            figure: format!("{events} audit events at once, all in the channel"),
            runs: vec![(last - began).as_secs_f64()],
            unit: "s",
            limit: Limit::AtMost(600.0),
        },
        Row {
            figure: "audit lag at one event a second, p50".to_owned(),
            runs: vec![samples.percentile(50)],
            unit: "ms",
            limit: Limit::None,
        },
        Row {
            figure: "audit lag at one event a second, p99".to_owned(),
            runs: vec![samples.percentile(99)],
            unit: "ms",
            limit: Limit::AtMost(2_000.0),
        },
    ]
}

async fn head(app: &App) -> u64 {
    app.core().store.head().await.unwrap().seq
}

/// Appends events to the trail; returns its new end.
async fn commit(app: &App, events: Vec<Event>) -> u64 {
    let tx = app.core().store.write().await.unwrap();
    tx.seal(events).await.unwrap();
    head(app).await
}

/// The audit channel so far.
struct Posts {
    slack: Slack,
    last: u64,
}

impl Posts {
    /// When the post that covers `seq` arrived.
    async fn until(&mut self, app: &App, seq: u64) -> Instant {
        assert!(seq <= head(app).await);
        let mut at = Instant::now();
        while self.last < seq {
            at = self.one().await;
        }
        at
    }

    /// The next post of the trail, which has to begin where the previous one ended.
    async fn one(&mut self) -> Instant {
        loop {
            let call = timeout(PATIENCE, self.slack.calls.recv()).await;
            let call = call.expect("the audit channel gets nothing").unwrap();
            if let Some((first, last)) = covered(&call) {
                assert_eq!(first, self.last + 1, "in order, and complete");
                self.last = last;
                return call.at;
            }
        }
    }
}

/// The first and the last event of a post of the trail.
fn covered(call: &Call) -> Option<(u64, u64)> {
    let metadata = &call.arguments["metadata"];
    if call.method != "chat.postMessage" || metadata["event_type"] != "apono_audit" {
        return None;
    }
    let number = |value: &Value| value.as_str()?.parse().ok();
    let last = number(&metadata["event_payload"]["seq"])?;
    Some((number(&metadata["event_payload"]["first"]).unwrap_or(last), last))
}

/// Requests that are made, approved, granted and ended, one after the other.
struct Story {
    install: InstallId,
    told: i64,
}

/// Events of one request.
const STEPS: i64 = 6;

impl Story {
    fn new(install: InstallId) -> Self {
        Self { install, told: 0 }
    }

    fn next(&mut self) -> Event {
        let now = SystemClock.now();
        let number = RequestNumber(1 + self.told / STEPS);
        let step = self.told % STEPS;
        self.told += 1;
        let what = match step {
            0 => What::Requested {
                policy_digest: "0".repeat(64),
                asked: vec![Asked {
                    person: person("omar", "Omar Haddad"),
                    because: Because::Group("sre".to_owned()),
                }],
                answer_due: now.plus(Duration::from_hours(24)),
                justification: WordsRef {
                    id: TextId::new("words"),
                    sha256: "0".repeat(64),
                },
                sensitive: Vec::new(),
            },
            1 => What::Approved {
                decided_as: Some(Because::Group("sre".to_owned())),
                waited_us: 1_000_000,
                still_needed: 0,
                reason: None,
            },
            2 => What::Granted {
                approved_by: vec![person("omar", "Omar Haddad")],
                principal: format!("apono_k3v7q2xa_ar{}_dana_ito", number.0),
                until: now.plus(Duration::from_hours(1)),
                confirmed_at: now,
                deadline_on_target: true,
                live_grants: 1,
            },
            3 => What::Revoking {
                cause: Cause::TimeOver,
                reason: None,
            },
            4 => What::Expired(Ended {
                cause: Cause::TimeOver,
                by: None,
                confirmed_at: now,
                lasted_us: 3_600_000_000,
                late_us: 50_000,
                sessions_ended: 1,
                proof: "login locked, 0 sessions".to_owned(),
                open_sessions_go_on: false,
                used: None,
            }),
            _ => What::CleanedUp {
                summary: "login dropped".to_owned(),
            },
        };
        let origin = Origin {
            via: Via::Worker,
            cause: "a measurement".to_owned(),
            actor: Actor::Apono,
        };
        Event::new(now, self.install.clone(), origin, Some(about(number)), what)
    }
}

fn about(number: RequestNumber) -> RequestFacts {
    RequestFacts {
        id: RequestId::new(format!("story-{}", number.0)),
        number,
        requester: person("dana", "Dana Ito"),
        grantee: None,
        integration: "orders-db".to_owned(),
        kind: "postgres".to_owned(),
        resource_type: "Database".to_owned(),
        resources: vec!["orders".to_owned()],
        permissions: vec!["read".to_owned()],
        duration_s: 3_600,
        flows: vec!["Developers read".to_owned()],
    }
}

fn person(id: &str, name: &str) -> PersonFacts {
    PersonFacts {
        id: PersonId::new(id),
        name: name.to_owned(),
        email: Some(format!("{id}@example.com")),
        account: Account::slack(format!("U0{}", id.to_uppercase())),
    }
}
