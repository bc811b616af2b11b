//! What an event in the trail says. The struct is fixed: its canonical JSON (RFC 8785) is what the chain hashes.
//!
//! It contains only strings, booleans and whole numbers below 2^53, so its canonical JSON is unambiguous. A released
//! field is never renamed or given another meaning; a new kind of event is a new variant.

use serde::{Deserialize, Serialize};

use super::anomaly::Anomaly;
use super::cause::{Cause, KeyTrouble, Waited};
use super::day::Day;
use super::exported::Exported;
use super::on_target::OnTarget;
use super::overdue::Overdue;
use super::portal::Portal;
use super::read::Read;
use super::report::Reporting;
use super::restored::Restored;
use super::review::Reviewing;
use super::sink::ToSink;
use super::words::WordsRef;
use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::{InstallId, RequestNumber, SubmissionId};
use crate::access::people::{Because, Standing};
use crate::access::target::TargetFailure;
use crate::access::time::Timestamp;

pub use super::ended::Ended;
pub use super::facts::{Asked, PersonFacts, RequestFacts};
pub use super::origin::{Actor, Origin, Via};

/// The version of the format, in every payload.
const VERSION: u32 = 1;

/// One event, before it gets its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    v: u32,
    /// Microseconds since the Unix epoch; never earlier than the event before.
    pub at: Timestamp,
    pub install: InstallId,
    pub via: Via,
    /// What made it happen: an inbox key or a job id.
    pub cause: String,
    pub actor: Actor,
    /// The whole request, so one event can be read on its own.
    pub request: Option<RequestFacts>,
    pub what: What,
}

impl Event {
    pub fn new(
        at: Timestamp,
        install: InstallId,
        origin: Origin,
        request: Option<RequestFacts>,
        what: What,
    ) -> Self {
        let Origin { via, cause, actor } = origin;
        Self {
            v: VERSION,
            at,
            install,
            via,
            cause,
            actor,
            request,
            what,
        }
    }

    /// The exact text that is hashed and stored.
    pub fn canonical(&self) -> String {
        serde_json_canonicalizer::to_string(self)
            .expect("a struct of strings, booleans and integers is canonical JSON")
    }

    /// Reads a stored payload back.
    pub fn from_canonical(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum What {
    /// The first event of an install.
    Genesis,
    Requested {
        policy_digest: String,
        asked: Vec<Asked>,
        answer_due: Timestamp,
        justification: WordsRef,
        /// Those of the permissions that the config called sensitive.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        sensitive: Vec<String>,
    },
    Approved {
        /// `None` when a flow approves automatically.
        decided_as: Option<Because>,
        waited_us: u64,
        still_needed: u32,
        reason: Option<WordsRef>,
    },
    Rejected {
        decided_as: Because,
        waited_us: u64,
        reason: Option<WordsRef>,
    },
    Lapsed {
        asked: Vec<Asked>,
        waited_us: u64,
    },
    Cancelled {
        was: Waited,
        /// Why, in the words of the person who ended it; absent from events of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<WordsRef>,
    },
    /// These approvals stopped counting before anything was touched; others are asked.
    Reopened {
        approved_by: Vec<PersonFacts>,
    },
    Granted {
        /// Empty if the flow approves automatically.
        approved_by: Vec<PersonFacts>,
        principal: String,
        until: Timestamp,
        confirmed_at: Timestamp,
        deadline_on_target: bool,
        live_grants: u64,
    },
    Revoking {
        cause: Cause,
        /// Why, in the words of the person who ended it; absent from events of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<WordsRef>,
    },
    Revoked(Ended),
    Expired(Ended),
    Failed {
        cause: Cause,
        tries: u32,
        /// When it was read back that nothing is left; `None` if the target was never touched.
        undo_confirmed_at: Option<Timestamp>,
    },
    CredentialsShown {
        principal: String,
        /// The fingerprint of the certified public key, if the kind works with certificates.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
        /// When the shown credential expires on its own; `None` if it ends with the access.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Leftovers on the target are gone.
    CleanedUp {
        summary: String,
    },
    Refused {
        tried: Tried,
        why: Forbidden,
        standing: Option<Standing>,
    },
    Started {
        version: String,
        policy_digest: String,
        /// Since when no process ran; `None` at the first start, and if another process may have been running.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        down: Option<Down>,
    },
    Stopped,
    PolicyChanged {
        from_digest: Option<String>,
        to_digest: String,
        /// What differs, one sentence each; without secrets.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        changes: Vec<String>,
        /// When this exact config was first active, if it was active before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        active_before: Option<Timestamp>,
        /// What applies only after a restart, by section and key.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        needs_restart: Vec<String>,
    },
    /// More of what differs than the post of `PolicyChanged` has room for: the events right after it, in order.
    PolicyChangedFurther {
        /// The first after `PolicyChanged` itself is 2.
        part: u32,
        of: u32,
        changes: Vec<String>,
    },
    /// A reload found a problem with the config or a token; the previous ones stay.
    ReloadRefused {
        problems: Vec<String>,
    },
    /// New tokens of the Slack app are in use; named by type.
    TokensExchanged {
        which: Vec<String>,
    },
    /// An integration's certificate authority has a key from now on.
    AuthorityRecorded {
        integration: String,
        fingerprint: String,
        /// apono made the key itself.
        made: bool,
    },
    /// An integration's certificate authority cannot be used, so nothing is granted there.
    AuthorityRefused {
        integration: String,
        /// The fingerprint that is on record.
        on_record: Option<String>,
        why: KeyTrouble,
    },
    /// Somebody asked to extend live access, and needs an answer.
    ExtensionAsked {
        added_s: u64,
        would_end: Timestamp,
        asked: Vec<Asked>,
        answer_due: Timestamp,
        words: Option<WordsRef>,
    },
    /// The access ends later; the target is told next.
    Extended {
        added_s: u64,
        until: Timestamp,
        /// How many extensions it has with this one, and how many it may have.
        nth: u64,
        of: u64,
        /// Who asked for it, if somebody else decided.
        asked_by: Option<PersonFacts>,
        /// How the actor came to decide; `None` if nobody had to.
        decided_as: Option<Because>,
        words: Option<WordsRef>,
    },
    /// The target confirmed a later end.
    ExtensionConfirmed {
        until: Timestamp,
        deadline_on_target: bool,
    },
    ExtensionRejected {
        decided_as: Because,
        waited_us: u64,
        reason: Option<WordsRef>,
    },
    /// Nobody answered in time, or the access ended first.
    ExtensionLapsed {
        waited_us: u64,
    },
    /// The target refused the later end; it was moved back.
    ExtensionFailed {
        target: TargetFailure,
        until: Timestamp,
    },
    /// Slack does not deliver messages to somebody who could answer, so they do not know about the request.
    NotReached {
        person: PersonFacts,
        /// Slack's own word.
        slack_error: String,
        /// How many others could answer and are not known to be out of reach.
        others: u64,
    },
    /// A waiting request is closed, because the requester left or was blocked, or nobody is left to answer.
    TurnedDown {
        cause: Cause,
    },
    Blocked {
        person: PersonFacts,
        /// How many requests and grants of theirs end with it.
        ended: u64,
        reason: Option<WordsRef>,
    },
    Unblocked {
        person: PersonFacts,
    },
    Frozen {
        integration: String,
        reason: Option<WordsRef>,
    },
    Thawed {
        integration: String,
    },
    /// An admin ended everything of somebody, or everything on an integration.
    RevokeAll {
        /// Events about what it ended name this press as their cause.
        press: SubmissionId,
        whole: Whole,
        /// How many approved or live requests end with it.
        ending: u64,
        /// How many logins and memberships without a request end with it.
        #[serde(default, skip_serializing_if = "is_none_at_all")]
        strays: u64,
        /// The person is blocked with it, or the integration frozen.
        braked: bool,
        reason: Option<WordsRef>,
    },
    /// These accounts turned out to belong to one person.
    Joined {
        person: PersonFacts,
        /// Who it was until now, under another id.
        same_as: PersonFacts,
    },
    /// An address in the config now identifies another account.
    AddressAccepted {
        email: String,
        was: Option<PersonFacts>,
        now: PersonFacts,
    },
    /// The same was refused to the same person again, after the event that first reported it.
    RefusedAgain {
        tried: Tried,
        why: Forbidden,
        standing: Option<Standing>,
        times: u64,
        since: Timestamp,
        /// What these were about: the first few.
        requests: Vec<RequestNumber>,
    },
    /// Once a day.
    Day(Day),
    /// The result of a check of a target.
    OnTarget(OnTarget),
    /// It should have been gone for a while, and is not confirmed gone.
    Overdue(Overdue),
    /// The database turned out to be older than what the audit channel shows.
    Restored(Restored),
    Portal(Portal),
    /// Events or requests left as a file.
    Exported(Exported),
    /// Somebody read about others, in the portal or in Slack.
    Read(Read),
    /// What became of events on their way to a sink.
    ToSink(ToSink),
    /// What became of a saved report.
    Reporting(Reporting),
    /// Something unusual was noticed.
    Anomaly(Anomaly),
    /// What became of an access review.
    Reviewing(Reviewing),
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
const fn is_none_at_all(count: &u64) -> bool {
    *count == 0
}

/// How it is known since when apono was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// It was told to stop then.
    Stopped(Timestamp),
    /// It was not told to stop; this was its last sign of life. An idle process gives one each minute or so.
    LastSeen(Timestamp),
}

/// Whose access an admin ends at once, or on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whole {
    Person(PersonFacts),
    Integration(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stored_bytes_are_canonical_and_read_back() {
        let origin = Origin {
            via: Via::Slack,
            cause: "env-1".to_owned(),
            actor: Actor::Apono,
        };
        let what = What::Cancelled {
            was: Waited::Pending,
            reason: None,
        };
        let event = Event::new(
            Timestamp::from_micros(1),
            InstallId::new("abcdefgh"),
            origin,
            None,
            what,
        );
        let text = event.canonical();
        insta::assert_snapshot!(text, @r#"{"actor":"apono","at":1,"cause":"env-1","install":"abcdefgh","request":null,"v":1,"via":"slack","what":{"cancelled":{"was":"pending"}}}"#);
        let read = Event::from_canonical(&text).unwrap();
        assert_eq!(read, event);
        assert_eq!(read.canonical(), text);
    }
}
