//! Wording that several sentences share.

use std::time::Duration;

use crate::access::duration::spoken;
use crate::access::people::{AccountKind, Because};
use crate::access::time::Timestamp;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::integrations::{EarlyRevoke, Guarantees};

use super::phrase::{Phrase, Span};

/// How many resources are named before "+37 more".
pub const NAMED: usize = 5;

/// `Dana Ito (dana@example.com, U0DANA)`: stable after they leave, and no ping.
pub fn person(person: &PersonFacts) -> String {
    if let (AccountKind::Issuer, Some(issuer)) = (person.account.kind, &person.account.issuer) {
        return format!(
            "{} (no Slack account; {} at {issuer})",
            person.name, person.account.id
        );
    }
    match &person.email {
        Some(email) => format!("{} ({email}, {})", person.name, person.account.id),
        None => format!("{} ({})", person.name, person.account.id),
    }
}

/// ` Did you mean "orders"?`, or nothing.
pub fn did_you_mean(close: Option<&str>) -> String {
    close.map_or_else(String::new, |close| format!(" Did you mean \"{close}\"?"))
}

/// `a, b, c, d, e, +37 more`.
pub fn some_of(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).cloned();
    let more = names.len().saturating_sub(NAMED);
    let rest = (more > 0).then(|| format!("+{more} more"));
    shown.chain(rest).collect::<Vec<_>>().join(", ")
}

/// `write on orders (orders-db)`, with the first of many resources.
pub fn access(about: &RequestFacts) -> String {
    format!(
        "{} on {} ({})",
        about.permissions.join(", "),
        some_of(&sorted(&about.resources)),
        about.integration
    )
}

/// Every resource: approvers, watchers and auditors have to see all of them.
pub fn resources(about: &RequestFacts) -> String {
    sorted(&about.resources).join(", ")
}

/// Never in the requester's order, which could hide what matters where nobody looks.
fn sorted(names: &[String]) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort();
    names
}

/// The access flows that allow the request.
pub fn flows(about: &RequestFacts) -> String {
    about.flows.join(", ")
}

/// Who gets the access.
pub fn grantee(about: &RequestFacts) -> &PersonFacts {
    about.grantee.as_ref().unwrap_or(&about.requester)
}

pub fn duration(about: &RequestFacts) -> String {
    spoken(Duration::from_secs(about.duration_s))
}

/// `16:05 UTC`, or in full if the time of day alone could mislead.
pub(super) fn until(until: Timestamp, about: &RequestFacts) -> Phrase {
    let lasts = Duration::from_secs(about.duration_s);
    if (Duration::from_mins(10)..Duration::from_hours(12)).contains(&lasts) {
        Span::Clock(until).into()
    } else {
        until.into()
    }
}

/// What ends within this long of its due time is on time.
pub(super) const ON_TIME: Duration = Duration::from_secs(10);

/// `on time (+0.4 s)`, or `3 min late`.
pub fn late(micros: u64) -> String {
    let span = Duration::from_micros(micros);
    if span < ON_TIME {
        format!("on time (+{:.1} s)", span.as_secs_f64())
    } else {
        format!("{} late", spoken(span))
    }
}

/// Rounded down to the minute, for "after 41 min of 2 h".
pub fn minutes(span: Duration) -> String {
    if span < Duration::from_mins(1) {
        return spoken(span);
    }
    spoken(Duration::from_secs(span.as_secs() / 60 * 60))
}

/// A config's digest in a few characters.
pub fn short(digest: &str) -> &str {
    digest.get(..12).unwrap_or(digest)
}

/// `group:sre`, for the trail.
pub fn decided_as(because: &Because) -> String {
    match because {
        Because::Named => "named in the flow".to_owned(),
        Because::Group(name) => format!("group:{name}"),
    }
}

/// A reason to add to a sentence that has no full stop yet: `: because`.
pub(super) fn reason(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| {
        format!(": {}", reason.trim().trim_end_matches('.'))
    })
}

/// Why this person is asked, addressed to them.
pub fn why_you(because: &Because, flow: &str) -> String {
    match because {
        Because::Named => format!("you are an approver of the flow \"{flow}\""),
        Because::Group(name) => format!("you are in the group {name}, which approves the flow \"{flow}\""),
    }
}

/// Instead of whom to ask, for an admin.
pub const ADMIN_HELPS_ITSELF: &str = "You are an admin, so you can change the access flows in the config.";

/// `Ask Ada Lind (admin).`
pub fn ask_admins(names: &[String]) -> String {
    match names {
        [] => "Ask an apono admin.".to_owned(),
        [only] => format!("Ask {only} (admin)."),
        several => format!("Ask {} (admins).", several.join(" or ")),
    }
}

/// The mark of permissions that the config calls sensitive, if there are any.
pub fn sensitive(permissions: &[String]) -> Option<String> {
    (!permissions.is_empty()).then(|| format!("⚠️ {}", permissions.join(", ")))
}

/// Access without a request, if there is any.
pub fn strays(count: u64) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 login or membership without a request".to_owned()),
        count => Some(format!("{count} logins and memberships without a request")),
    }
}

/// What an early revoke does, after "Access to ... " or "Dana Ito loses ...".
pub fn early_end(guarantees: Option<&Guarantees>) -> String {
    let (early, sessions) = guarantees.map_or((EarlyRevoke::Now, true), |guarantees| {
        (guarantees.early_revoke, guarantees.ends_sessions)
    });
    let logins = match early {
        EarlyRevoke::Now => "now".to_owned(),
        EarlyRevoke::AtLatest(span) => format!("for new logins within {}", spoken(span)),
    };
    let sessions = if sessions {
        "open sessions are closed"
    } else {
        "open sessions keep running"
    };
    format!("{logins}, and {sessions}")
}

/// What the integration's kind promises about the end of access, in words.
pub fn promise(guarantees: &Guarantees) -> String {
    let early = match guarantees.early_revoke {
        EarlyRevoke::Now => "an early revoke takes effect at once".to_owned(),
        EarlyRevoke::AtLatest(span) => format!("an early revoke takes effect within {}", spoken(span)),
    };
    let sessions = if guarantees.ends_sessions {
        "open sessions are ended"
    } else {
        "open sessions keep running"
    };
    let deadline = if guarantees.target_deadline {
        "the target itself refuses new logins after the end"
    } else {
        "the target has no deadline of its own"
    };
    format!("At the end, {sessions}; {deadline}; {early}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_resources_are_counted() {
        let names: Vec<String> = (0..42).map(|n| format!("db{n}")).collect();
        assert_eq!(some_of(&names), "db0, db1, db2, db3, db4, +37 more");
        assert_eq!(some_of(&names[..1]), "db0");
    }
}
