//! The people in the config: everybody who is not accepted, with the line that names them.
//!
//! Of a deactivated account, Slack does not say the address, so an outside auditor who had one is only found when they sign in.

use super::Subject;
use crate::access::flows::PersonRef;
use crate::findings::Finding;
use crate::slack::web::{Installation, Lane, UserInfo, WebApi, WebError};
use crate::slack::who_counts::{WhyNot, judge};

pub(super) async fn check(subject: &Subject<'_>, ours: &Installation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (person, place) in subject.people {
        let told = match find(subject.web, person).await {
            Ok(found) => found
                .map_or(Some(WhyNot::Unknown), |info| judge(person, &info, ours))
                .map(|why| told(person, &why)),
            Err(error) => Some(not_looked_up(person, &error)),
        };
        findings.extend(told.map(|finding| finding.about(place)));
    }
    for (address, place) in subject.outside_auditors {
        let told = match find(subject.web, address).await {
            Ok(None) => None,
            Ok(Some(info)) => Some(Finding::problem(
                format!(
                    "{address} is the address of the Slack account {}, so as an outside auditor they read nothing",
                    info.id
                ),
                "remove the line; a full member can be in `auditors`",
            )),
            Err(error) => Some(not_looked_up(address, &error)),
        };
        findings.extend(told.map(|finding| finding.about(place)));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(format!(
            "everybody named in the config is known (accounts: {})",
            subject.people.len()
        )));
    }
    findings
}

/// Waits if Slack says "too fast": a config can name more people than Slack answers for in a minute.
async fn find(web: &WebApi, person: &PersonRef) -> Result<Option<UserInfo>, WebError> {
    loop {
        let found = match person {
            PersonRef::Slack(user) => web.user_info(Lane::Bulk, user).await.map(Some),
            PersonRef::Email(email) => web.lookup_user_by_email(Lane::Bulk, email).await,
        };
        match found {
            Err(WebError::RateLimited { retry_after, .. }) => tokio::time::sleep(retry_after).await,
            Err(error) if matches!(error.code(), Some("user_not_found" | "user_not_visible")) => {
                return Ok(None);
            }
            found => return found,
        }
    }
}

fn not_looked_up(person: &PersonRef, error: &WebError) -> Finding {
    Finding::problem(
        format!("{person} could not be looked up in Slack: {error}"),
        "make sure the token has users:read and users:read.email",
    )
}

fn told(person: &PersonRef, why: &WhyNot) -> Finding {
    let (sentence, remedy) = (why.sentence(person), why.remedy(person));
    match why {
        WhyNot::Guest => Finding::warning(sentence, remedy),
        WhyNot::Unknown
        | WhyNot::Unconfirmed { .. }
        | WhyNot::GuestByEmail { .. }
        | WhyNot::Deactivated
        | WhyNot::Bot
        | WhyNot::Outsider
        | WhyNot::Moved { .. } => Finding::problem(sentence, remedy),
    }
}
