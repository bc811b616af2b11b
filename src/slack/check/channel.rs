//! The audit channel: whether the trail can be posted there, and whether it is only ours.

use super::Subject;
use crate::findings::Finding;
use crate::slack::audit_channel::{is_id, unfit};
use crate::slack::web::{ChannelInfo, Lane, WebError};

pub(super) async fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let wanted = subject.audit_channel;
    let channel = match look(subject).await {
        Ok(Some(channel)) => channel,
        Ok(None) => {
            return vec![Finding::problem(
                format!("the audit channel {wanted} cannot be found"),
                "create it, or type `/invite @apono` there if it is private",
            )];
        }
        Err(error) => {
            return vec![Finding::problem(
                format!("the audit channel {wanted} could not be asked for: {error}"),
                "see that the token has channels:read and groups:read",
            )];
        }
    };
    let about = format!("the audit channel {wanted} ({})", channel.id);
    if let Some((problem, mend)) = unfit(&channel) {
        return vec![Finding::problem(
            format!("{about} {problem}"),
            mend.to_lowercase(),
        )];
    }
    vec![
        Finding::ok(format!("{about} can be written to and is nobody else's")),
        Finding::unseen(
            format!("how long {about} keeps its messages"),
            "let it keep all of them: it is the witness of the trail",
        ),
    ]
}

/// The same channel that the bot would write to.
async fn look(subject: &Subject<'_>) -> Result<Option<ChannelInfo>, WebError> {
    let wanted = subject.audit_channel;
    let id = subject.pinned_channel.or_else(|| is_id(wanted).then_some(wanted));
    let Some(id) = id else {
        return subject.web.find_channel_by_name(wanted).await;
    };
    match subject.web.channel_info(Lane::Bulk, id).await {
        Ok(channel) => Ok(Some(channel)),
        Err(error) if error.code() == Some("channel_not_found") => Ok(None),
        Err(error) => Err(error),
    }
}
