//! What a job is. There is one table of jobs, and a lane for each type of worker.

use std::fmt;

use sea_orm::FromQueryResult;

use crate::access::ids::RequestNumber;
use crate::access::named::named;
use crate::access::request::Request;
use crate::access::time::Timestamp;

use super::entities::job;
use super::error::StoreError;

named! {
    /// What has to be done. There is at most one open job of a kind for a key.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum JobKind {
        Provision = "provision",
        Expire = "expire",
        Revoke = "revoke",
        CleanUp = "clean_up",
        Lapse = "lapse",
        EndingSoon = "ending_soon",
        /// Cards and notices of a request are sent to Slack; the key is the request's id.
        Message = "message",
        /// The target gets a later end.
        Extend = "extend",
        /// An unanswered extension lapses.
        LapseExtension = "lapse_extension",
        /// Reports how often the same refusal was repeated.
        Refusals = "refusals",
        /// Takes up more of what a red button has to end.
        RedButton = "red_button",
        /// Changes that somebody made on the target are corrected.
        Restore = "restore",
        /// Memberships that nobody granted are removed from live access.
        TakeOff = "take_off",
        /// Ends sessions that an admin ordered to end.
        EndSessions = "end_sessions",
        /// The admins are told about a cleanup that keeps failing; the key is that of its job.
        TellLeftOver = "tell_left_over",
        /// The admins are told about people in the config who cannot act; the key is the message's.
        TellUncounted = "tell_uncounted",
        /// Ends access that belongs to no request; the key is the stray's id.
        EndStray = "end_stray",
        /// Removes what that left on the target.
        CleanStray = "clean_stray",
        /// Somebody is told that they signed in to the portal; the key is the session's id.
        TellSignedIn = "tell_signed_in",
        /// Repeats the alarm that access should be gone.
        RemindOverdue = "remind_overdue",
        /// A saved report runs because it is due; the key is the report's id.
        Report = "report",
        /// A review is due: what nobody decided is closed; the key is the review's id.
        EndReview = "end_review",
        /// Somebody is told how many lines of a review wait for them; the key is that of the message.
        TellReview = "tell_review",
    }
}

named! {
    /// Each worker takes jobs from one lane, so slow jobs of one type never delay another type.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Lane {
        Provision = "provision",
        Revoke = "revoke",
        CleanUp = "clean_up",
        Timer = "timer",
        Deliver = "deliver",
        Report = "report",
    }
}

/// A new job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobSpec {
    pub kind: JobKind,
    /// The id of the request, of the refusal, of the red button or of the stray.
    pub key: String,
    pub run_at: Timestamp,
    /// Within a lane the lowest number goes first.
    pub priority: i64,
    /// The integration whose target the worker will call, if the creator of the job knows it; without it the job has to be
    /// claimed first in lanes that call targets.
    pub integration: Option<String>,
    /// The request that it is about, for the log.
    pub request: Option<RequestNumber>,
}

/// What happened to a job that was scheduled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Born {
    /// This process has it, and begins it as soon as it is committed.
    Leased,
    /// It is waiting to be claimed.
    Waiting,
}

/// A job that this process has leased, or a single-commit job that nobody held when it was read: anyone claiming it in the
/// meantime makes the fence stale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    pub id: String,
    pub kind: JobKind,
    pub key: String,
    pub fence: i64,
    /// 1 at the first attempt.
    pub attempt: u32,
    pub run_at: Timestamp,
    pub last_error: Option<String>,
    /// The integration of the request or stray it is about, if any; known for jobs that were claimed or created leased.
    pub integration: Option<String>,
    /// The request that it is about, for the log; known as above.
    pub request: Option<RequestNumber>,
    /// The ids of first posts begun by the same change as this job: none of them can have been posted yet.
    pub begun: Vec<String>,
}

/// A job's row, and what it is about if that was looked up.
#[derive(FromQueryResult)]
pub(super) struct Found {
    #[sea_orm(nested)]
    pub(super) job: job::Model,
    pub(super) integration: Option<String>,
    pub(super) request: Option<i64>,
}

impl JobKind {
    pub const fn lane(self) -> Lane {
        match self {
            Self::Provision | Self::Extend | Self::Restore | Self::TakeOff => Lane::Provision,
            Self::Expire
            | Self::Revoke
            | Self::RedButton
            | Self::EndStray
            | Self::EndSessions
            | Self::EndReview => Lane::Revoke,
            Self::CleanUp | Self::CleanStray => Lane::CleanUp,
            Self::Lapse | Self::EndingSoon | Self::LapseExtension | Self::Refusals | Self::RemindOverdue => {
                Lane::Timer
            }
            Self::Message
            | Self::TellLeftOver
            | Self::TellUncounted
            | Self::TellSignedIn
            | Self::TellReview => Lane::Deliver,
            Self::Report => Lane::Report,
        }
    }

    /// Whether it changes live access on its target, or is about to.
    pub(super) const fn changes_live_access(self) -> bool {
        match self {
            Self::Provision | Self::Extend | Self::Restore | Self::TakeOff | Self::Revoke => true,
            Self::Expire
            | Self::CleanUp
            | Self::Lapse
            | Self::EndingSoon
            | Self::Message
            | Self::LapseExtension
            | Self::Refusals
            | Self::RedButton
            | Self::EndSessions
            | Self::TellLeftOver
            | Self::TellUncounted
            | Self::TellSignedIn
            | Self::EndStray
            | Self::CleanStray
            | Self::RemindOverdue
            | Self::Report
            | Self::EndReview
            | Self::TellReview => false,
        }
    }

    /// Whether its worker does nothing before the commit that settles it: then that commit decides who had it, and it need not
    /// be claimed.
    pub(super) const fn is_one_commit(self) -> bool {
        match self {
            Self::Expire | Self::Lapse | Self::EndingSoon | Self::LapseExtension | Self::RemindOverdue => {
                true
            }
            Self::Provision
            | Self::Revoke
            | Self::CleanUp
            | Self::Message
            | Self::Extend
            | Self::Refusals
            | Self::RedButton
            | Self::Restore
            | Self::TakeOff
            | Self::EndSessions
            | Self::TellLeftOver
            | Self::TellUncounted
            | Self::TellSignedIn
            | Self::EndStray
            | Self::CleanStray
            | Self::Report
            | Self::EndReview
            | Self::TellReview => false,
        }
    }
}

impl Lane {
    /// Whether its workers call targets; one target that hangs must leave room for the others.
    pub(super) const fn calls_targets(self) -> bool {
        match self {
            Self::Provision | Self::Revoke | Self::CleanUp => true,
            Self::Timer | Self::Deliver | Self::Report => false,
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl JobSpec {
    /// A job of medium priority that is due at `run_at`.
    pub fn at(kind: JobKind, key: &str, run_at: Timestamp) -> Self {
        Self {
            kind,
            key: key.to_owned(),
            run_at,
            priority: 0,
            integration: None,
            request: None,
        }
    }

    /// The same about a request.
    pub fn about(kind: JobKind, request: &Request, run_at: Timestamp) -> Self {
        Self {
            request: Some(request.number),
            ..Self::at(kind, request.id.as_str(), run_at).on(&request.integration)
        }
    }

    /// The same, about something on this integration.
    #[must_use]
    pub fn on(self, integration: &str) -> Self {
        Self {
            integration: Some(integration.to_owned()),
            ..self
        }
    }
}

impl TryFrom<Found> for Job {
    type Error = StoreError;

    fn try_from(found: Found) -> Result<Self, StoreError> {
        let Found {
            job: row,
            integration,
            request,
        } = found;
        let kind = JobKind::named(&row.kind)
            .ok_or_else(|| StoreError::inconsistent("job", &row.id, "unknown kind"))?;
        let attempt =
            u32::try_from(row.attempt).map_err(|error| StoreError::inconsistent("job", &row.id, error))?;
        Ok(Self {
            id: row.id,
            kind,
            key: row.key,
            fence: row.fence,
            attempt,
            run_at: Timestamp::from_micros(row.run_at),
            last_error: row.last_error,
            integration,
            request: request.map(RequestNumber),
            begun: Vec::new(),
        })
    }
}
