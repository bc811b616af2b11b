//! Whether the bot is working: one answer, for anybody who asks from outside.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::sockets::Sockets;
use super::tasks::takes_writes;
use crate::access::time::Timestamp;
use crate::slack::handlers::Bot;
use crate::store::Lane;

/// A worker that has not looked at its lane for this long is stuck: it looks, or sees that it need not, every half minute, or
/// after a call to a target, which has a timeout.
const LOOKS_WITHIN: Duration = Duration::from_mins(2);

/// Sockets are renewed now and then: without one for this long, the bot does not hear Slack.
const HEARS_WITHIN: Duration = Duration::from_secs(90);

/// Looks at the bot.
pub(super) struct Health {
    bot: Arc<Bot>,
    sockets: Arc<Sockets>,
    /// When a socket to Slack was last seen open.
    heard_at: Mutex<Timestamp>,
}

impl Health {
    /// As if a socket had just been open.
    pub(super) fn new(bot: Arc<Bot>, sockets: Arc<Sockets>) -> Self {
        Self {
            heard_at: Mutex::new(bot.core.now()),
            bot,
            sockets,
        }
    }

    /// What is wrong, one sentence each; empty if the bot is working. What the database says is in the log only, if at all:
    /// it can name more than everybody who asks may know.
    pub(super) async fn troubles(&self) -> Vec<String> {
        let status = self.sockets.watch().await;
        let now = self.bot.core.now();
        let hears_now = status.is_some_and(|status| status.borrow().open > 0);
        let hears_slack = {
            let mut heard_at = self.heard_at.lock();
            if hears_now {
                *heard_at = now;
            }
            now.since(*heard_at) <= HEARS_WITHIN
        };
        unwell(&Signs {
            database: takes_writes(&self.bot).await.is_ok(),
            workers: self.bot.core.beats.silent_for(),
            hears_slack,
        })
    }
}

/// What is checked.
#[derive(Clone, Debug)]
struct Signs {
    /// Whether it accepted a write just now.
    database: bool,
    workers: Vec<(Lane, Duration)>,
    hears_slack: bool,
}

fn unwell(signs: &Signs) -> Vec<String> {
    let mut troubles = Vec::new();
    if !signs.database {
        troubles.push("the database accepts no writes".to_owned());
    }
    for (lane, silent) in &signs.workers {
        if *silent > LOOKS_WITHIN {
            troubles.push(format!(
                "the {lane} worker has not checked its queue for {} s",
                silent.as_secs()
            ));
        }
    }
    if !signs.hears_slack {
        troubles.push("there is no socket to Slack, so no clicks arrive".to_owned());
    }
    troubles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecases::Beats;

    fn well() -> Signs {
        Signs {
            database: true,
            workers: Beats::default().silent_for(),
            hears_slack: true,
        }
    }

    #[test]
    fn a_bot_that_writes_works_and_hears_is_well() {
        assert_eq!(unwell(&well()), Vec::<String>::new());
    }

    #[test]
    fn each_thing_that_is_missing_is_named() {
        let signs = Signs {
            database: false,
            workers: vec![
                (Lane::Revoke, Duration::from_mins(3)),
                (Lane::Deliver, Duration::from_secs(1)),
            ],
            hears_slack: false,
        };
        insta::assert_snapshot!(unwell(&signs).join("\n"), @"
        the database accepts no writes
        the revoke worker has not checked its queue for 180 s
        there is no socket to Slack, so no clicks arrive
        ");
    }
}
