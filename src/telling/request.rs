//! What apono says about a request wherever it is shown: its mark, its fields and its state.

use std::time::Duration;

use crate::access::request::{FailCause, RejectCause, RevokeCause, State};
use crate::access::time::Timestamp;
use crate::audit::cause::HeldUp;
use crate::store::DecisionVerdict;
use crate::usecases::look::{DecisionView, NotReached, RequestView, Waiting};

use super::event::{Field, field, in_full};
use super::phrase::{Phrase, phrase};
use super::{more_time, usage, wording};

const INTEGRATION_GONE: &str = "its integration is no longer in the config";
const INTEGRATION_RETIRED: &str = "its integration is retired";
const PERMISSION_GONE: &str = "a permission it asks for is no longer in the config";
const RESOURCE_GONE: &str = "a resource it asks for is no longer in the config";

/// The mark for its state.
pub const fn mark(state: State) -> &'static str {
    match state {
        State::Pending => "📝",
        State::Approved => "✅",
        State::Granted => "🔓",
        State::Revoking(_) => "⏳",
        State::Rejected(RejectCause::Lapsed) => "⌛",
        State::Rejected(
            RejectCause::ByApprover
            | RejectCause::Left
            | RejectCause::Blocked
            | RejectCause::NobodyLeft
            | RejectCause::IntegrationGone
            | RejectCause::IntegrationRetired
            | RejectCause::PermissionGone
            | RejectCause::ResourceGone,
        ) => "❌",
        State::Cancelled => "↩️",
        State::Expired => "🏁",
        State::Revoked(_) => "🔒",
        State::Failed(_) => "⚠️",
    }
}

/// What was requested, by whom and for how long.
pub fn fields(view: &RequestView) -> Vec<Field> {
    let about = &view.about;
    let mut fields = vec![
        field("Request", view.request.number),
        field("Requester", in_full(&about.requester)),
    ];
    fields.extend(
        about
            .grantee
            .as_ref()
            .map(|grantee| field("For", in_full(grantee))),
    );
    fields.extend([
        field("Integration", about.integration.as_str()),
        field("Resource type", about.resource_type.as_str()),
        field("Resources", wording::resources(about)),
        field("Permissions", about.permissions.join(", ")),
    ]);
    fields.extend(wording::sensitive(&view.sensitive).map(|marked| field("Sensitive", marked)));
    fields.extend([
        field("Duration", wording::duration(about)),
        field("Access flow", wording::flows(about)),
    ]);
    fields
}

/// When it ends or ended. What ended early says when it would have ended; what never was granted has no end.
pub fn end(view: &RequestView) -> Option<Field> {
    let grant = view.grant.as_ref()?;
    match view.request.state {
        State::Granted | State::Revoking(RevokeCause::TimeOver) => Some(field("Until", grant.until)),
        State::Revoking(
            RevokeCause::GivenBack
            | RevokeCause::ByAdmin
            | RevokeCause::ByApprover
            | RevokeCause::Left
            | RevokeCause::Blocked
            | RevokeCause::Changed
            | RevokeCause::SelfApproved
            | RevokeCause::Reviewed,
        ) => Some(field("Ends", phrase!("now, instead of at {}", grant.until))),
        State::Expired => grant.ended_at.map(|ended| field("Ended at", ended)),
        State::Revoked(_) => grant
            .ended_at
            .map(|ended| field("Ended at", phrase!("{} (was until {})", ended, grant.until))),
        State::Pending
        | State::Approved
        | State::Revoking(RevokeCause::Undo(_))
        | State::Rejected(_)
        | State::Cancelled
        | State::Failed(_) => None,
    }
}

/// How it was used, and of live access how many sessions there are.
pub fn used(view: &RequestView) -> Vec<Field> {
    let Some(known) = &view.usage else {
        return Vec::new();
    };
    let now = usage::sessions_now(known).filter(|_| view.request.state == State::Granted);
    let now = now.map(|sessions| field("Sessions", sessions));
    [usage::used(known)].into_iter().chain(now).collect()
}

/// Why the last try to give or to end the access failed, if one did.
pub fn not_yet(view: &RequestView) -> Option<Field> {
    let why = view.not_yet.as_ref()?;
    let label = if view.request.state == State::Approved {
        "Not granted yet"
    } else {
        "Not ended yet"
    };
    Some(field(label, why))
}

/// What waits for an answer, to those who may give it.
pub fn asks(waiting: &Waiting) -> Phrase {
    let view = &waiting.view;
    let about = &view.about;
    match waiting.asked() {
        Some(asked) => phrase!(
            "{} asks to extend {} by {}",
            asked.asked_by.named(),
            wording::access(about),
            asked.extension.added
        ),
        None => phrase!(
            "{} asks for {}, {}; answer by {}",
            about.requester.named(),
            wording::access(about),
            view.request.duration,
            view.request.answer_due
        ),
    }
}

/// Whom a sentence about a request is addressed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Who requested it, and gets the access.
    Requester,
    Others,
}

impl To {
    /// `blocked you`, or `blocked the requester`.
    const fn whom(self) -> &'static str {
        match self {
            Self::Requester => "you",
            Self::Others => "the requester",
        }
    }
}

/// Its state and who decided it, in a sentence or two.
pub fn standing(view: &RequestView, to: To) -> Phrase {
    let ended = view.grant.as_ref().and_then(|grant| grant.ended_at);
    let now = match view.request.state {
        State::Pending => phrase!(
            "Waiting for an answer until {}.{}",
            view.request.answer_due,
            not_reached(&view.not_reached)
        ),
        State::Approved => held_up(view),
        State::Granted => match &view.grant {
            Some(grant) => phrase!("Live until {} ({}).{}", grant.until, lasts(view), under_way(view)),
            None => "Live.".into(),
        },
        State::Revoking(cause) => {
            phrase!("Being revoked: {}.{}", why_revoked(cause, to), last_login(view))
        }
        State::Rejected(RejectCause::ByApprover) => Phrase::default(),
        State::Rejected(RejectCause::Lapsed) => "Nobody answered in time.".into(),
        State::Rejected(RejectCause::Left) => "The requester left the workspace.".into(),
        State::Rejected(RejectCause::Blocked) => phrase!("An admin blocked {}.", to.whom()),
        State::Rejected(RejectCause::NobodyLeft) => {
            "Nobody is left to answer it: its approvers left or were blocked.".into()
        }
        State::Rejected(RejectCause::IntegrationGone) => closed(INTEGRATION_GONE),
        State::Rejected(RejectCause::IntegrationRetired) => closed(INTEGRATION_RETIRED),
        State::Rejected(RejectCause::PermissionGone) => closed(PERMISSION_GONE),
        State::Rejected(RejectCause::ResourceGone) => closed(RESOURCE_GONE),
        State::Cancelled => "Cancelled before anything was granted.".into(),
        State::Expired => phrase!("Its time is up; confirmed gone{}.{}", at(ended), go_on(view)),
        State::Revoked(cause) => phrase!(
            "Ended early: {}; confirmed gone{}.{}",
            why_revoked(cause, to),
            at(ended),
            go_on(view)
        ),
        State::Failed(cause) => match ended {
            Some(_) => phrase!(
                "It could not be granted: {}; nothing of it is left, confirmed{}.",
                why_failed(cause, to),
                at(ended)
            ),
            None => phrase!(
                "It could not be granted: {}; the target was not touched.",
                why_failed(cause, to)
            ),
        },
    };
    let said = [decided(view), now];
    Phrase::joined(said.into_iter().filter(|phrase| !phrase.is_empty()), " ")
}

/// Why it was closed without an answer.
fn closed(why: &str) -> Phrase {
    phrase!("Closed: {}.", why)
}

fn held_up(view: &RequestView) -> Phrase {
    let what = match view.held_up {
        Some(HeldUp::Frozen) => phrase!("An admin froze {}", view.about.integration.as_str()),
        Some(HeldUp::RestoredBackup) => "My database was restored from an older backup".into(),
        Some(HeldUp::AuditBehind) => "The audit channel is not getting its messages".into(),
        // Reading the channel after a start takes a moment.
        Some(HeldUp::NotCompared) | None => return "The access is being set up.".into(),
    };
    phrase!(
        "{}, so setup is paused. If that lasts too long, the request fails.",
        what
    )
}

/// Who the request did not reach, added after its state.
fn not_reached(NotReached { people, nobody_else }: &NotReached) -> Phrase {
    let names = wording::some_of(people);
    match (people.is_empty(), nobody_else) {
        (true, _) => Phrase::default(),
        (false, false) => phrase!(
            " Slack does not deliver messages to {}, so only the others were asked.",
            names
        ),
        (false, true) => phrase!(
            " Nobody has been asked yet: Slack does not deliver messages to {}. The admins know about it, and I keep trying.",
            names
        ),
    }
}

fn under_way(view: &RequestView) -> Phrase {
    more_time::under_way(view).map_or_else(Phrase::default, |more| phrase!(" {}", more))
}

/// While it is being revoked: how long the credentials already shown still open logins.
fn last_login(view: &RequestView) -> Phrase {
    let grant = view.grant.as_ref();
    let until = grant.and_then(|grant| grant.granted.credentials_until);
    until.map_or_else(Phrase::default, |until| {
        phrase!(
            " No new certificates are issued; the last one works for new logins until {}.",
            until
        )
    })
}

/// After its end, if the kind cannot end sessions and there may have been some.
fn go_on(view: &RequestView) -> &'static str {
    let grant = view.grant.as_ref();
    let was_shown = grant.is_some_and(|grant| grant.granted.credentials_until.is_some());
    let cannot_end = view
        .guarantees
        .is_some_and(|guarantees| !guarantees.ends_sessions);
    if was_shown && cannot_end {
        " Sessions that were open then were not ended."
    } else {
        ""
    }
}

/// `3 h, including 1 h added`.
fn lasts(view: &RequestView) -> Phrase {
    let total = Duration::from_secs(view.about.duration_s);
    let added = view.request.duration.saturating_sub(view.at_first);
    if added.is_zero() {
        total.into()
    } else {
        phrase!("{}, including {} added", total, added)
    }
}

fn at(time: Option<Timestamp>) -> Phrase {
    time.map_or_else(Phrase::default, |time| phrase!(" at {}", time))
}

fn decided(view: &RequestView) -> Phrase {
    let mut counted = view
        .decisions
        .iter()
        .filter(|decision| decision.counts)
        .peekable();
    let automatic = match view.request.state {
        State::Pending | State::Rejected(_) | State::Cancelled => false,
        State::Approved
        | State::Granted
        | State::Revoking(_)
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => counted.peek().is_none(),
    };
    if automatic {
        return phrase!("Approved automatically by \"{}\".", wording::flows(&view.about));
    }
    Phrase::joined(counted.map(decision), " ")
}

fn decision(decision: &DecisionView) -> Phrase {
    let verb = match decision.verdict {
        DecisionVerdict::Approve => "Approved",
        DecisionVerdict::Reject => "Rejected",
    };
    phrase!(
        "{} by {}, {}{}.",
        verb,
        &decision.by,
        wording::decided_as(&decision.decided_as),
        wording::reason(decision.reason.as_deref())
    )
}

fn why_failed(cause: FailCause, to: To) -> String {
    let why = match cause {
        FailCause::NotAllowedAnyMore => "the access flows no longer allow it",
        FailCause::TargetRefused => "the target refused it, and an admin needs to check its setup",
        FailCause::TargetUnreachable => "the target did not answer in time",
        FailCause::PeopleUnknown => "people could not be looked up in Slack in time",
        FailCause::TimeOver => "its time ran out first",
        FailCause::Frozen => "an admin froze the integration",
        FailCause::AuditBehind => "the audit channel did not get its messages in time",
        FailCause::NotCompared => "the audit channel could not be compared with my database in time",
        FailCause::RestoredBackup => {
            "my database was restored from an older backup, and nobody accepted that in time"
        }
        FailCause::IntegrationGone => INTEGRATION_GONE,
        FailCause::IntegrationRetired => INTEGRATION_RETIRED,
        FailCause::PermissionGone => PERMISSION_GONE,
        FailCause::ResourceGone => RESOURCE_GONE,
        FailCause::Left => "the requester left the workspace",
        FailCause::Blocked => return format!("an admin blocked {}", to.whom()),
    };
    why.to_owned()
}

fn why_revoked(cause: RevokeCause, to: To) -> String {
    let why = match cause {
        RevokeCause::TimeOver => "its time is up",
        RevokeCause::GivenBack => "given back",
        RevokeCause::ByAdmin => "revoked by an admin",
        RevokeCause::ByApprover => "revoked by its approver",
        RevokeCause::Reviewed => "revoked in an access review",
        RevokeCause::Left => "the grantee left the workspace",
        RevokeCause::Blocked => return format!("an admin blocked {}", to.whom()),
        RevokeCause::Changed => "somebody changed it on the target",
        RevokeCause::SelfApproved => "the grantee also approved it, from another account",
        RevokeCause::Undo(_) => "it could not be granted",
    };
    why.to_owned()
}
