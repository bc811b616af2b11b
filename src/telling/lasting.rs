//! Trouble that lasted, once it is over.

use std::borrow::Cow;

use crate::access::duration::spoken;
use crate::access::time::Timestamp;
use crate::lasting::{Matter, Over};

/// One sentence for the log and for the admins: `the database takes writes again since 04:00 UTC, down 1 min 43 s`.
pub fn over(matter: &Matter, over: Over, now: Timestamp) -> String {
    let (well, lasted) = well_again(matter);
    format!(
        "{well} since {}, {lasted} {}",
        now.to_clock(),
        spoken(over.lasted)
    )
}

/// What is well again, and how its trouble is measured.
fn well_again(matter: &Matter) -> (Cow<'static, str>, &'static str) {
    const DOWN: &str = "down";
    const AFTER: &str = "after";
    let (well, lasted) = match matter {
        Matter::Database => ("the database takes writes again", DOWN),
        Matter::WayToDatabase => ("the connection to the database is protected again", AFTER),
        Matter::Slack => ("Slack answers again", DOWN),
        Matter::NoTokens => ("there are tokens for Slack again", AFTER),
        Matter::BotToken => ("Slack accepts the bot token again", AFTER),
        Matter::Sockets => ("clicks arrive over every socket again", DOWN),
        Matter::OtherSockets => ("all sockets of this app are the bot's own again", AFTER),
        Matter::AuditChannel => ("the audit channel can be posted to again", AFTER),
        Matter::AlertsChannel => ("the alerts channel can be posted to again", AFTER),
        Matter::AuditPosts => ("the audit channel gets its messages again", DOWN),
        Matter::AuditLag => (
            "the audit channel is up to date, and access is granted again",
            AFTER,
        ),
        Matter::Witness => ("the audit channel can be compared with the database again", AFTER),
        Matter::History => ("the bot can read back what it posted again", AFTER),
        Matter::Trail => ("the audit trail verifies again", AFTER),
        Matter::Restored => (
            "the restored database is accepted, and access is granted again",
            AFTER,
        ),
        Matter::Integrations => ("every integration can grant again", AFTER),
        Matter::LostIntegrations => ("the config has every integration with live access again", AFTER),
        Matter::Reconciliation => (
            "every target can be compared with what was granted again, without findings",
            AFTER,
        ),
        Matter::Clock => ("the machine's clock is right again", AFTER),
        Matter::Heartbeat => ("the heartbeat is sent again", DOWN),
        Matter::Reload => ("reloads work again", AFTER),
        Matter::Policy => ("this process runs with the active config again", AFTER),
        Matter::Waiting(alarm) => {
            return (
                format!("alarms about \"{alarm}\" can be posted again").into(),
                AFTER,
            );
        }
        Matter::Admin(account) => return (format!("{account} can be messaged again").into(), AFTER),
        Matter::Target(integration) => return (format!("{integration} answers again").into(), DOWN),
        Matter::OnTarget { integration, act } => {
            return (format!("{act} works on {integration} again").into(), AFTER);
        }
        Matter::Sink(sink) => return (format!("sink {sink} takes events again").into(), AFTER),
        Matter::SinkLag(sink) => return (format!("sink {sink} has caught up").into(), AFTER),
        Matter::Task(task) => return (format!("{task} works again").into(), AFTER),
        Matter::Worker(lane) => return (format!("the {lane} worker claims jobs again").into(), AFTER),
        Matter::Job { kind, .. } => return (format!("the {kind} job no longer fails").into(), AFTER),
    };
    (well.into(), lasted)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn it_says_since_when_and_how_long_it_lasted() {
        let four = Timestamp::from_seconds(4 * 3_600);
        let lasted = |times, seconds| Over {
            times,
            lasted: Duration::from_secs(seconds),
        };
        let job = Matter::Job {
            id: "1".to_owned(),
            kind: "revoke",
        };
        insta::assert_snapshot!([
            over(&Matter::Database, lasted(21, 103), four),
            over(&Matter::Target("orders-db".to_owned()), lasted(1, 5), four),
            over(&job, lasted(2, 60), four),
        ].join("\n"), @"
        the database takes writes again since 04:00 UTC, down 1 min 43 s
        orders-db answers again since 04:00 UTC, down 5 s
        the revoke job no longer fails since 04:00 UTC, after 1 min
        ");
    }
}
