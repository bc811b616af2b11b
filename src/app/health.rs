//! Whether the bot is working: one answer, for anybody who asks from outside.

use std::time::Duration;

use crate::store::Lane;

/// A worker that has not looked at its lane for this long is stuck: it looks, or sees that it need not, every half minute, or
/// after a call to a target, which has a timeout.
const LOOKS_WITHIN: Duration = Duration::from_mins(2);

/// What is checked.
#[derive(Clone, Debug)]
pub(super) struct Signs {
    /// Whether the database accepted a write just now, or why not.
    pub(super) database: Result<(), String>,
    pub(super) workers: Vec<(Lane, Duration)>,
    /// Whether a socket to Slack was open at this check or at the previous one: sockets are renewed now and then.
    pub(super) hears_slack: bool,
}

/// What is wrong, one sentence each; empty if the bot is working.
pub(super) fn unwell(signs: &Signs) -> Vec<String> {
    let mut troubles = Vec::new();
    if let Err(why) = &signs.database {
        troubles.push(format!("the database accepts no writes: {why}"));
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
        the database accepts no writes: disk full
        the revoke worker has not checked its queue for 180 s
        there is no socket to Slack, so no clicks arrive
        ");
    }
}
