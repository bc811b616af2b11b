//! The words for causes. Each is a phrase without a full stop, for a line, a field or the middle of a sentence.

use crate::access::people::Standing;
use crate::access::policy::Refusal;
use crate::access::request::FailCause;
use crate::audit::cause::{Became, Cause, HeldUp, NotGranted};
use crate::audit::event::PersonFacts;
use crate::audit::restored::{Elsewhere, SlackApp};

/// What is different about a database that was moved; it completes "the database is not where it was: ...".
pub fn elsewhere(elsewhere: &Elsewhere) -> String {
    match elsewhere {
        Elsewhere::Server => "it was on another PostgreSQL server before".to_owned(),
        Elsewhere::App { was, is } => format!(
            "it belonged to {} before, and these tokens are of {}",
            slack_app(was),
            slack_app(is)
        ),
    }
}

fn slack_app(app: &SlackApp) -> String {
    format!("the Slack app {} of the workspace {}", app.bot, app.team)
}

/// Why access is being taken away, or a request was closed.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::TimeOver => "its time is over".to_owned(),
        Cause::GivenBack => "given back".to_owned(),
        Cause::ByAdmin | Cause::RevokeAll { .. } => "revoked by an admin".to_owned(),
        Cause::Left { person, became } => left(person, *became),
        Cause::Blocked { person } => format!("{} was blocked", person.name),
        Cause::SelfApproved => "whoever asked for it and whoever approved it are one person".to_owned(),
        Cause::NobodyLeft => "nobody is left who can answer it".to_owned(),
        Cause::Changed { target } => {
            format!(
                "changed on the target and could not be set right: {}",
                target.said
            )
        }
        Cause::NotGranted(why) => format!("could not be granted: {}", not_granted(why)),
    }
}

/// Why access that is gone ended.
pub const fn ended(cause: &Cause) -> &'static str {
    match cause {
        Cause::TimeOver => "its time is over",
        Cause::GivenBack => "given back",
        Cause::ByAdmin | Cause::RevokeAll { .. } => "revoked by an admin",
        Cause::Left { .. } => "taken from a leaver",
        Cause::Blocked { .. } => "taken from somebody blocked",
        Cause::SelfApproved => "approved by whoever had it",
        Cause::NobodyLeft => "nobody is left who can answer it",
        Cause::Changed { .. } => "changed on the target",
        Cause::NotGranted(_) => "could not be granted",
    }
}

/// Why a request was not granted in the end.
pub fn failed(cause: &Cause) -> String {
    match cause {
        Cause::TimeOver => "its time was over before it was granted".to_owned(),
        Cause::NotGranted(why) => not_granted(why),
        Cause::GivenBack
        | Cause::ByAdmin
        | Cause::RevokeAll { .. }
        | Cause::Left { .. }
        | Cause::Blocked { .. }
        | Cause::SelfApproved
        | Cause::NobodyLeft
        | Cause::Changed { .. } => self::cause(cause),
    }
}

/// Why something that was approved is not granted.
pub fn not_granted(why: &NotGranted) -> String {
    match why {
        NotGranted::Policy(refusal) => refused(refusal).to_owned(),
        NotGranted::ApprovalStopped { approved_by } => approval_stopped(approved_by),
        NotGranted::SomebodyUnknown => "somebody in it is unknown to Slack now".to_owned(),
        NotGranted::AccountChanged { account } => {
            format!("the config names {account} as the grantee's account now")
        }
        NotGranted::KindChanged { kind } => {
            format!("the integration is of kind {kind} now, and it was asked for on another kind")
        }
        NotGranted::AnotherConfig => "another config is the active one".to_owned(),
        NotGranted::HeldUp(held_up) => self::held_up(*held_up).to_owned(),
        NotGranted::NoIntegration { integration } => {
            format!("the integration {integration} cannot be used now")
        }
        NotGranted::PeopleUnknown { said } => said.clone(),
        NotGranted::TargetRefused(failure) | NotGranted::TargetFailed(failure) => failure.said.clone(),
    }
}

/// Whose approval does not count any more.
pub fn approval_stopped(approved_by: &[PersonFacts]) -> String {
    let names: Vec<&str> = approved_by.iter().map(|person| person.name.as_str()).collect();
    format!("the approval by {} no longer counts", names.join(", "))
}

/// Why nothing is granted on an integration, whoever asks.
pub const fn held_up(held_up: HeldUp) -> &'static str {
    match held_up {
        HeldUp::Frozen => "an admin froze the integration",
        HeldUp::RestoredBackup => "the database was restored from an older backup, and nobody accepted that",
        HeldUp::AuditBehind => "the audit channel does not get its messages",
        HeldUp::NotCompared => "the audit channel could not be compared with the database",
    }
}

/// Why policy refuses what it allowed before.
pub const fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::StaleFacts => "people could not be looked up",
        Refusal::RequesterUnknown => "the requester is unknown",
        Refusal::RequesterNotAllowed(_) => "the requester may not ask for access any more",
        Refusal::Blocked => "an admin blocked the requester",
        Refusal::Frozen { .. } => "an admin froze the integration",
        Refusal::RevokeOnly => "the database was restored from an older backup, so access is only taken away",
        Refusal::NoFlow { .. } => "no access flow allows it any more",
        Refusal::TooLong { .. } => "the access flow no longer allows that duration",
        Refusal::NoAccount { .. } => "no account of theirs is named for the integration",
        Refusal::NobodyCanDecide { .. } => "nobody is left who can decide it",
    }
}

/// What whoever reads of a failure can do.
pub const fn next_step(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotAllowedAnyMore => "ask again, or ask an admin about the access flow",
        FailCause::TargetRefused => "an admin has to look at the integration's set-up",
        FailCause::TargetUnreachable => "ask again once the target answers",
        FailCause::PeopleUnknown => "ask again once Slack answers",
        FailCause::TimeOver => "ask again",
        FailCause::Frozen => "ask again once an admin has thawed the integration",
        FailCause::AuditBehind => "ask again once the audit channel gets its messages",
        FailCause::NotCompared => "ask again once I can read the audit channel",
        FailCause::RestoredBackup => "ask again once an operator has accepted the restored backup",
        FailCause::Left => "nothing",
        FailCause::Blocked => "an admin can unblock the requester",
    }
}

fn left(person: &PersonFacts, became: Became) -> String {
    let now = match became {
        Became::Unknown => return "Slack knows no such account any more".to_owned(),
        Became::Now(Standing::Member) => "is a member",
        Became::Now(Standing::Guest) => "is a guest now",
        Became::Now(Standing::Deactivated) => "is deactivated in Slack",
        Became::Now(Standing::Bot) => "is a bot",
        Became::Now(Standing::Outsider) => "belongs to another workspace now",
    };
    format!("{} {now}", person.name)
}
