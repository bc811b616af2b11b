//! Notices: messages that say once what happened, so that the requester's phone rings when it matters.

use crate::access::request::{RejectCause, State};
use crate::store::Surface;
use crate::usecases::look::RequestView;

use super::card::standing;
use super::kit::{Post, PostBuilder};
use super::wording;

/// The notice of `surface`, which is not a card.
pub fn notice(surface: Surface, view: &RequestView) -> Post {
    let access = wording::access(&view.about);
    let number = view.request.number;
    let (emoji, word, headline) = match surface {
        Surface::NoticeGranted => ("🔓", "Granted", format!("{number}: you have {access}")),
        Surface::NoticeRejected => match view.request.state {
            State::Rejected(RejectCause::Lapsed) => (
                "⌛",
                "Lapsed",
                format!("{number}: nobody answered your request for {access}"),
            ),
            State::Pending
            | State::Approved
            | State::Granted
            | State::Revoking(_)
            | State::Rejected(RejectCause::ByApprover)
            | State::Cancelled
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_) => ("❌", "Rejected", format!("{number}: {access}")),
        },
        Surface::NoticeFailed => ("⚠️", "Failed", format!("{number}: {access} could not be granted")),
        Surface::NoticeEndingSoon => ("⏰", "Ends soon", format!("{number}: {access}")),
        Surface::NoticeEnded => ("🏁", "Ended", format!("{number}: {access}")),
        Surface::RequesterCard | Surface::ApproverCard => ("📝", "Request", number.to_string()),
    };
    let mut post = PostBuilder::default()
        .headline(emoji, word, &headline)
        .line(&standing(view));
    if surface == Surface::NoticeGranted {
        // A notice is never changed afterwards, so the buttons stand on the card, which is.
        post = post.line("Connect and Revoke are on its card above.");
    }
    post.build()
}
