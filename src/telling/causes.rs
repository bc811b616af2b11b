//! The words for causes. Each is a phrase without a full stop, for a line, a field or the middle of a sentence.

use crate::access::offered::Gone;
use crate::access::people::Standing;
use crate::access::policy::Refusal;
use crate::access::request::FailCause;
use crate::audit::cause::{Became, Cause, HeldUp, NotGranted};
use crate::audit::event::PersonFacts;
use crate::audit::restored::{Elsewhere, SlackApp};

/// What is different about a database that was moved. It completes "the database was moved or copied: ...".
pub fn elsewhere(elsewhere: &Elsewhere) -> String {
    match elsewhere {
        Elsewhere::Server => "it was on another PostgreSQL server before".to_owned(),
        Elsewhere::App { was, is } => format!(
            "it belonged to {} before, and these tokens belong to {}",
            slack_app(was),
            slack_app(is)
        ),
    }
}

fn slack_app(app: &SlackApp) -> String {
    format!("the Slack app {} of the workspace {}", app.bot, app.team)
}

/// Why access is being revoked, or why a request was closed.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::TimeOver => "its time is up".to_owned(),
        Cause::GivenBack => "given back".to_owned(),
        Cause::ByAdmin | Cause::RevokeAll { .. } => "revoked by an admin".to_owned(),
        Cause::ByApprover => "revoked by its approver".to_owned(),
        Cause::Reviewed {
            review,
            undecided: false,
            ..
        } => format!("revoked in the access review {review}"),
        Cause::Reviewed { review, .. } => format!("nobody reviewed it in the access review {review}"),
        Cause::Left { person, became } => left(person, *became),
        Cause::Blocked { person } => format!("{} was blocked", person.name),
        Cause::SelfApproved => "the requester and the approver are the same person".to_owned(),
        Cause::NobodyLeft => "nobody is left to answer it".to_owned(),
        Cause::Gone(gone) => self::gone(gone),
        Cause::Changed { target } => {
            format!(
                "changed on the target and could not be corrected: {}",
                target.said
            )
        }
        Cause::NotGranted(why) => format!("could not be granted: {}", not_granted(why)),
    }
}

/// Why access ended.
pub const fn ended(cause: &Cause) -> &'static str {
    match cause {
        Cause::TimeOver => "its time is up",
        Cause::GivenBack => "given back",
        Cause::ByAdmin | Cause::RevokeAll { .. } => "revoked by an admin",
        Cause::ByApprover => "revoked by its approver",
        Cause::Reviewed { .. } => "revoked in an access review",
        Cause::Left { .. } => "taken from somebody who left",
        Cause::Blocked { .. } => "taken from a blocked person",
        Cause::SelfApproved => "approved by its own grantee",
        Cause::NobodyLeft => "nobody is left to answer it",
        Cause::Gone(_) => "no longer in the config",
        Cause::Changed { .. } => "changed on the target",
        Cause::NotGranted(_) => "could not be granted",
    }
}

/// Why a request failed.
pub fn failed(cause: &Cause) -> String {
    match cause {
        Cause::TimeOver => "its time ran out before it was granted".to_owned(),
        Cause::NotGranted(why) => not_granted(why),
        Cause::GivenBack
        | Cause::ByAdmin
        | Cause::ByApprover
        | Cause::RevokeAll { .. }
        | Cause::Reviewed { .. }
        | Cause::Left { .. }
        | Cause::Blocked { .. }
        | Cause::SelfApproved
        | Cause::NobodyLeft
        | Cause::Gone(_)
        | Cause::Changed { .. } => self::cause(cause),
    }
}

/// Why an approved request is not granted.
pub fn not_granted(why: &NotGranted) -> String {
    match why {
        NotGranted::Policy(refusal) => refused(refusal).to_owned(),
        NotGranted::ApprovalStopped { approved_by } => approval_stopped(approved_by),
        NotGranted::SomebodyUnknown => "Slack no longer knows one of the people in it".to_owned(),
        NotGranted::AccountChanged { account } => {
            format!("the config now names {account} as the grantee's account")
        }
        NotGranted::KindChanged { kind } => {
            format!("the integration is now of kind {kind}, and the request was for another kind")
        }
        NotGranted::Gone(gone) => self::gone(gone),
        NotGranted::AnotherConfig => "another config is active".to_owned(),
        NotGranted::HeldUp(held_up) => self::held_up(*held_up).to_owned(),
        NotGranted::NoIntegration { integration } => {
            format!("the integration {integration} cannot be used right now")
        }
        NotGranted::PeopleUnknown { said } => said.clone(),
        NotGranted::TargetRefused(failure) | NotGranted::TargetFailed(failure) => failure.said.clone(),
    }
}

/// What the config no longer has.
fn gone(gone: &Gone) -> String {
    match gone {
        Gone::Integration { integration } => {
            format!("the integration {integration} is no longer in the config")
        }
        Gone::Kind { integration, kind } => {
            format!(
                "{integration} is now an integration of kind {kind}, and the request was for another kind"
            )
        }
        Gone::Retired { integration } => {
            format!("the integration {integration} is retired: nothing is granted on it any more")
        }
        Gone::Permission {
            integration,
            permission,
        } => format!("the permission {permission} is no longer in the config of {integration}"),
        Gone::Resource {
            integration,
            resource,
        } => format!("the resource {resource} is no longer in the config of {integration}"),
    }
}

/// Whose approval no longer counts.
pub fn approval_stopped(approved_by: &[PersonFacts]) -> String {
    let names: Vec<&str> = approved_by.iter().map(|person| person.name.as_str()).collect();
    format!("the approval by {} no longer counts", names.join(", "))
}

/// Why nothing is granted on an integration to anybody.
pub const fn held_up(held_up: HeldUp) -> &'static str {
    match held_up {
        HeldUp::Frozen => "an admin froze the integration",
        HeldUp::RestoredBackup => {
            "the database was restored from an older backup, and nobody has accepted that"
        }
        HeldUp::AuditBehind => "the audit channel is not getting its messages",
        HeldUp::NotCompared => "the audit channel could not be compared with the database",
    }
}

/// Why policy now refuses what it allowed before.
pub const fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::StaleFacts => "people could not be looked up",
        Refusal::RequesterUnknown => "the requester is unknown",
        Refusal::RequesterNotAllowed(_) => "the requester may no longer request access",
        Refusal::Blocked => "an admin blocked the requester",
        Refusal::Frozen { .. } => "an admin froze the integration",
        Refusal::RevokeOnly => {
            "the database was restored from an older backup, so access can only be revoked"
        }
        Refusal::NoFlow { .. } => "no access flow allows it now",
        Refusal::TooLong { .. } => "the access flow no longer allows that duration",
        Refusal::NoAccount { .. } => "they have no account set up for the integration",
        Refusal::NobodyCanDecide { .. } => "nobody is left to decide it",
    }
}

/// What a person who reads about a failure can do.
pub const fn next_step(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotAllowedAnyMore => "request it again, or ask an admin about the access flow",
        FailCause::TargetRefused => "an admin needs to check the integration's setup",
        FailCause::TargetUnreachable => "request it again once the target answers",
        FailCause::PeopleUnknown => "request it again once Slack answers",
        FailCause::TimeOver => "request it again",
        FailCause::Frozen => "request it again once an admin has thawed the integration",
        FailCause::AuditBehind => "request it again once the audit channel gets its messages",
        FailCause::NotCompared => "request it again once I can read the audit channel",
        FailCause::RestoredBackup => "request it again once an operator has accepted the restored backup",
        FailCause::IntegrationGone
        | FailCause::IntegrationRetired
        | FailCause::PermissionGone
        | FailCause::ResourceGone => "request something else, or ask an admin about the config",
        FailCause::Left => "none",
        FailCause::Blocked => "an admin can unblock the requester",
    }
}

fn left(person: &PersonFacts, became: Became) -> String {
    let now = match became {
        Became::Unknown => return "Slack no longer knows the account".to_owned(),
        Became::Now(Standing::Member) => "is a member",
        Became::Now(Standing::Guest) => "is now a guest",
        Became::Now(Standing::Deactivated) => "is deactivated in Slack",
        Became::Now(Standing::Bot) => "is a bot",
        Became::Now(Standing::Outsider) => "now belongs to another workspace",
    };
    format!("{} {now}", person.name)
}
