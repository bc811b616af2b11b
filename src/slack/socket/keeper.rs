//! Keeps one socket open forever: opens it, has it replaced when Slack asks, waits between failures.

use std::sync::Arc;
use std::time::Duration;

use super::backoff;
use super::connection::{Connection, OpenError};
use super::frame::Reason;
use super::hub::Hub;
use super::{SocketSettings, Trouble};
use crate::slack::web::WebError;

/// A socket that lived this long was not a failure.
const STABLE_AFTER: Duration = Duration::from_secs(30);

/// Errors of `apps.connections.open` that are Slack's own problem and pass; all others are for an operator.
const PASSING_ERRORS: [&str; 2] = ["request_timeout", "service_unavailable"];

/// Why the next attempt must wait, and for how long at least.
struct Setback {
    trouble: Trouble,
    wait: Duration,
}

/// Runs until it is dropped; the sockets then finish when the hub signals it.
pub(super) async fn keep_open(hub: Arc<Hub>) {
    let settings = &hub.settings;
    let mut failures: u32 = 0;
    // Held while its successor is being opened, so there is always one.
    let mut replaced: Option<Connection> = None;
    loop {
        let mut is_failure = true;
        let setback = match Connection::open(&hub).await {
            Ok(mut connection) => {
                drop(replaced.take());
                let unwanted = tokio::select! {
                    unwanted = connection.until_unwanted() => {
                        is_failure = connection.age() < STABLE_AFTER;
                        unwanted
                    }
                    () = hub.renew.notified() => {
                        is_failure = false;
                        Some(Reason::Replace)
                    }
                };
                if unwanted == Some(Reason::Replace) {
                    replaced = Some(connection);
                }
                unwanted.and_then(|reason| setback_of_reason(&reason, settings))
            }
            Err(OpenError::Disconnected(reason)) => setback_of_reason(&reason, settings),
            Err(OpenError::Failed(why)) => Some(unreachable(why.to_owned(), Duration::ZERO)),
            Err(OpenError::Address(error)) => Some(setback_of_error(error, settings)),
        };

        failures = if is_failure { failures.saturating_add(1) } else { 0 };
        // Without randomness, the pauses are only in step with other processes'.
        let chance = getrandom::u32().unwrap_or(u32::MAX);
        let mut pause = backoff::pause(failures, settings.backoff_base, settings.backoff_cap, chance);
        if let Some(Setback { trouble, wait }) = setback {
            pause += wait;
            tracing::debug!(?pause, "{trouble}");
            hub.trouble(trouble);
        }
        tokio::time::sleep(pause).await;
    }
}

fn setback_of_reason(reason: &Reason, settings: &SocketSettings) -> Option<Setback> {
    let trouble = match reason {
        Reason::Replace => return None,
        Reason::LinkDisabled => Trouble::LinkDisabled,
        Reason::TooManyWebsockets => Trouble::TooManySockets,
    };
    Some(Setback {
        trouble,
        wait: settings.slow_retry,
    })
}

fn setback_of_error(error: WebError, settings: &SocketSettings) -> Setback {
    match error {
        WebError::Api { code, .. } if !PASSING_ERRORS.contains(&code.as_str()) => Setback {
            trouble: Trouble::Refused(code),
            wait: settings.slow_retry,
        },
        WebError::Refused(why) => Setback {
            trouble: Trouble::Refused(why),
            wait: settings.slow_retry,
        },
        WebError::RateLimited { retry_after, .. } => unreachable(error.to_string(), retry_after),
        WebError::Api { .. } | WebError::Ambiguous { .. } | WebError::Unreachable { .. } => {
            unreachable(error.to_string(), Duration::ZERO)
        }
    }
}

fn unreachable(why: String, wait: Duration) -> Setback {
    Setback {
        trouble: Trouble::Unreachable(why),
        wait,
    }
}
