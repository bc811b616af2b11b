//! The people of the config: each one that does not count, with the line that names them.

use super::Subject;
use crate::access::flows::PersonRef;
use crate::access::people::Standing;
use crate::findings::Finding;
use crate::slack::home::standing_of;
use crate::slack::web::{Installation, Lane, UserInfo, WebApi, WebError};

pub(super) async fn check(subject: &Subject<'_>, ours: &Installation) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (person, place) in subject.people {
        let told = match find(subject.web, person).await {
            Ok(found) => judge(person, found.as_ref(), ours),
            Err(error) => Some(Finding::problem(
                format!("Slack could not be asked who {person} is: {error}"),
                "see that the token has users:read and users:read.email",
            )),
        };
        findings.extend(told.map(|finding| finding.about(place)));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(format!(
            "everybody whom the config names is known ({})",
            subject.people.len()
        )));
    }
    findings
}

/// Waits where Slack says "too fast": a config can name more people than Slack answers for in a minute.
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

fn judge(person: &PersonRef, found: Option<&UserInfo>, ours: &Installation) -> Option<Finding> {
    let Some(info) = found else {
        return Some(Finding::problem(
            format!("Slack knows nobody by {person}, or the account is deactivated"),
            "correct the line, or take it out",
        ));
    };
    let by_email = match person {
        PersonRef::Email(_) => true,
        PersonRef::Slack(_) => false,
    };
    match standing_of(info, ours) {
        Standing::Member if by_email && info.is_email_confirmed != Some(true) => Some(Finding::problem(
            format!("{person} is not confirmed in Slack, so it stands for nobody"),
            format!(
                "let them confirm it, or name them by their member id, {}",
                info.id
            ),
        )),
        Standing::Member => None,
        Standing::Guest if by_email => Some(Finding::problem(
            format!("{person} is a guest, and an e-mail stands for full members only"),
            format!(
                "name them by their member id, {}, in a flow's requesters",
                info.id
            ),
        )),
        Standing::Guest => Some(Finding::warning(
            format!("{person} is a guest, who may ask where a flow names them and never approves"),
            "make them a full member if they have to answer",
        )),
        Standing::Deactivated => Some(Finding::problem(
            format!("{person} is deactivated"),
            "take the line out",
        )),
        Standing::Bot => Some(Finding::problem(
            format!("{person} is a bot or a workflow, which may neither ask nor answer"),
            "take the line out",
        )),
        Standing::Outsider => Some(Finding::problem(
            format!("{person} is of another workspace"),
            "take the line out",
        )),
    }
}
