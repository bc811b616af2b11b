//! What goes wrong: trouble for calls, envelopes and sockets, Slack's own limits, and an outage of everything.
//!
//! Invariant: nothing goes wrong unless ordered, and the control API itself is never affected.

mod calls;
mod limits;
mod making;
mod rules;
mod wire;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::clock::Micros;
use limits::Limits;
use rules::Made;

pub(crate) use calls::carry_out;
pub use making::Ongoing;
pub use rules::Trouble;
pub(crate) use wire::{Gate, Wire};

/// What can happen to a call of the Web API or to a post to a response url (method `response_url`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum CallMishap {
    /// 429 with `Retry-After`, in seconds; without the header when there is none. Nothing is done.
    RateLimited { retry_after: Option<u32> },
    /// This HTTP status with a page of a proxy. Nothing is done.
    Status(u16),
    /// `{"ok": false, "error": ...}`. Nothing is done.
    Error(String),
    /// The connection ends before anything is done.
    LostRequest,
    /// It is done, and the connection ends without an answer.
    LostResponse,
    /// It is done at once and answered after this many seconds of the simulator's clock.
    SlowAnswer { seconds: u32 },
    /// It is done and answered after this many seconds, whether or not the caller is still waiting.
    KeptBack { seconds: u32 },
    /// It is done, and answered by a page of HTML with status 200.
    HtmlPage,
    /// It is done, and half of the answer's JSON arrives.
    HalfAnswer,
    /// It is done, and the connection ends in the middle of the answer.
    CutAnswer,
    /// It is done, and the answer is followed by this many megabytes of spaces.
    Enormous { megabytes: u32 },
}

/// What can happen to an envelope on its way to the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EnvelopeMishap {
    /// It is sent twice, with the same id, on two sockets if possible.
    Twice,
    /// It is sent after this many seconds of the simulator's clock.
    Late { seconds: u32 },
    /// It never arrives: an event is sent again, a person sees that the app did not answer.
    Lost,
    /// Its ack is recorded but otherwise ignored: an event is sent again, a person sees that the app did not answer.
    AckLost,
}

/// What can happen to a socket while it is being opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SocketMishap {
    /// `disconnect` with reason `too_many_websockets` instead of a hello.
    TooManyWebsockets,
    /// No hello ever comes.
    NoHello,
    /// The upgrade is refused with 403.
    TicketRefused,
}

/// The present troubles.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Now {
    #[serde(skip)]
    latest: u64,
    /// Slack is gone: every call and every socket is cut off.
    outage: bool,
    calls: Vec<Made<CallMishap>>,
    envelopes: Vec<Made<EnvelopeMishap>>,
    sockets: Vec<Made<SocketMishap>>,
    /// Slack's published limits, while they are enforced.
    limits: Option<Limits>,
}

impl Now {
    fn next_id(&mut self) -> u64 {
        self.latest += 1;
        self.latest
    }

    /// How often each trouble has happened so far, by id.
    fn happened(&self) -> BTreeMap<u64, u32> {
        let calls = self.calls.iter().map(|made| (made.id, made.happened));
        let envelopes = self.envelopes.iter().map(|made| (made.id, made.happened));
        let sockets = self.sockets.iter().map(|made| (made.id, made.happened));
        calls.chain(envelopes).chain(sockets).collect()
    }
}

/// Keeps the troubles and decides whom they affect.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    now: watch::Sender<Now>,
}

/// What happens to a call.
pub(crate) enum Verdict {
    Fine,
    /// Slack cannot be reached at all.
    Unreachable,
    Mishap(CallMishap),
}

impl Troubles {
    pub(crate) fn of_call(&self, call: &str, arguments: &serde_json::Value, at: Micros) -> Verdict {
        self.change(|now| {
            if now.outage {
                return Verdict::Unreachable;
            }
            if let Some(mishap) = rules::first(&mut now.calls, call, || arguments.to_string()) {
                return Verdict::Mishap(mishap);
            }
            let turned_away = now
                .limits
                .as_mut()
                .and_then(|limits| limits.turned_away(call, arguments, at));
            match turned_away {
                None => Verdict::Fine,
                Some(seconds) => Verdict::Mishap(CallMishap::RateLimited {
                    retry_after: Some(seconds),
                }),
            }
        })
    }

    pub(crate) fn of_envelope(&self, kind: &str, payload: &serde_json::Value) -> Option<EnvelopeMishap> {
        self.change(|now| rules::first(&mut now.envelopes, kind, || payload.to_string()))
    }

    pub(crate) fn of_socket(&self) -> Option<SocketMishap> {
        self.change(|now| rules::first(&mut now.sockets, "", String::new))
    }

    pub(crate) fn is_outage(&self) -> bool {
        self.now.borrow().outage
    }

    /// The present troubles and how often they have happened.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(&*self.now.borrow()).expect("troubles are plain data")
    }

    fn change<R>(&self, change: impl FnOnce(&mut Now) -> R) -> R {
        let mut change = Some(change);
        let mut result = None;
        self.now.send_modify(|now| {
            result = change.take().map(|change| change(now));
        });
        result.expect("send_modify runs what it is given, once")
    }
}
