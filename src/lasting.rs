//! Trouble that lasts: it is said at once, then every hour with its count, then once when it is over.
//!
//! Pure: the time comes in, and what is to be said goes out.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;

use crate::access::time::Timestamp;

/// How often trouble that lasts is said again.
const SAY_EVERY: Duration = Duration::from_hours(1);

/// A job that nobody ran for this long is gone.
const FORGET_JOB_AFTER: Duration = Duration::from_hours(24);

/// What can be in trouble for a while.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matter {
    /// The bot's own database accepts no writes.
    Database,
    /// Nothing says how the connection to the database is protected.
    WayToDatabase,
    /// Slack cannot be reached, or does not know the bot.
    Slack,
    /// There are no tokens for Slack.
    NoTokens,
    BotToken,
    Sockets,
    /// Sockets of the app that are not the bot's.
    OtherSockets,
    AuditChannel,
    AlertsChannel,
    /// The audit channel gets no messages.
    AuditPosts,
    /// The audit channel is so far behind that nothing is granted.
    AuditLag,
    /// The audit channel cannot be compared with the database.
    Witness,
    /// What was posted cannot be read back.
    History,
    /// The trail does not verify.
    Trail,
    /// The database is an old backup.
    Restored,
    /// Integrations that can grant nothing.
    Integrations,
    /// Live access on integrations that the config does not have.
    LostIntegrations,
    /// Targets that cannot be compared with what was granted, and strays that remain.
    Reconciliation,
    Clock,
    Heartbeat,
    Reload,
    /// This process runs with a config that is not the active one.
    Policy,
    /// A kind of alarm that waits for its channel.
    Waiting(&'static str),
    /// An admin, by account id, who cannot be messaged.
    Admin(String),
    /// A target that does not answer, by its integration.
    Target(String),
    /// A target that answers, but fails at this.
    OnTarget {
        integration: String,
        act: &'static str,
    },
    /// A sink that does not take what it is given.
    Sink(String),
    /// A sink that is too far behind the trail.
    SinkLag(String),
    /// A background task.
    Task(&'static str),
    /// The worker of a lane of jobs.
    Worker(&'static str),
    Job {
        id: String,
        kind: &'static str,
    },
}

impl Matter {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::WayToDatabase => "way to the database",
            Self::Slack => "slack",
            Self::NoTokens => "no tokens",
            Self::BotToken => "bot token",
            Self::Sockets => "sockets",
            Self::OtherSockets => "other sockets",
            Self::AuditChannel => "audit channel",
            Self::AlertsChannel => "alerts channel",
            Self::AuditPosts => "audit posts",
            Self::AuditLag => "audit lag",
            Self::Witness => "witness",
            Self::History => "history",
            Self::Trail => "damaged trail",
            Self::Restored => "restored",
            Self::Integrations => "integrations",
            Self::LostIntegrations => "lost integrations",
            Self::Reconciliation => "reconciliation",
            Self::Clock => "clock",
            Self::Heartbeat => "heartbeat",
            Self::Reload => "reload",
            Self::Policy => "policy",
            Self::Waiting(alarm) => alarm,
            Self::Admin(_) => "admin",
            Self::Target(_) => "target",
            Self::OnTarget { .. } => "on target",
            Self::Sink(_) => "sink",
            Self::SinkLag(_) => "sink lag",
            Self::Task(task) => task,
            Self::Worker(_) => "worker",
            Self::Job { .. } => "job",
        }
    }
}

/// What to say about trouble that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Met {
    First,
    /// It lasts: its count, and the time it was met first.
    Still {
        times: u64,
        since: Timestamp,
    },
    /// It was said less than an hour ago.
    Said,
}

/// Trouble that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Over {
    pub times: u64,
    pub lasted: Duration,
}

/// One trouble that lasts.
#[derive(Clone, Debug)]
struct Lasting {
    /// What failed when it was met last, and why.
    what: String,
    since: Timestamp,
    met: Timestamp,
    said: Timestamp,
    times: u64,
}

impl Lasting {
    const fn begin(now: Timestamp) -> Self {
        Self {
            what: String::new(),
            since: now,
            met: now,
            said: now,
            times: 1,
        }
    }

    fn again(&mut self, now: Timestamp) -> Met {
        self.met = now;
        self.times += 1;
        if now.since(self.said) < SAY_EVERY {
            return Met::Said;
        }
        self.said = now;
        Met::Still {
            times: self.times,
            since: self.since,
        }
    }
}

/// All trouble that lasts now.
#[derive(Debug, Default)]
pub struct Troubles {
    lasting: Mutex<BTreeMap<Matter, Lasting>>,
}

impl Troubles {
    /// The trouble was met, for the first time or again.
    pub fn met(&self, matter: Matter, now: Timestamp) -> Met {
        let mut lasting = self.lasting.lock();
        lasting.retain(|matter, trouble| {
            !matches!(matter, Matter::Job { .. }) || now.since(trouble.met) < FORGET_JOB_AFTER
        });
        if let Some(trouble) = lasting.get_mut(&matter) {
            return trouble.again(now);
        }
        lasting.insert(matter, Lasting::begin(now));
        Met::First
    }

    /// The matter is well; `None` if it was.
    pub fn over(&self, matter: &Matter, now: Timestamp) -> Option<Over> {
        let trouble = self.lasting.lock().remove(matter)?;
        Some(Over {
            times: trouble.times,
            lasted: now.since(trouble.since),
        })
    }

    /// Everything that is in trouble now.
    pub fn present(&self) -> Vec<Matter> {
        self.lasting.lock().keys().cloned().collect()
    }

    /// What failed when the trouble was met last, for people who look at it later.
    pub fn note(&self, matter: &Matter, what: String) {
        if let Some(trouble) = self.lasting.lock().get_mut(matter) {
            trouble.what = what;
        }
    }

    /// What lasts on an integration's target: what failed last, and since when something does.
    pub fn on(&self, integration: &str) -> Vec<(String, Timestamp)> {
        let lasting = self.lasting.lock();
        let here = lasting.iter().filter(|(matter, _)| match matter {
            Matter::Target(name)
            | Matter::OnTarget {
                integration: name, ..
            } => name == integration,
            _ => false,
        });
        here.map(|(_, trouble)| (trouble.what.clone(), trouble.since))
            .collect()
    }

    /// How often it was met since it began; zero if the matter is well.
    pub fn times(&self, matter: &Matter) -> u64 {
        self.lasting.lock().get(matter).map_or(0, |trouble| trouble.times)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_seconds(1_000_000);

    fn after(minutes: u64) -> Timestamp {
        START.plus(Duration::from_mins(minutes))
    }

    #[test]
    fn it_is_said_at_once_then_hourly_with_its_count_and_once_when_it_is_over() {
        let troubles = Troubles::default();
        assert_eq!(troubles.met(Matter::Database, START), Met::First);
        for minute in 1..60 {
            assert_eq!(troubles.met(Matter::Database, after(minute)), Met::Said);
        }
        let still = |times| Met::Still { times, since: START };
        assert_eq!(troubles.met(Matter::Database, after(60)), still(61));
        assert_eq!(troubles.met(Matter::Database, after(119)), Met::Said);
        assert_eq!(troubles.met(Matter::Database, after(121)), still(63));
        let over = Over {
            times: 63,
            lasted: Duration::from_mins(122),
        };
        assert_eq!(troubles.over(&Matter::Database, after(122)), Some(over));
        assert_eq!(troubles.over(&Matter::Database, after(122)), None);
        assert_eq!(troubles.met(Matter::Database, after(123)), Met::First);
    }

    #[test]
    fn one_matter_says_nothing_about_another() {
        let troubles = Troubles::default();
        let target = |name: &str| Matter::Target(name.to_owned());
        assert_eq!(troubles.met(target("orders-db"), START), Met::First);
        assert_eq!(troubles.met(target("bastion"), START), Met::First);
        assert!(troubles.over(&target("bastion"), after(1)).is_some());
        assert_eq!(troubles.times(&target("orders-db")), 1);
        assert_eq!(troubles.times(&target("bastion")), 0);
    }

    #[test]
    fn a_job_that_nobody_runs_any_more_is_forgotten() {
        let troubles = Troubles::default();
        let job = Matter::Job {
            id: "1".to_owned(),
            kind: "revoke",
        };
        troubles.met(job.clone(), START);
        troubles.met(Matter::Clock, START);
        troubles.met(Matter::Database, after(24 * 60));
        assert_eq!(troubles.times(&job), 0);
        assert_eq!(troubles.times(&Matter::Clock), 1);
    }
}
