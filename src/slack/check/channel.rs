//! The channels the bot posts to: whether it can, and whether they are only ours.

use super::WantedChannel;
use crate::access::channel::is_id;
use crate::findings::Finding;
use crate::slack::channel::{Purpose, unfit};
use crate::slack::web::{ChannelInfo, Lane, WebApi, WebError};

pub(super) async fn check(web: &WebApi, subject: &WantedChannel<'_>) -> Vec<Finding> {
    let wanted = subject.wanted;
    let what = subject.purpose.words();
    let channel = match look(web, subject).await {
        Ok(Some(channel)) => channel,
        Ok(None) => {
            return vec![Finding::problem(
                format!("the {what} {wanted} cannot be found"),
                "create it, or type `/invite @apono` there if it is private",
            )];
        }
        Err(error) => {
            return vec![Finding::problem(
                format!("the {what} {wanted} could not be looked up: {error}"),
                "make sure the token has channels:read and groups:read",
            )];
        }
    };
    let about = format!("the {what} {wanted} ({})", channel.id);
    if let Some((problem, fix)) = unfit(&channel) {
        return vec![Finding::problem(format!("{about} {problem}"), fix.to_lowercase())];
    }
    let mut findings = vec![Finding::ok(format!(
        "the bot can post to {about}, and it is not shared with another organisation"
    ))];
    if subject.purpose == Purpose::Audit {
        findings.push(Finding::unseen(
            format!("how long {about} keeps its messages"),
            "set it to keep all of them: the audit trail is checked against them",
        ));
    }
    findings
}

/// The channel that the bot would post to.
pub(in crate::slack) async fn look(
    web: &WebApi,
    subject: &WantedChannel<'_>,
) -> Result<Option<ChannelInfo>, WebError> {
    let wanted = subject.wanted;
    let id = subject
        .pinned
        .as_deref()
        .or_else(|| is_id(wanted).then_some(wanted));
    let Some(id) = id else {
        return web.find_channel_by_name(wanted).await;
    };
    match web.channel_info(Lane::Bulk, id).await {
        Ok(channel) => Ok(Some(channel)),
        Err(error) if error.code() == Some("channel_not_found") => Ok(None),
        Err(error) => Err(error),
    }
}
