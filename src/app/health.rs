//! Whether the bot does its work: one answer, for whoever asks from outside.

use std::time::Duration;

use crate::store::Lane;

/// A worker that has not looked at its lane for so long is stuck: it looks, or sees that it need not, each half minute, or after a
/// call to a target, which ends in time.
const LOOKS_WITHIN: Duration = Duration::from_mins(2);

/// What is looked at.
#[derive(Clone, Debug)]
pub(super) struct Signs {
    /// Whether the database took a write just now, or why not.
    pub(super) database: Result<(), String>,
    pub(super) workers: Vec<(Lane, Duration)>,
    /// Whether a socket to Slack was open at this look, or at the one before: sockets are renewed now and then.
    pub(super) hears_slack: bool,
}

/// What is not well, a sentence each; empty if the bot does its work.
pub(super) fn unwell(signs: &Signs) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Err(why) = &signs.database {
        troubles.push(format!("the database takes no write: {why}"));
    }
    for (lane, silent) in &signs.workers {
        if *silent > LOOKS_WITHIN {
            troubles.push(format!(
                "the worker of {lane} has not looked for {} s",
                silent.as_secs()
            ));
        }
    }
    if !signs.hears_slack {
        troubles.push("there is no socket to Slack, so no click arrives".to_owned());
    }
    troubles
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usecases::Beats;

    fn well() -> Signs {
        Signs {
            database: Ok(()),
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
            database: Err("disk full".to_owned()),
            workers: vec![
                (Lane::Revoke, Duration::from_mins(3)),
                (Lane::Deliver, Duration::from_secs(1)),
            ],
            hears_slack: false,
        };
        insta::assert_snapshot!(unwell(&signs).join("\n"), @"
        the database takes no write: disk full
        the worker of revoke has not looked for 180 s
        there is no socket to Slack, so no click arrives
        ");
    }
}
