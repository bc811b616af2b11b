//! Keeping to Slack's limits before Slack enforces them.
//!
//! Invariant: a call that is turned away here was not sent, and no call waits longer than its own timeout for its turn.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use governor::clock::Clock;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, RateLimiter};
use parking_lot::Mutex;

use super::WebError;
use super::method::{Method, channel_quota};
use crate::metrics::Times;

/// Which calls wait for others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// A person is looking at a spinner: goes at once, unless Slack itself said to wait.
    Interactive,
    /// Waits for its turn.
    Bulk,
}

/// Whose limits to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pacing {
    /// Slack's published ones.
    #[default]
    Slack,
    /// None of our own; a server's `Retry-After` still applies. For a server that sets no limits.
    Off,
}

/// How many channels are tracked before the quiet ones are forgotten.
const CHANNELS_KEPT: usize = 1000;

pub(super) struct Pace {
    pacing: Pacing,
    methods: Mutex<HashMap<Method, MethodPace>>,
    channels: DefaultKeyedRateLimiter<String>,
    /// How long calls that had to wait waited, by `method`.
    pub(super) waits: Times<1>,
}

struct MethodPace {
    limiter: DefaultDirectRateLimiter,
    /// Slack asked everybody to wait until then.
    held_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(pacing: Pacing) -> Self {
        Self {
            pacing,
            methods: Mutex::default(),
            channels: RateLimiter::keyed(channel_quota()),
            waits: Times::default(),
        }
    }

    /// Returns once the call may go out, or `RateLimited` if that would take longer than the call itself may.
    /// `channel` is where a message is posted to.
    pub(super) async fn admit(
        &self,
        method: Method,
        lane: Lane,
        channel: Option<&str>,
    ) -> Result<(), WebError> {
        let began = Instant::now();
        let latest = began + method.within();
        let mut has_waited = false;
        while let Err(wait) = self.check(method, lane, channel) {
            if Instant::now() + wait > latest {
                return Err(WebError::RateLimited {
                    method: method.name(),
                    retry_after: wait,
                });
            }
            has_waited = true;
            tokio::time::sleep(wait).await;
        }
        if has_waited {
            self.waits.took([("method", method.name())], began.elapsed());
        }
        Ok(())
    }

    /// Slack said `Retry-After`: nobody calls the method before then.
    pub(super) fn hold(&self, method: Method, retry_after: Duration) {
        let until = Instant::now() + retry_after;
        self.with(method, |pace| {
            pace.held_until = pace.held_until.max(Some(until));
        });
    }

    fn check(&self, method: Method, lane: Lane, channel: Option<&str>) -> Result<(), Duration> {
        let held = self.with(method, |pace| {
            let until = pace.held_until?;
            until.checked_duration_since(Instant::now())
        });
        if let Some(wait) = held.filter(|wait| !wait.is_zero()) {
            return Err(wait);
        }
        if self.pacing == Pacing::Off {
            return Ok(());
        }
        let turn = self
            .check_channel(channel)
            .and_then(|()| self.check_method(method));
        match lane {
            // The call uses up quota, but does not wait.
            Lane::Interactive => Ok(()),
            Lane::Bulk => turn,
        }
    }

    fn check_channel(&self, channel: Option<&str>) -> Result<(), Duration> {
        let Some(channel) = channel else {
            return Ok(());
        };
        if self.channels.len() > CHANNELS_KEPT {
            self.channels.retain_recent();
        }
        self.channels
            .check_key(&channel.to_owned())
            .map_err(|not_until| not_until.wait_time_from(self.channels.clock().now()))
    }

    fn check_method(&self, method: Method) -> Result<(), Duration> {
        self.with(method, |pace| {
            pace.limiter
                .check()
                .map_err(|not_until| not_until.wait_time_from(pace.limiter.clock().now()))
        })
    }

    fn with<R>(&self, method: Method, act: impl FnOnce(&mut MethodPace) -> R) -> R {
        let mut methods = self.methods.lock();
        act(methods.entry(method).or_insert_with(|| MethodPace {
            limiter: RateLimiter::direct(method.quota()),
            held_until: None,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls_at_once(pace: &Pace, method: Method, lane: Lane, channel: Option<&str>) -> usize {
        (0..1000)
            .take_while(|_| pace.check(method, lane, channel).is_ok())
            .count()
    }

    #[test]
    fn bulk_posts_to_one_channel_wait_and_other_channels_do_not() {
        let pace = Pace::new(Pacing::Slack);
        let post = Method::ChatPostMessage;
        assert_eq!(calls_at_once(&pace, post, Lane::Bulk, Some("C1")), 4);
        assert_eq!(calls_at_once(&pace, post, Lane::Bulk, Some("C2")), 4);
        let wait = pace.check(post, Lane::Bulk, Some("C1")).unwrap_err();
        assert!(wait <= Duration::from_secs(1), "{wait:?}");
    }

    #[test]
    fn interactive_calls_pass_a_full_queue() {
        let pace = Pace::new(Pacing::Slack);
        assert_eq!(calls_at_once(&pace, Method::UsersInfo, Lane::Bulk, None), 25);
        assert_eq!(
            calls_at_once(&pace, Method::UsersInfo, Lane::Interactive, None),
            1000
        );
    }

    #[tokio::test]
    async fn retry_after_holds_every_lane_of_the_method_and_no_other_method() {
        let pace = Pace::new(Pacing::Off);
        pace.hold(Method::ViewsOpen, Duration::from_secs(30));
        for lane in [Lane::Interactive, Lane::Bulk] {
            let refusal = pace.admit(Method::ViewsOpen, lane, None).await.unwrap_err();
            assert_eq!(refusal.to_string(), "views.open: too many calls, retry in 30 s");
        }
        assert_eq!(pace.admit(Method::ViewsUpdate, Lane::Bulk, None).await, Ok(()));
    }
}
